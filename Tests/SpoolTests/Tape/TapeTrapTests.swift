import TestSupport
import Testing

@testable import Spool

/// What can go wrong with a tape, each with its own message and the repair in it.
@Suite struct TapeTrapTests {
  @Test func aPullbackCalledTwice() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let (_, pullback) = vjp(at: Tensor<Double>([1, 2])) { x in exp(x) }
      _ = pullback([1, 1])
      _ = pullback([1, 1])
    }
    expectMessage(
      trapped,
      "the tape of this pullback is used up: its memory was freed by the first backward sweep. To "
        + "sweep several times, make it with vjp(at:reusable: true)")
  }

  @Test func aTensorThatLeaks() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      var leaked = Tensor<Double>(0)
      _ = gradient(at: Tensor<Double>([1, 2])) { x in
        leaked = exp(x)
        return leaked.sum()
      }
      _ = leaked + 1
    }
    expectMessage(
      trapped,
      "a tensor of shape [2] has leaked from a gradient scope that has ended. Return "
        + "stopGradient(tensor) from the scope instead, which is an ordinary tensor")
  }

  @Test func aTensorThatLeaksFromAScopeThatThrew() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      struct Refusal: Error {}
      var leaked = Tensor<Double>(0)
      _ = try? gradient(at: Tensor<Double>(1)) { x -> Tensor<Double> in
        leaked = exp(x)
        throw Refusal()
      }
      _ = -leaked
    }
    expectMessage(trapped, "a tensor of shape [] has leaked from a gradient scope that has ended")
  }

  @Test func aStateThatIsCarriedOver() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let weight: Tensor<Double> = [0.5, -1]
      var state = Tensor<Double>.ones([2])
      for _ in 0..<2 {
        _ = gradient(at: weight) { weight in
          state = tanh(weight * state)
          return state.sum()
        }
      }
    }
    expectMessage(
      trapped,
      "a tensor of shape [2] from an earlier gradient scope is used in a new one: state that is "
        + "carried over must be cut from the old tape. Carry over stopGradient(state) instead")
  }

  @Test func theRepairsHold() {
    let weight: Tensor<Double> = [0.5, -1]
    var state = Tensor<Double>.ones([2])
    for _ in 0..<2 {
      let before = state
      let slope = gradient(at: weight) { weight in
        let next = tanh(weight * state)
        state = stopGradient(next)
        return next.sum()
      }
      expectClose(slope, before * (1 - square(tanh(weight * before))), within: 1e-15)
    }
    expectClose(state, tanh(weight * tanh(weight)), within: 1e-15)
    let (_, pullback) = vjp(at: weight, reusable: true) { x in exp(x) }
    expectClose(pullback([1, 0]) + pullback([0, 1]), exp(weight), within: 0)
  }

  @Test func aTrackedTensorChangedInPlace() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = gradient(at: Tensor<Double>([1, 2])) { x in
        var x = x
        x.withUnsafeMutableScalars { $0[0] = 5 }
        return x.sum()
      }
    }
    expectMessage(
      trapped,
      "a tensor tracked by a gradient scope cannot be changed in place: the derivative would not "
        + "see it. Compute a new tensor, or take stopGradient(_:) of it first")
  }

  @Test func messagesNameTheTimeStep() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      TimeStep.$current.withValue(3) {
        _ = matmul(Tensor<Float>.ones([2, 3]), Tensor<Float>.ones([2, 3]))
      }
    }
    expectMessage(
      trapped, "matmul: [2, 3] × [2, 3]: inner dimensions 3 and 2 differ (in time step 3)")
  }
}
