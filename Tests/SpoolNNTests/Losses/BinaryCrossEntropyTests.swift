import Foundation
import Spool
import SpoolNN
import TestSupport
import Testing

@Suite struct BinaryCrossEntropyTests {
  @Test func isTheLikelihoodOfTheBits() {
    let logits = Tensor<Double>([-2, 0, 0.5, 3])
    let targets = Tensor<Double>([1, 0, 0.25, 1])
    let p = sigmoid(logits)
    let expected = -(targets * log(p) + (1 - targets) * log(1 - p))
    expectClose(
      binaryCrossEntropy(logits: logits, targets: targets, reduction: .sum), expected.sum(),
      within: 1e-14)
    expectClose(
      binaryCrossEntropy(logits: logits, targets: targets), expected.mean(), within: 1e-14)
  }

  @Test func isFiniteForCertainty() {
    let loss = binaryCrossEntropy(
      logits: Tensor<Float>([1000, -1000, 1000]), targets: Tensor([1, 0, 0]), reduction: .sum)
    #expect(loss.scalar == 1000)
  }

  @Test func gradient() throws {
    let targets = Tensor<Double>([1, 0, 0.25])
    try checkGradients(at: Tensor<Double>([-2, 0.1, 3])) {
      binaryCrossEntropy(logits: $0, targets: targets)
    }
  }
}
