import Spool
import SpoolNN
import TestSupport
import Testing

@Suite struct ReadingAndWritingTests {
  private let memory = Tensor<Double>.normal([2, 3, 5], key: RandomKey(seed: 1))

  /// Each head wholly at one slot, `[batch, heads, slots]`.
  private func at(_ slots: [[Int32]]) -> Tensor<Double> {
    oneHot(Tensor<Int32>(shape: [2, slots[0].count], slots.flatMap(\.self)), depth: 5)
  }

  @Test func aHeadAtASlotReadsIt() {
    let reads = memoryReads(from: memory, at: at([[0, 3], [4, 4]]))
    expectClose(reads[0, 0], memory[0, .all, 0], within: 1e-15)
    expectClose(reads[0, 1], memory[0, .all, 3], within: 1e-15)
    expectClose(reads[1, 0], memory[1, .all, 4], within: 1e-15)
  }

  @Test func aHeadAtASlotOverwritesItAndNothingElse() {
    let new = Tensor<Double>.normal([2, 1, 3], key: RandomKey(seed: 2))
    let places = at([[1], [3]])
    let after = memoryWritten(memory, at: places, erase: .ones([2, 1, 3]), add: new)
    expectClose(memoryReads(from: after, at: places), new, within: 1e-15)
    for (item, slot) in [(0, 1), (1, 3)] {
      for other in 0..<5 where other != slot {
        #expect(after[item, .all, other] == memory[item, .all, other])
      }
    }
  }

  @Test func withoutErasingIsAddedTo() {
    let new = Tensor<Double>.normal([2, 1, 3], key: RandomKey(seed: 2))
    let after = memoryWritten(memory, at: at([[1], [1]]), erase: .zeros([2, 1, 3]), add: new)
    expectClose(
      after[.all, .all, 1], memory[.all, .all, 1] + new[.all, 0], within: 1e-15)
  }

  @Test func headsWriteInAnyOrder() {
    let weights = softmax(Tensor<Double>.normal([2, 2, 5], key: RandomKey(seed: 3)))
    let erase = sigmoid(Tensor<Double>.normal([2, 2, 3], key: RandomKey(seed: 4)))
    let add = Tensor<Double>.normal([2, 2, 3], key: RandomKey(seed: 5))
    let one = memoryWritten(memory, at: weights, erase: erase, add: add)
    let other = memoryWritten(
      memory, at: weights.flipped(1), erase: erase.flipped(1), add: add.flipped(1))
    expectClose(one, other, within: 1e-14)
    var expected = memory
    for head in 0..<2 {
      let w = weights[.all, head].expandingAxis(at: 1)
      expected *= 1 - erase[.all, head].expandingAxis(at: 2) * w
    }
    for head in 0..<2 {
      expected +=
        add[.all, head].expandingAxis(at: 2) * weights[.all, head].expandingAxis(at: 1)
    }
    expectClose(one, expected, within: 1e-14)
  }

  @Test func gradients() throws {
    let weights = softmax(Tensor<Double>.normal([2, 2, 5], key: RandomKey(seed: 3)))
    let erase = sigmoid(Tensor<Double>.normal([2, 2, 3], key: RandomKey(seed: 4)))
    let add = Tensor<Double>.normal([2, 2, 3], key: RandomKey(seed: 5))
    try checkGradients(at: memory, weights) { memoryReads(from: $0, at: $1) }
    try checkGradients(at: [memory, weights, erase, add]) {
      memoryWritten($0[0], at: $0[1], erase: $0[2], add: $0[3])
    }
  }
}
