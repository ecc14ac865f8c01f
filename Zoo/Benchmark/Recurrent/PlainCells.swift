import Spool

// The cells as somebody would write them who has a formula and no framework: functions of tensors. `scan` is
// given nothing else.

/// What a long short-term memory carries from step to step.
typealias LSTMState = (h: Tensor<Float>, c: Tensor<Float>)

/// Long short-term memory (Hochreiter & Schmidhuber, 1997), the gates side by side in W, U and b:
///
///     i, f, g, o = x W + h U + b    c' = σ(f) c + σ(i) tanh(g)    h' = σ(o) tanh(c')
func lstm(
  _ x: Tensor<Float>, _ state: LSTMState, _ w: Tensor<Float>, _ u: Tensor<Float>, _ b: Tensor<Float>
) -> (Tensor<Float>, LSTMState) {
  let (i, f, g, o) = (matmul(x, w) + matmul(state.h, u) + b).chunked4()
  let c = sigmoid(f) * state.c + sigmoid(i) * tanh(g)
  let h = sigmoid(o) * tanh(c)
  return (h, (h, c))
}

/// One gate of a cell whose gates have matrices of their own.
struct Gate {
  let w: Tensor<Float>
  let u: Tensor<Float>
  let b: Tensor<Float>

  /// x W + h U + b.
  func callAsFunction(_ x: Tensor<Float>, _ h: Tensor<Float>) -> Tensor<Float> {
    matmul(x, w) + matmul(h, u) + b
  }
}

/// The same long short-term memory, with eight matrices instead of two.
func lstm(
  _ x: Tensor<Float>, _ state: LSTMState, input: Gate, forget: Gate, cell: Gate, output: Gate
) -> (Tensor<Float>, LSTMState) {
  let i = sigmoid(input(x, state.h))
  let f = sigmoid(forget(x, state.h))
  let g = tanh(cell(x, state.h))
  let o = sigmoid(output(x, state.h))
  let c = f * state.c + i * g
  let h = o * tanh(c)
  return (h, (h, c))
}

/// The gain and the bias of a layer normalisation.
struct Norm {
  let gain: Tensor<Float>
  let bias: Tensor<Float>

  func callAsFunction(_ x: Tensor<Float>) -> Tensor<Float> {
    layerNorm(x, gain: gain, bias: bias)
  }
}

/// Long short-term memory with layer normalisation (Ba, Kiros & Hinton, 2016) of each gate's
/// pre-activation and of the cell:
///
///     i, f, g, o = x W + h U
///     c' = σ(LN(f)) c + σ(LN(i)) tanh(LN(g))    h' = σ(LN(o)) tanh(LN(c'))
func layerNormLSTM(
  _ x: Tensor<Float>, _ state: LSTMState, _ w: Tensor<Float>, _ u: Tensor<Float>,
  input: Norm, forget: Norm, cell: Norm, output: Norm, memory: Norm
) -> (Tensor<Float>, LSTMState) {
  let (i, f, g, o) = (matmul(x, w) + matmul(state.h, u)).chunked4()
  let c = sigmoid(forget(f)) * state.c + sigmoid(input(i)) * tanh(cell(g))
  let h = sigmoid(output(o)) * tanh(memory(c))
  return (h, (h, c))
}

/// The gated recurrent unit (Cho et al., 2014), reset after the product as in PyTorch:
///
///     r, z, n = x W + b    r', z', n' = h U + d
///     h' = (1 − z) tanh(n + r n') + z h, with r = σ(r + r') and z = σ(z + z')
func gru(
  _ x: Tensor<Float>, _ h: Tensor<Float>, _ w: Tensor<Float>, _ u: Tensor<Float>,
  _ b: Tensor<Float>, _ d: Tensor<Float>
) -> Tensor<Float> {
  let (xr, xz, xn) = (matmul(x, w) + b).chunked3()
  let (hr, hz, hn) = (matmul(h, u) + d).chunked3()
  let r = sigmoid(xr + hr)
  let z = sigmoid(xz + hz)
  return (1 - z) * tanh(xn + r * hn) + z * h
}

/// The simple recurrent network (Elman, 1990): h' = tanh(x W + h U + b).
func elman(
  _ x: Tensor<Float>, _ h: Tensor<Float>, _ w: Tensor<Float>, _ u: Tensor<Float>,
  _ b: Tensor<Float>
) -> Tensor<Float> {
  tanh(matmul(x, w) + matmul(h, u) + b)
}
