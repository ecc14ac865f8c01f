import TestSupport
import Testing

@testable import Spool

@Suite struct MachineMemoryTests {
  /// No page of these is touched, so that the system gives more of them than it has; the count must end it.
  @Test func tensorsTogetherDoNotExceedTheMachine() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let count = MachineMemory.bytes >> 28
      var tensors: [TensorHandle] = []
      for _ in 0...count {
        tensors.append(TensorHandle(uninitialized: [1 << 16, 1 << 10], .float))
      }
      print(tensors.count)
    }
    expectMessage(result, "a tensor of shape [65536, 1024] and type Float takes 268 MB, but of ")
    expectMessage(result, " are taken; make batches smaller or sequences shorter")
  }

  @Test func oneTensorDoesNotExceedIt() async {
    let result = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Double>.zeros([1 << 20, 1 << 20, 4]) }
    expectMessage(result, "takes 35 TB, but of ")
  }

  @Test(arguments: [
    (0, "0 bytes"), (999, "999 bytes"), (1000, "1 kB"), (1549, "1.5 kB"), (9960, "10 kB"),
    (999_600, "1 MB"), (25e9, "25 GB"), (2.15e14, "215 TB"), (3e21, "3000 EB"),
  ])
  func bytesAreReadable(bytes: Double, text: String) {
    #expect(MachineMemory.text(bytes) == text)
  }
}
