import CKernels
import TestSupport
import Testing

@testable import Spool

@Suite struct GradientTests {
  let x: Tensor<Double> = [0.5, -2, 3]

  @Test func unusedInputsGetZeros() {
    let (dx, dy) = gradient(at: x, Tensor<Float>.ones([2, 2])) { x, _ in (x * x).sum() }
    expectClose(dx, 2 * x, within: 0)
    expectClose(dy, .zeros([2, 2]), within: 0)
    expectClose(gradient(at: x) { _ in Tensor<Double>(4) }, .zeros([3]), within: 0)
    expectClose(gradient(at: x) { x in sign(x).sum() }, .zeros([3]), within: 0)
  }

  @Test func unusedInputsOfAnArrayGetNil() {
    let (value, gradients) = valueAndGradients(at: [x, x, x]) { x in (x[0] * x[2]).sum() }
    #expect(value.scalar == (x * x).sum().scalar)
    #expect(gradients[1] == nil)
    expectClose(gradients[0]!, x, within: 0)
    expectClose(gradients[2]!, x, within: 0)
  }

  @Test func theInputItselfAsResult() {
    let (value, dx) = valueAndGradient(at: Tensor<Double>(4)) { $0 }
    #expect(value.scalar == 4)
    #expect(dx.scalar == 1)
    #expect(value.handle.tape == nil)
  }

  @Test func gradientsHaveTheShapeOfTheirInputs() {
    let row = Tensor<Double>.ones([1, 3])
    let (da, db) = gradient(at: row, Tensor<Double>(2)) { row, scalar in
      (row.broadcasted(to: [2, 4, 3]) * scalar).sum()
    }
    expectClose(da, Tensor(repeating: 16, shape: [1, 3]), within: 0)
    expectClose(db, 24, within: 0)
  }

  @Test func aReusablePullbackSweepsAgain() {
    let (value, pullback) = vjp(at: x, reusable: true) { x in x * x }
    expectClose(value, x * x, within: 0)
    for scale in [1.0, 2, -3] {
      expectClose(pullback(Tensor(repeating: scale, shape: [3])), Tensor(2 * scale) * x, within: 0)
    }
  }

  @Test func thrownErrorsLeaveNoTapeBehind() async {
    await #expect(processExitsWith: .success) {
      struct Refusal: Error {}
      let x: Tensor<Double> = [1, 2, 3]
      let start = spool_memory_in_use()
      for _ in 0..<3 {
        #expect(throws: Refusal.self) {
          try gradient(at: x) { x -> Tensor<Double> in
            _ = exp(x) * x
            _ = try gradient(at: x) { y -> Tensor<Double> in
              _ = sin(y) * x
              throw Refusal()
            }
            return x.sum()
          }
        }
      }
      #expect(GradientScope.current == nil)
      #expect(spool_memory_in_use() == start)
      expectClose(gradient(at: x) { x in (x * x).sum() }, 2 * x, within: 0)
    }
  }

  @Test func onlyAScalarHasAGradient() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = gradient(at: Tensor<Double>.ones([2, 3])) { x in x.sum(0) } }
    expectMessage(
      trapped,
      "gradient: the function's result has shape [3], but only a scalar has a gradient. Reduce it "
        + "with sum() or mean(), or use vjp(at:) or jacobian(at:)")
  }

  @Test func aCotangentOfAnotherShape() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let (_, pullback) = vjp(at: Tensor<Double>.ones([2, 3])) { x in x.sum(0) }
      _ = pullback(.ones([2]))
    }
    expectMessage(
      trapped, "pullback: the cotangent has shape [2], but the function's result has shape [3]")
  }

  @Test func tangentsOfAnotherShape() async {
    let jvpTrapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = jvp(at: Tensor<Double>.ones([2, 3]), along: .ones([3])) { x in x } }
    expectMessage(jvpTrapped, "jvp: the tangent has shape [3], but the input has [2, 3]")
    let productTrapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = hessianVectorProduct(at: Tensor<Double>.ones([2]), along: 1) { x in x.sum() } }
    expectMessage(
      productTrapped, "hessianVectorProduct: the vector has shape [], but the input has [2]")
  }
}
