import Spool
import SpoolNN
import TestSupport
import Testing

@Suite struct InitializerTests {
  private let key = RandomKey(seed: 7)
  private let shape: Shape = [300, 200]

  private func deviation(_ x: Tensor<Double>) -> Double { x.variance().scalar.squareRoot() }

  /// 60,000 draws: the relative error of a standard deviation is below 0.3 %, so 2 % is seven of them.
  @Test func variances() {
    let cases: [(Initializer<Double>, Double)] = [
      (.glorotUniform, 2.0 / 500), (.glorotNormal, 2.0 / 500), (.heUniform, 2.0 / 300),
      (.heNormal, 2.0 / 300), (.uniform(bound: 0.3), 0.09 / 3),
      (.normal(standardDeviation: 0.2), 0.04),
    ]
    for (initializer, variance) in cases {
      let x = initializer(shape, key: key)
      #expect(x.shape == shape)
      #expect(abs(deviation(x) / variance.squareRoot() - 1) < 0.02)
      #expect(abs(x.mean().scalar) < 0.02 * variance.squareRoot())
      #expect(initializer(shape, key: key).scalars == x.scalars, "the key alone decides")
    }
  }

  /// All axes but the last are inputs, as in the kernels of a convolution.
  @Test func fansOfOtherRanks() {
    let cubic = Initializer<Double>.heUniform([3, 10, 200], key: key)
    #expect(abs(abs(cubic).max().scalar / (6.0 / 30).squareRoot() - 1) < 0.01)
    let vector = Initializer<Double>.glorotUniform([2000], key: key)
    #expect(abs(abs(vector).max().scalar / (6.0 / 2001).squareRoot() - 1) < 0.01)
  }

  @Test func uniformBounds() {
    let x = Initializer<Double>.glorotUniform(shape, key: key)
    let bound = (6.0 / 500).squareRoot()
    #expect(abs(x).max().scalar <= bound)
    #expect(abs(x).max().scalar > 0.99 * bound)
  }

  @Test func constants() {
    #expect(Initializer<Float>.zeros([2], key: key).scalars == [0, 0])
    #expect(Initializer<Float>.ones([2], key: key).scalars == [1, 1])
    #expect(Initializer<Float>.identity(scale: 0.5)([2, 2], key: key).scalars == [0.5, 0, 0, 0.5])
    #expect(Initializer<Float>.uniform(bound: 0)([2], key: key).scalars == [0, 0])
  }

  @Test(arguments: [[5, 5], [7, 3], [3, 7]] as [Shape])
  func orthogonal(shape: Shape) {
    let q = Initializer<Double>.orthogonal(shape, key: key)
    #expect(q.shape == shape)
    let gram = shape[0] >= shape[1] ? matmul(q.transposed(), q) : matmul(q, q.transposed())
    expectClose(gram, .identity(Swift.min(shape[0], shape[1])), within: 1e-13)
    let doubled = Initializer<Double>.orthogonal(gain: 2)(shape, key: key)
    expectClose(doubled, 2 * q, within: 1e-14)
  }

  /// Without the signs of R's diagonal taken out, the first element of Q would always be negative.
  @Test func orthogonalMatricesAreUniform() {
    let corners = (0..<400).map {
      Tensor<Double>.orthogonal([3, 3], key: RandomKey(seed: $0))[0, 0].scalar
    }
    let positive = corners.filter { $0 > 0 }.count
    #expect((150...250).contains(positive), "half of them, give or take five deviations of 10")
    // A coordinate of a uniform unit vector in three dimensions is uniform between −1 and 1.
    let meanSquare = corners.map { $0 * $0 }.reduce(0, +) / 400
    #expect(abs(meanSquare - 0.333) < 0.08)
  }

  @Test func shapesThatDoNotFitTrap() async {
    let identity = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Initializer<Float>.identity()([2, 3], key: RandomKey(seed: 1)) }
    expectMessage(identity, "Initializer.identity: shape [2, 3] is not that of a square matrix")
    let orthogonal = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Initializer<Float>.orthogonal([3], key: RandomKey(seed: 1)) }
    expectMessage(orthogonal, "orthogonal: shape [3] is not that of a matrix")
    let wrong = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Initializer<Float> { _, _ in .zeros([2]) }([3], key: RandomKey(seed: 1)) }
    expectMessage(wrong, "Initializer: gave shape [2], but the parameter has shape [3]")
  }
}
