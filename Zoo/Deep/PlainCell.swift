import Spool
import SpoolNN

/// A cell of one's own: parameters, and one step as a function of them, an input and a state.
protocol PlainCell<Scalar>: Module, Sendable {
  associatedtype State

  /// The number of features of an output.
  var outputSize: Int { get }
  /// The state before the first step.
  func initialState(batch: Int) -> State
  /// One step of `[batch, inputs]`.
  func callAsFunction(_ x: Tensor<Scalar>, _ state: State) -> (Tensor<Scalar>, State)
}

/// The hidden state and the memory of long short-term memory, `[batch, hidden]` each.
typealias HiddenAndMemory<Scalar: RealScalar> = (h: Tensor<Scalar>, c: Tensor<Scalar>)

extension PlainCell where State == HiddenAndMemory<Scalar> {
  /// Zeros, for a memory as large as the output.
  func initialState(batch: Int) -> State {
    (.zeros([batch, outputSize]), .zeros([batch, outputSize]))
  }
}

/// Long short-term memory (Hochreiter & Schmidhuber, 1997) whose gates may be any function that lies between 0
/// and 1, such as the piecewise linear one of `hardSigmoid`.
struct AnyGateLSTM<Scalar: RealScalar>: PlainCell {
  let gates: Gates<Scalar>
  let outputSize: Int
  var gate: @Sendable (Tensor<Scalar>) -> Tensor<Scalar> = { sigmoid($0) }

  func callAsFunction(
    _ x: Tensor<Scalar>, _ state: HiddenAndMemory<Scalar>
  ) -> (Tensor<Scalar>, HiddenAndMemory<Scalar>) {
    let (i, f, g, o) = gates(x, state.h).chunked4()
    let c = gate(f + 1) * state.c + gate(i) * tanh(g)
    let h = gate(o) * tanh(c)
    return (h, (h, c))
  }
}

/// 0.2 x + 0.5, kept between 0 and 1: a sigmoid of three straight lines (Courbariaux, Bengio & David, 2015).
func hardSigmoid<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { clamp(0.2 * x + 0.5, to: 0...1) }

/// Long short-term memory whose gates see the memory (Gers & Schmidhuber, 2000): i and f the old one, o the new.
struct PeepholeLSTM<Scalar: RealScalar>: PlainCell {
  let gates: Gates<Scalar>
  /// `[3, hidden]`: what the memory is multiplied by for i, f and o.
  @Parameter var peepholes: Tensor<Scalar>
  var outputSize: Int { peepholes.shape[1] }

  func callAsFunction(
    _ x: Tensor<Scalar>, _ state: HiddenAndMemory<Scalar>
  ) -> (Tensor<Scalar>, HiddenAndMemory<Scalar>) {
    let (i, f, g, o) = gates(x, state.h).chunked4()
    let c =
      sigmoid(f + peepholes[1] * state.c + 1) * state.c
      + sigmoid(i + peepholes[0] * state.c) * tanh(g)
    let h = sigmoid(o + peepholes[2] * c) * tanh(c)
    return (h, (h, c))
  }
}

/// Long short-term memory that forgets as much as it takes in, f = 1 − i (Greff et al., 2017).
struct CoupledLSTM<Scalar: RealScalar>: PlainCell {
  let gates: Gates<Scalar>
  let outputSize: Int

  func callAsFunction(
    _ x: Tensor<Scalar>, _ state: HiddenAndMemory<Scalar>
  ) -> (Tensor<Scalar>, HiddenAndMemory<Scalar>) {
    let (i, g, o) = gates(x, state.h).chunked3()
    let c = state.c + sigmoid(i - 1) * (tanh(g) - state.c)
    let h = sigmoid(o) * tanh(c)
    return (h, (h, c))
  }
}

/// Long short-term memory whose hidden state is a projection of its output, smaller than the memory (Sak, Senior &
/// Beaufays, 2014).
struct ProjectedLSTM<Scalar: RealScalar>: PlainCell {
  let gates: Gates<Scalar>
  /// `[hidden, projected]`.
  @Parameter var projection: Tensor<Scalar>
  var outputSize: Int { projection.shape[1] }

  func initialState(batch: Int) -> HiddenAndMemory<Scalar> {
    (.zeros([batch, outputSize]), .zeros([batch, projection.shape[0]]))
  }

  func callAsFunction(
    _ x: Tensor<Scalar>, _ state: HiddenAndMemory<Scalar>
  ) -> (Tensor<Scalar>, HiddenAndMemory<Scalar>) {
    let (i, f, g, o) = gates(x, state.h).chunked4()
    let c = sigmoid(f + 1) * state.c + sigmoid(i) * tanh(g)
    let h = matmul(sigmoid(o) * tanh(c), projection)
    return (h, (h, c))
  }
}

/// The minimal gated unit (Zhou et al., 2016), one gate instead of the GRU's two:
///
///     f = σ(x W_f + h U_f + b_f)    h' = h + f (tanh(x W + (f h) U + b) − h)
struct MinimalGatedUnit<Scalar: RealScalar>: PlainCell {
  let forget: Gates<Scalar>
  let candidate: Gates<Scalar>
  let outputSize: Int

  func initialState(batch: Int) -> Tensor<Scalar> { .zeros([batch, outputSize]) }

  func callAsFunction(
    _ x: Tensor<Scalar>, _ h: Tensor<Scalar>
  ) -> (Tensor<Scalar>, Tensor<Scalar>) {
    let f = sigmoid(forget(x, h))
    let next = h + f * (tanh(candidate(x, f * h)) - h)
    return (next, next)
  }
}
