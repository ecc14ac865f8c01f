import Spool
import TestSupport
import Testing

/// What gradients are taken to be where mathematics leaves a choice: at kinks, ties, poles and
/// limits, which the gradient table stays away from.
@Suite struct ConventionTests {
  private func slope(
    at x: Tensor<Double>, _ f: (Tensor<Double>) -> Tensor<Double>
  ) -> [Double] {
    gradient(at: x) { x in f(x).sum() }.scalars
  }

  @Test func atZero() {
    #expect(slope(at: [0, -0.0]) { abs($0) } == [0, 0])
    #expect(slope(at: [0, -0.0]) { sign($0) } == [0, 0])
    #expect(slope(at: [0, -0.0]) { relu($0) } == [0, 0])
    #expect(slope(at: [0]) { leakyRelu($0, slope: 0.25) } == [0.25])
    #expect(slope(at: [0]) { elu($0, alpha: 0.5) } == [0.5])
    #expect(slope(at: [0]) { sqrt($0) } == [.infinity])
    #expect(slope(at: [0, 0]) { $0.norm() } == [0, 0])
  }

  @Test func powersOfZeroAndToZero() {
    func slopes(_ a: Double, _ b: Double) -> [Double] {
      let (da, db) = gradient(at: Tensor(a), Tensor(b)) { a, b in pow(a, b) }
      return [da.scalar, db.scalar]
    }
    #expect(slopes(0, 0) == [0, 0])
    #expect(slopes(0, 1) == [1, 0])
    #expect(slopes(0, 2) == [0, 0])
    #expect(slopes(-3, 0)[0] == 0)
    #expect(slopes(-3, 2)[0] == -6)
  }

  @Test func tiesShare() {
    let (da, db) = gradient(at: Tensor<Double>([1, 2]), Tensor<Double>([1, 5])) { a, b in
      max(a, b).sum()
    }
    #expect(da.scalars == [0.5, 0])
    #expect(db.scalars == [0.5, 1])
    let (dc, dd) = gradient(at: Tensor<Double>([1, 2]), Tensor<Double>([1, 5])) { a, b in
      min(a, b).sum()
    }
    #expect(dc.scalars == [0.5, 1])
    #expect(dd.scalars == [0.5, 0])
    #expect(slope(at: [3, 1, 3]) { $0.max() } == [0.5, 0, 0.5])
    #expect(slope(at: [[3, 1], [1, 1]]) { $0.min(1) } == [0, 1, 0.5, 0.5])
  }

  @Test func clampAtAndBeyondItsBounds() {
    #expect(slope(at: [-2, -1, 0, 1, 2]) { clamp($0, to: -1...1) } == [0, 0, 1, 0, 0])
  }

  @Test func maskedSoftmax() {
    let masked: Tensor<Double> = [[1, -.infinity, 2], [-.infinity, -.infinity, -.infinity]]
    let weights: Tensor<Double> = [1, 2, 3]
    let p = softmax(masked)
    #expect(p[1].scalars == [0, 0, 0])
    #expect(p[0, 1].scalar == 0)
    let gradients = slope(at: masked) { softmax($0) * weights }
    #expect(gradients[1] == 0)
    #expect(gradients[3...] == [0, 0, 0])
    #expect(abs(gradients[0] + gradients[2]) < 1e-15)
    #expect(gradients[2] > 0.3)
  }

  @Test func logSumExpOfNothingButMinusInfinity() {
    let nothing: Tensor<Double> = [-.infinity, -.infinity]
    #expect(nothing.logSumExp().scalar == -.infinity)
    #expect(slope(at: nothing) { $0.logSumExp() } == [0, 0])
    #expect(slope(at: [-.infinity, 1]) { $0.logSumExp() } == [0, 1])
  }

  @Test func productsWithZeros() {
    #expect(slope(at: [2, 0, 3]) { $0.product() } == [0, 6, 0])
    #expect(slope(at: [2, 0, 0]) { $0.product() } == [0, 0, 0])
    // 2, 2·0, 2·0·3: x̄ = [1 + 0 + 0, 2 + 2·3, 0].
    #expect(slope(at: [2, 0, 3]) { cumulativeProduct($0) } == [1, 8, 0])
  }

  /// The side that `where` does not choose gets 0, which times an infinite derivative is NaN: its
  /// input must be guarded, not only its result.
  @Test func whereAndTheSideThatIsNotChosen() {
    let x: Tensor<Double> = [0, 2]
    let careless = slope(at: x) { x in `where`(x .> 0, log(x), 0) }
    #expect(careless[0].isNaN)
    #expect(careless[1] == 0.5)
    let guarded = slope(at: x) { x in `where`(x .> 0, log(`where`(x .> 0, x, 1)), 0) }
    #expect(guarded == [0, 0.5])
  }
}
