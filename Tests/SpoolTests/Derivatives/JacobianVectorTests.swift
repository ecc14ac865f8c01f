import TestSupport
import Testing

@testable import Spool

@Suite struct JacobianVectorTests {
  let weight = Tensor<Double>(shape: [3, 2], [0.5, -0.7, 1.1, 0.2, -0.9, 0.6])

  /// A function with products, broadcasting, reductions, views and selections: [2, 3] → [2, 2].
  @Sendable private func f(_ x: Tensor<Double>) -> Tensor<Double> {
    let hidden = tanh(matmul(x, weight) + x.sum(0)[..<2])
    let gate = sigmoid(x[.all, .every(-2)])
    return softmax(hidden * gate) + `where`(x[.all, 0...1] .> 0, square(hidden), exp(gate))
  }

  private func random(_ shape: Shape, _ seed: Int) -> Tensor<Double> {
    .normal(shape, key: RandomKey(seed: seed))
  }

  @Test func jvpEqualsDifferences() {
    for seed in 0..<5 {
      let (x, v) = (random([2, 3], seed), random([2, 3], 100 + seed))
      let h = 1e-5
      let differences = (f(x + Tensor(h) * v) - f(x - Tensor(h) * v)) / Tensor(2 * h)
      let (value, derivative) = jvp(at: x, along: v, of: f)
      expectClose(value, f(x), within: 0)
      expectClose(derivative, differences, within: 1e-8)
    }
  }

  /// ⟨ȳ, J ẋ⟩ = ⟨Jᵀ ȳ, ẋ⟩.
  @Test func jvpIsTheAdjointOfVJP() {
    for seed in 0..<5 {
      let (x, v) = (random([2, 3], seed), random([2, 3], 100 + seed))
      let cotangent = random([2, 2], 200 + seed)
      let forward = jvp(at: x, along: v, of: f).derivative
      let backward = vjp(at: x, of: f).pullback(cotangent)
      expectClose((cotangent * forward).sum(), (backward * v).sum(), within: 1e-13)
    }
  }

  @Test func jvpOfAConstantIsZero() {
    let x: Tensor<Double> = [1, 2]
    let (value, derivative) = jvp(at: x, along: x) { _ in Tensor<Double>.ones([3]) }
    expectClose(value, [1, 1, 1], within: 0)
    expectClose(derivative, [0, 0, 0], within: 0)
  }

  @Test func jvpCanBeDifferentiated() {
    // d/dx (3x² v) = 6 x v; d/dv = 3 x².
    let (x, v): (Tensor<Double>, Tensor<Double>) = ([0.5, -2], [3, 0.25])
    let (dx, dv) = gradient(at: x, v) { x, v in
      jvp(at: x, along: v) { x in x * x * x }.derivative.sum()
    }
    expectClose(dx, 6 * x * v, within: 1e-14)
    expectClose(dv, 3 * x * x, within: 1e-14)
  }

  /// ẋ ↦ J ẋ as a function of its own, which outlives the pullback it was made from.
  @Test func aPullbackOfAPullbackOutlivesIt() {
    func linearized(_ f: (Tensor<Double>) -> Tensor<Double>, at x: Tensor<Double>) -> (
      Tensor<Double>
    ) -> Tensor<Double> {
      let (value, pullback) = vjp(at: x, of: f)
      return vjp(at: .zeros(value.shape), reusable: true, of: pullback).pullback
    }
    let x = random([2, 3], 1)
    let forward = linearized(f, at: x)
    for seed in 2..<4 {
      let v = random([2, 3], seed)
      expectClose(forward(v), jvp(at: x, along: v, of: f).derivative, within: 1e-15)
    }
  }

  @Test func hessianVectorProductOfAQuadraticForm() {
    // f = ½ xᵀ A x: the Hessian is (A + Aᵀ) / 2.
    let a = random([4, 4], 1)
    let (x, v) = (random([4], 2), random([4], 3))
    let product = hessianVectorProduct(at: x, along: v) { x in 0.5 * matmul(x, matmul(a, x)) }
    expectClose(product, matmul(0.5 * (a + a.transposed()), v), within: 1e-13)
  }

  @Test func hessianVectorProductOfTheRosenbrockFunction() {
    // f = (1 − x)² + 100 (y − x²)².
    let (x, y) = (-1.2, 1.0)
    let product = hessianVectorProduct(at: [Tensor(x), Tensor(y)], along: [1, 2]) { p in
      square(1 - p[0]) + 100 * square(p[1] - square(p[0]))
    }
    let expected = [(2 - 400 * y + 1200 * x * x) - 2 * 400 * x, -400 * x + 2 * 200]
    expectClose(product, Tensor(expected), within: 1e-13)
  }

  @Test func jacobianOfALinearMapIsItsMatrix() {
    let a = random([3, 4], 1)
    expectClose(jacobian(at: random([4], 2)) { x in matmul(a, x) }, a, within: 0)
  }

  @Test func jacobianOfSoftmax() {
    let x: Tensor<Double> = [0.3, -1, 2]
    let p = softmax(x)
    let expected = Tensor<Double>.identity(3) * p - outer(p, p)
    expectClose(jacobian(at: x) { x in softmax(x) }, expected, within: 1e-15)
  }

  @Test func jacobianHasTheShapesOfValueAndInput() {
    let x = random([2, 3], 1)
    let j = jacobian(at: x) { x in x.sum(0) * 2 }
    #expect(j.shape == [3, 2, 3])
    let expected = 2 * Tensor<Double>.identity(3).expandingAxis(at: 1)
    expectClose(j, expected.broadcasted(to: [3, 2, 3]), within: 0)
    #expect(jacobian(at: x) { x in x[..<0] }.shape == [0, 3, 2, 3])
    #expect(jacobian(at: x) { x in x.sum() }.shape == [2, 3])
  }

  @Test func jacobianOfTheGradientIsTheHessian() {
    let x: Tensor<Double> = [0.3, -1, 2]
    let hessian = jacobian(at: x) { x in gradient(at: x) { x in exp(x).product() } }
    // f = e^(x₁+x₂+x₃): every second derivative is f.
    expectClose(
      hessian, Tensor(repeating: exp(x).product().scalar, shape: [3, 3]), within: 1e-14)
  }
}
