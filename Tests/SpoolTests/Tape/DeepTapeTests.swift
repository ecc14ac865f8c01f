import CKernels
import Foundation
import Synchronization
import Testing

@testable import Spool

/// A tape of any length is recorded, swept and freed without recursion.
@Suite struct DeepTapeTests {
  @Test func aMillionOperationsOnASmallStack() async {
    await #expect(processExitsWith: .success) {
      let result = Mutex<(slope: [Double], bytesLeft: Int)>(([], -1))
      let isDone = DispatchSemaphore(value: 0)
      let thread = Thread {
        let x: Tensor<Double> = [1, 2]
        let start = spool_memory_in_use()
        let slope = sweepAMillionOperations(at: x)
        freeAMillionOperations(at: x)
        result.withLock { $0 = (slope, spool_memory_in_use() - start) }
        isDone.signal()
      }
      thread.stackSize = 512 * 1024
      thread.start()
      isDone.wait()
      let (slope, bytesLeft) = result.withLock { $0 }
      #expect(slope == [1, 1])
      #expect(bytesLeft == 0)
    }
  }
}

/// y ← −(y + x): after an even number of rounds y is x again, and so is its derivative.
private func sweepAMillionOperations(at x: Tensor<Double>) -> [Double] {
  gradient(at: x) { x in
    var y = x
    for _ in 0..<500_000 { y = -(y + x) }
    return y.sum()
  }.scalars
}

/// Recorded and not swept: freed as the pullback goes.
private func freeAMillionOperations(at x: Tensor<Double>) {
  _ = vjp(at: x) { x in
    var y = x
    for _ in 0..<1_000_000 { y = -y }
    return y
  }
}
