import Spool
import TestSupport
import Testing

@Suite struct CustomVJPTests {
  let x: Tensor<Double> = [0.5, -2, 3]

  /// x ↦ sin x with its own rule.
  private func customSine(_ x: Tensor<Double>) -> Tensor<Double> {
    withCustomVJP(x) { x in (sin(x), { ȳ in ȳ * cos(x) }) }
  }

  @Test func theGivenPullbackIsUsed() {
    let (value, slope) = valueAndGradient(at: x) { x in
      (x * withCustomVJP(x) { x in (exp(x), { ȳ in 10 * ȳ }) }).sum()
    }
    #expect(value.scalar == (x * exp(x)).sum().scalar)
    expectClose(slope, exp(x) + 10 * x, within: 1e-14)
  }

  @Test func itHasEveryDerivativeThatItsPullbackHas() throws {
    try checkGradients(at: x, order: 2) { x in customSine(x) * x }
    let third = gradient(at: x) { x in
      gradient(at: x) { x in gradient(at: x) { x in customSine(x).sum() }.sum() }.sum()
    }
    expectClose(third, -cos(x), within: 1e-15)
    let forward = jvp(at: x, along: [1, 2, 3]) { x in customSine(x) }
    expectClose(forward.value, sin(x), within: 0)
    expectClose(forward.derivative, cos(x) * [1, 2, 3], within: 1e-15)
  }

  @Test func higherDerivativesAreThoseOfThePullback() {
    // The rule says ȳ x, whatever the value: the second derivative is 1.
    let second = gradient(at: x) { x in
      gradient(at: x) { x in withCustomVJP(x) { x in (exp(x), { ȳ in ȳ * x }) }.sum() }.sum()
    }
    expectClose(second, [1, 1, 1], within: 0)
  }

  @Test func severalInputsOfWhichSomeGetNothing() {
    let (da, db, dc) = gradient(at: x, x, Tensor<Double>(2)) { a, b, c in
      withCustomVJP([a, b, c]) { inputs in
        let (a, b, c) = (inputs[0], inputs[1], inputs[2])
        return (a * b * c, { ȳ in [ȳ * b * c, nil, ȳ * a * b] })
      }.sum()
    }
    expectClose(da, 2 * x, within: 0)
    expectClose(db, .zeros([3]), within: 0)
    // One that broadcasts is summed to the shape of its input.
    expectClose(dc, (x * x).sum(), within: 1e-15)
  }

  @Test func inputsOfDifferentScopes() {
    // ∂/∂y of x y² by its own rule, then by x.
    let mixed = gradient(at: x) { x in
      gradient(at: 2 * x) { y in
        withCustomVJP([x, y]) { inputs in
          let (x, y) = (inputs[0], inputs[1])
          return (x * y * y, { ȳ in [ȳ * y * y, 2 * ȳ * x * y] })
        }.sum()
      }.sum()
    }
    // 2 x y at y = 2 x is 4 x².
    expectClose(mixed, 8 * x, within: 1e-14)
  }

  @Test func capturedTensorsAreConstants() {
    let slope = gradient(at: x) { x in
      (withCustomVJP(x) { y in (y * x, { ȳ in ȳ * x }) }).sum()
    }
    expectClose(slope, x, within: 0)
  }

  @Test func outsideOfAScopeItIsThePlainValue() {
    expectClose(customSine(x), sin(x), within: 0)
  }

  @Test func aPullbackWithTooFewCotangents() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = gradient(at: Tensor<Double>(1), 2) { a, b in
        withCustomVJP([a, b]) { ($0[0] * $0[1], { ȳ in [ȳ] }) }
      }
    }
    expectMessage(
      trapped,
      "withCustomVJP: the pullback returned 1 cotangents for 2 inputs; return one for each, nil where "
        + "there is none")
  }

  @Test func aPullbackWithACotangentThatDoesNotFit() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = gradient(at: Tensor<Double>.ones([2, 3])) { x in
        withCustomVJP(x) { x in (x.sum(), { ȳ in Tensor<Double>.ones([2]) }) }
      }
    }
    expectMessage(
      trapped,
      "customVJP: the rule gave input 0, of shape [2, 3], a cotangent of shape [2]; it must have the "
        + "input's shape, or one that the input broadcasts to")
  }
}
