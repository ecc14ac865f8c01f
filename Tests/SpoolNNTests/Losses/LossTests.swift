import Spool
import SpoolNN
import TestSupport
import Testing

@Suite struct LossTests {
  @Test(arguments: [
    ("cross_entropy_mean", LossReduction.mean), ("cross_entropy_sum", .sum),
    ("cross_entropy_masked_mean", .mean), ("cross_entropy_masked_sum", .sum),
    ("cross_entropy_smoothed", .mean), ("cross_entropy_masked_smoothed", .mean),
  ])
  func crossEntropyAgreesWithPyTorch(name: String, reduction: LossReduction) throws {
    let golden = try Golden("Operations/\(name)")
    let smoothing = golden.attribute("label_smoothing")?[0] ?? 0
    let labels: Tensor<Int32> = try golden.tensor("labels")
    let mask: Tensor<Bool> = try golden.tensor("mask")
    let cotangent: Tensor<Double> = try golden.tensor("cotangent.loss")
    let (value, gradient) = valueAndGradient(at: try golden.tensor("logits", as: Double.self)) {
      crossEntropy(
        logits: $0, labels: labels, mask: mask, labelSmoothing: smoothing, reduction: reduction)
        * cotangent
    }
    expectClose(value / cotangent, try golden.tensor("loss"), within: 1e-12)
    expectClose(gradient, try golden.tensor("grad.logits"), within: 1e-12)
    guard !name.contains("masked") else { return }
    let unmasked = crossEntropy(
      logits: try golden.tensor("logits", as: Double.self), labels: labels,
      labelSmoothing: smoothing, reduction: reduction)
    expectClose(unmasked, try golden.tensor("loss"), within: 1e-12)
  }

  @Test(arguments: [("mse_mean", LossReduction.mean), ("mse_sum", .sum)])
  func meanSquaredErrorAgreesWithPyTorch(name: String, reduction: LossReduction) throws {
    let golden = try Golden("Operations/\(name)")
    let cotangent: Tensor<Double> = try golden.tensor("cotangent.loss")
    let inputs: [Tensor<Double>] = [try golden.tensor("input"), try golden.tensor("target")]
    let (value, gradients) = valueAndGradients(at: inputs) {
      meanSquaredError($0[0], $0[1], reduction: reduction) * cotangent
    }
    expectClose(value / cotangent, try golden.tensor("loss"), within: 1e-12)
    expectClose(gradients[0]!, try golden.tensor("grad.input"), within: 1e-12)
    expectClose(gradients[1]!, try golden.tensor("grad.target"), within: 1e-12)
  }

  @Test func nothingValidIsZero() {
    let (value, gradient) = valueAndGradient(at: Tensor<Float>(shape: [2, 2], [1, .nan, 2, 3])) {
      crossEntropy(logits: $0, labels: [5, -1], mask: [false, false])
    }
    #expect(value.scalar == 0)
    #expect(gradient.scalars == [0, 0, 0, 0])
    let none = crossEntropy(logits: Tensor<Float>.zeros([0, 3]), labels: Tensor(shape: [0], []))
    #expect(none.scalar == 0)
  }

  @Test func maskedPlacesHaveNoEffect() {
    let logits = Tensor<Double>(shape: [3, 2], [1, 2, .nan, .infinity, 0, -1])
    let (value, gradient) = valueAndGradient(at: logits) {
      crossEntropy(logits: $0, labels: [0, 99, 1], mask: [true, false, true])
    }
    let (expected, rows) = valueAndGradient(at: [[1, 2], [0, -1]] as Tensor<Double>) {
      crossEntropy(logits: $0, labels: [0, 1])
    }
    #expect(value.scalar == expected.scalar)
    #expect(
      gradient.scalars == [
        rows.scalars[0], rows.scalars[1], 0, 0, rows.scalars[2], rows.scalars[3],
      ])
  }

  /// In the step of a scan, where nothing can be read, the losses of all steps are those of the whole sequence.
  @Test(arguments: [0, 0.1], [false, true])
  func crossEntropyInsideAStep(_ smoothing: Double, _ isMasked: Bool) {
    typealias D = Tensor<Double>
    let keys = RandomKey(seed: 1).split(3)
    let logits = D.normal([4, 3, 5], key: keys[0])
    let labels = Tensor<Int32>.uniform([4, 3], in: 0..<5, key: keys[1])
    let mask = D.uniform([4, 3], key: keys[2]) .> 0.3
    func loss(_ logits: D, _ labels: Tensor<Int32>, _ mask: Tensor<Bool>) -> D {
      crossEntropy(
        logits: logits, labels: labels, mask: isMasked ? mask : nil, labelSmoothing: smoothing)
    }
    var calls = 0
    let actual = gradient(at: logits) { logits in
      scan((logits, labels, mask), from: D.zeros([3, 5])) { input, h in
        calls += 1
        let h = tanh(h + input.0)
        return (loss(h, input.1, input.2), h)
      }.outputs.sum()
    }
    #expect(calls == 1)
    let expected = gradient(at: logits) { logits in
      let (hidden, _) = scan(logits, from: D.zeros([3, 5])) { x, h in tanh(h + x) }
      return (0..<4).reduce(D(0)) { $0 + loss(hidden[$1], labels[$1], mask[$1]) }
    }
    expectClose(actual, expected, within: 1e-13)
  }

  @Test func hugeLogitsStayFinite() {
    let loss = crossEntropy(logits: [[1e30, 0], [0, 1e30]] as Tensor<Float>, labels: [0, 1])
    #expect(loss.scalar == 0)
  }

  @Test func aLabelOutOfRangeTraps() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let labels: Tensor<Int32> = [[0, 1], [2, 3], [1, 1]]
      _ = crossEntropy(logits: Tensor<Float>.zeros([3, 2, 3]), labels: labels)
    }
    expectMessage(trapped, "label 3 at [1, 1] of shape [3, 2] is outside 0 ..< 3, the classes")
  }

  @Test func shapesThatDoNotFitTrap() async {
    let logits = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = crossEntropy(logits: Tensor<Float>.zeros([3, 4]), labels: [0, 1]) }
    expectMessage(logits, "logits have shape [3, 4] and labels [2]")
    let mask = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = crossEntropy(logits: Tensor<Float>.zeros([2, 4]), labels: [0, 1], mask: [true]) }
    expectMessage(mask, "the mask has shape [1], but the labels have [2]")
    let error = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = meanSquaredError(Tensor<Float>.zeros([3]), Tensor<Float>.zeros([3, 1])) }
    expectMessage(error, "predictions have shape [3] and targets [3, 1]; they must be equal")
  }
}
