import TestSupport
import Testing

@testable import Spool

@Suite struct HigherDerivativesTests {
  private typealias Function = (Tensor<Double>) -> Tensor<Double>

  private func derivative(_ f: @escaping Function) -> Function {
    { x in gradient(at: x) { x in f(x).sum() } }
  }

  @Test func firstToFifthDerivativesOfSine() {
    let x = Tensor<Double>.linspace(from: -2, to: 2, count: 5)
    var f: Function = { sin($0) }
    let expected: [Function] = [{ sin($0) }, { cos($0) }, { -sin($0) }, { -cos($0) }]
    for order in 0...5 {
      expectClose(f(x), expected[order % 4](x), within: 1e-15, "derivative \(order)")
      f = derivative(f)
    }
  }

  @Test func thirdDerivatives() {
    let x = Tensor<Double>.linspace(from: 0.5, to: 2, count: 4)
    let third = { f in derivative(derivative(derivative(f))) }
    expectClose(third { x in x * x * x * x }(x), 24 * x, within: 1e-14)
    expectClose(third { x in pow(x, 4) }(x), 24 * x, within: 1e-13)
    expectClose(third { log($0) }(x), 2 / (x * x * x), within: 1e-14)
    expectClose(third { reciprocal($0) }(x), -6 / square(square(x)), within: 1e-13)
    expectClose(third { exp(2 * $0) }(x), 8 * exp(2 * x), within: 1e-14)
    let y = tanh(x)
    expectClose(
      third { tanh($0) }(x), (1 - square(y)) * (6 * square(y) - 2), within: 1e-14)
    let s = sigmoid(x)
    expectClose(
      third { sigmoid($0) }(x), s * (1 - s) * (1 - 6 * s + 6 * square(s)), within: 1e-14)
  }

  @Test func mixedThirdDerivative() {
    // ∂³/∂x∂y∂z of sin(xyz).
    let (x, y, z): (Tensor<Double>, Tensor<Double>, Tensor<Double>) = (0.3, 1.1, -0.7)
    let mixed = gradient(at: x) { x in
      gradient(at: y) { y in gradient(at: z) { z in sin(x * y * z) } }
    }
    let p = x * y * z
    expectClose(mixed, cos(p) - 3 * p * sin(p) - square(p) * cos(p), within: 1e-15)
  }

  /// An inner derivative must not mistake the outer variable for its own: d/dx (x d/dy (x + y)) =
  /// 1, not 2 (Siskind & Pearlmutter, 2005).
  @Test func perturbationsAreNotConfused() {
    let x: Tensor<Double> = 3
    let one = gradient(at: x) { x in x * gradient(at: Tensor<Double>(5)) { y in x + y } }
    expectClose(one, 1, within: 0)
    let same = gradient(at: x) { x in x * gradient(at: x) { y in x * y } }
    // x · x, where the inner derivative is with respect to y alone.
    expectClose(same, 2 * x, within: 0)
    let forward = jvp(at: x, along: 1) { x in
      x * jvp(at: Tensor<Double>(5), along: 1) { y in x * y }.derivative
    }
    expectClose(forward.derivative, 2 * x, within: 0)
  }

  @Test func capturedOuterVariablesGetTheirGradient() {
    // Σ ∂/∂y (x² y³) at y = x is 3x⁴, and its gradient 12 x³, as both uses of x count.
    let x: Tensor<Double> = [0.5, -2]
    let result = gradient(at: x) { x in
      gradient(at: x) { y in (x * x * y * y * y).sum() }.sum()
    }
    expectClose(result, 12 * x * x * x, within: 1e-14)
  }

  @Test func outerPartsThatTheInnerVariableDoesNotReach() {
    // The inner function's value depends on x alone, and the inner gradient is 0; its value is not.
    let x: Tensor<Double> = [1, 2]
    let result = gradient(at: x) { x in
      let (value, inner) = valueAndGradient(at: Tensor<Double>(7)) { _ in (x * x).sum() }
      return value + inner
    }
    expectClose(result, 2 * x, within: 0)
  }

  @Test func stopGradientCutsEveryOrder() {
    let x: Tensor<Double> = [0.5, -2]
    let result = gradient(at: x) { x in
      gradient(at: x) { y in (stopGradient(x) * x * y * y).sum() }.sum()
    }
    // ∂/∂y: 2 s x y at y = x is 2 s x²; its derivative with s held is 4 s x.
    expectClose(result, 4 * x * x, within: 1e-15)
  }
}
