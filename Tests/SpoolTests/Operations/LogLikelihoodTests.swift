import TestSupport
import Testing

@testable import Spool

@Suite struct LogLikelihoodTests {
  @Test(arguments: [[5], [2, 5], [2, 3, 5], [0, 5]] as [Shape])
  func equalsTheLabelsOfLogSoftmax(shape: Shape) {
    let logits = Tensor<Double>.normal(shape, key: RandomKey(seed: 1)) * 4
    let leading = shape.removing(shape.rank - 1)
    let labels = Tensor<Int32>.uniform(leading, in: 0..<5, key: RandomKey(seed: 2))
    func taken(_ x: Tensor<Double>) -> Tensor<Double> {
      logSoftmax(x).takeAlong(labels.expandingAxis(at: -1)).squeezingAxis(at: -1)
    }
    let (value, pullback) = vjp(at: logits) { logLikelihood(of: labels, under: $0) }
    let (expected, expectedPullback) = vjp(at: logits, of: taken)
    #expect(value.shape == leading)
    expectClose(value, expected, within: 1e-14)
    let cotangent = Tensor<Double>.normal(leading, key: RandomKey(seed: 3))
    expectClose(pullback(cotangent), expectedPullback(cotangent), within: 1e-14)
  }

  @Test func aLabelOutsideTraps() async {
    let trapped = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = logLikelihood(of: [[0, 1], [3, 2]], under: Tensor<Float>.zeros([2, 2, 3]))
    }
    expectMessage(
      trapped,
      "logLikelihood: label 3 at [1, 0] of shape [2, 2] is outside 0 ..< 3, the classes")
  }

  @Test func shapesThatDoNotFitTrap() async {
    let trapped = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = logLikelihood(of: [0, 1], under: Tensor<Float>.zeros([3, 4]))
    }
    expectMessage(trapped, "logits have shape [3, 4] and labels [2]; logits need the labels' shape")
  }
}
