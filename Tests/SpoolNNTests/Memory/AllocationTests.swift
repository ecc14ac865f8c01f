import Spool
import SpoolNN
import TestSupport
import Testing

@Suite struct AllocationTests {
  @Test func freerSlotsAreTakenFirst() {
    let usage = Tensor<Double>(shape: [2, 3], [0.3, 0.1, 0.8, 1, 0, 0.5])
    expectClose(
      allocationWeights(usage),
      Tensor(shape: [2, 3], [0.7 * 0.1, 0.9, 0.2 * 0.1 * 0.3, 0, 1, 0]), within: 1e-15)
    expectClose(allocationWeights(Tensor<Double>.ones([1, 4])), .zeros([1, 4]), within: 0)
  }

  @Test func usageFollowsWritingAndFreeing() {
    let usage = Tensor<Double>(shape: [1, 3], [0, 0.5, 1])
    let written = Tensor<Double>(shape: [1, 3], [0.4, 0.4, 0])
    let read = Tensor<Double>(shape: [1, 2, 3], [0, 0.5, 0.5, 0, 0, 1])
    let all = memoryRetention(read: read, freeGates: .zeros([1, 2, 1]))
    let kept = memoryUsage(usage, written: written, retention: all)
    expectClose(kept, Tensor(shape: [1, 3], [0.4, 0.7, 1]), within: 1e-15)
    let gates = Tensor<Double>(shape: [1, 2, 1], [1, 0.25])
    let freed = memoryUsage(
      usage, written: written, retention: memoryRetention(read: read, freeGates: gates))
    expectClose(freed, Tensor(shape: [1, 3], [0.4, 0.35, 0.5 * 0.75]), within: 1e-15)
  }

  /// More is written than there are slots, since what was read has been freed.
  @Test func freedSlotsAreWrittenAgain() {
    var usage = Tensor<Double>.zeros([1, 3])
    var taken: [Int32] = []
    let nowhere = Tensor<Double>.zeros([1, 1, 3])
    func write(freeing read: Tensor<Double>) {
      let retention = memoryRetention(read: read, freeGates: .ones([1, 1, 1]))
      usage = memoryUsage(usage, written: .zeros([1, 3]), retention: retention)
      let place = allocationWeights(usage)
      taken.append(place.max().scalar == 1 ? place.argmax(1).scalars[0] : -1)
      usage = memoryUsage(usage, written: place, retention: .ones([1, 3]))
    }
    for _ in 0..<4 { write(freeing: nowhere) }
    #expect(taken == [0, 1, 2, -1])
    for slot in [1, 0, 2, 1] as [Int32] {
      write(freeing: oneHot(Tensor(shape: [1, 1], [slot]), depth: 3))
    }
    #expect(taken[4...] == [1, 0, 2, 1])
  }

  @Test func gradients() throws {
    let usage = Tensor<Double>(shape: [2, 4], [0.3, 0.1, 0.8, 0.5, 0.9, 0.2, 0.4, 0.6])
    try checkGradients(at: usage) { allocationWeights($0) }
    let written = softmax(Tensor<Double>.normal([2, 4], key: RandomKey(seed: 1)))
    let read = softmax(Tensor<Double>.normal([2, 3, 4], key: RandomKey(seed: 2)))
    let gates = sigmoid(Tensor<Double>.normal([2, 3, 1], key: RandomKey(seed: 3)))
    try checkGradients(at: [usage, written, read, gates]) {
      memoryUsage(
        $0[0], written: $0[1], retention: memoryRetention(read: $0[2], freeGates: $0[3]))
    }
    // An empty memory: products of zeros.
    let (_, gradient) = valueAndGradient(at: Tensor<Double>.zeros([1, 4])) {
      allocationWeights($0).sum()
    }
    #expect(gradient.scalars.allSatisfy { $0.isFinite })
  }
}
