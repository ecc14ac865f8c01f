import Spool
import TestSupport
import Testing

/// Operators on a tensor and a number that is not a literal.
@Suite struct NumberOperandsTests {
  private let x: Tensor<Double> = [1, -2, 4]
  private let number = 0.5

  @Test func arithmetic() {
    #expect((x + number).scalars == [1.5, -1.5, 4.5])
    #expect((number + x).scalars == [1.5, -1.5, 4.5])
    #expect((x - number).scalars == [0.5, -2.5, 3.5])
    #expect((number - x).scalars == [-0.5, 2.5, -3.5])
    #expect((x * number).scalars == [0.5, -1, 2])
    #expect((number * x).scalars == [0.5, -1, 2])
    #expect((x / number).scalars == [2, -4, 8])
    #expect((number / x).scalars == [0.5, -0.25, 0.125])
    let three: Int32 = 3
    #expect((Tensor<Int32>([7, -7]) / three).scalars == [2, -2])
  }

  @Test func inPlace() {
    var y = x
    y += number
    y *= number
    y -= number
    y /= number
    #expect(y.scalars == [0.5, -2.5, 3.5])
    #expect(x.scalars == [1, -2, 4])
  }

  @Test func comparisons() {
    let one = 1.0
    #expect((x .== one).scalars == [true, false, false])
    #expect((x .!= one).scalars == [false, true, true])
    #expect((x .< one).scalars == [false, true, false])
    #expect((x .<= one).scalars == [true, true, false])
    #expect((x .> one).scalars == [false, false, true])
    #expect((x .>= one).scalars == [true, false, true])
  }

  @Test func gradients() {
    let slope = gradient(at: x) { x in (number * x / 2 + x * x - x * number).sum() }
    expectClose(slope, 2 * x - 0.25, within: 1e-14)
  }

  /// A `pow` of a number would make these literals ambiguous.
  @Test func literalsInsideOfFunctions() {
    expectClose(pow(abs(x) + 0.25, 1.5), exp(1.5 * log(abs(x) + 0.25)), within: 1e-13)
    #expect(max(2 * x - 1, 0.5).scalars == [1, 0.5, 7])
  }

  /// With tensors alone it takes seconds to see that all of these literals are tensors, too many for the compiler.
  @Test func expressionsOfManyLiterals() {
    func f(_ a: Tensor<Float>, _ b: Tensor<Float>, _ c: Tensor<Float>) -> Tensor<Float> {
      1 - a * 2 + b / 3 - c * 4 + a * b * 0.5 - (b + c) / 2 * (1 - a) + 3 * (c - 1) * (a + 2)
    }
    #expect(f(1, 3, 2).scalar == 2.5)
  }
}
