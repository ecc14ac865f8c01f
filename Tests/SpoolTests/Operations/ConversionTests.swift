import Spool
import Testing

struct ConversionTests {
  @Test func numbersAreConverted() {
    let x = Tensor<Double>([1.75, -1.75, 0, .nan, 3e9, -3e9])
    #expect(x.converted(to: Int32.self).scalars == [1, -1, 0, 0, .max, .min])
    #expect(x.converted(to: Bool.self) == [true, true, false, true, true, true])
    #expect(Tensor<Double>([0.1]).converted(to: Float.self).converted(to: Double.self) != [0.1])
    #expect(Tensor<Double>([1e300]).converted(to: Float.self) == [.infinity])
    #expect(Tensor<Bool>([true, false]).converted(to: Float.self) == [1, 0])
    let whole: Tensor<Double> = Tensor<Int32>([2_147_483_647]).converted()
    #expect(whole == [2_147_483_647])
  }

  @Test func viewsAndEmptyTensorsAreConverted() {
    let x: Tensor<Float> = [[1, 2], [3, 4]]
    #expect(x.transposed().converted(to: Int32.self) == [[1, 3], [2, 4]])
    #expect(x.converted(to: Float.self) == x)
    #expect(Tensor<Float>.zeros([2, 0]).converted(to: Bool.self).shape == [2, 0])
  }

  @Test func gradientsAreConvertedBack() {
    let slope = gradient(at: Tensor<Float>([1, 2])) { x in
      exp(x.converted(to: Double.self)).sum()
    }
    #expect(slope.scalars == [Float(2.718281828459045), Float(7.38905609893065)])
    let halved = gradient(at: Tensor<Double>([1, 2])) { x in
      (x + (0.5 * x.converted(to: Float.self)).converted(to: Double.self)).sum()
    }
    #expect(halved == [1.5, 1.5])
  }

  @Test func gradientsAgreeWithDifferences() throws {
    let x = Tensor<Float>(shape: [2, 3], [0.5, -1.25, 2, 1, 0.25, -0.75])
    try checkGradients(at: x, order: 2) { exp($0.converted(to: Double.self)) }
    try checkGradients(at: x, order: 2) { x in
      tanh(x.converted(to: Double.self).transposed()).converted(to: Float.self)
    }
  }

  @Test func gradientsOfGradientsAreConverted() {
    let curvature = gradient(at: Tensor<Float>([2, 3])) { x in
      gradient(at: x) { x in
        let y = x.converted(to: Double.self)
        return (y * y * y).sum()
      }.sum()
    }
    #expect(curvature == [12, 18])
  }

  @Test func noGradientFlowsThroughIntegersAndMasks() {
    let slope = gradient(at: Tensor<Float>([1.5, 2.5])) { x in
      (x * x.converted(to: Int32.self).converted(to: Float.self)
        * x.converted(to: Bool.self).converted(to: Float.self)).sum()
    }
    #expect(slope == [1, 2])
  }
}
