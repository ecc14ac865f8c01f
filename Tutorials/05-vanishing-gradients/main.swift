// Tutorial 5: vanishing and exploding gradients, measured step by step.
import Claims
import Spool
import SpoolNN
import SpoolPlot

typealias Numbers = Tensor<Double>
let (steps, size) = (60, 32)
let keys = RandomKey(seed: 1).split(4)
let inputs = Numbers.normal([steps, 1, size], standardDeviation: 0.3, key: keys[0])
func rnn(gain: Double) -> RNNCell<Double> {
  RNNCell(inputSize: size, hiddenSize: size, stateWeights: .orthogonal(gain: gain), key: keys[1])
}
let (weak, strong) = (rnn(gain: 0.8), rnn(gain: 3))
let gru = GRUCell<Double>(inputSize: size, hiddenSize: size, key: keys[2])
let lstm = LSTMCell<Double>(inputSize: size, hiddenSize: size, forgetBias: 2, key: keys[3])
func longShort(_ x: Numbers, _ state: Numbers) -> Numbers {
  let (h, c) = state.chunked2()
  return concatenated(lstm(x, .init(h: h, c: c)).state.tensors, axis: 1)
}
// Each with its whole state as one tensor: that of the LSTM is h and c, side by side.
let networks: [(name: String, width: Int, inputs: Numbers, step: (Numbers, Numbers) -> Numbers)] = [
  ("RNN, gain 0.8", size, inputs, { x, h in weak(x, h).state }),
  ("RNN, gain 3", size, inputs, { x, h in strong(x, h).state }),
  ("RNN, gain 3, inputs × 50", size, 50 * inputs, { x, h in strong(x, h).state }),
  ("GRU", size, inputs, { x, h in gru(x, h).state }), ("LSTM", 2 * size, inputs, longShort),
]
// How long the gradient of a loss at the end is, by the state after each step: a zero is added to every state,
// and the gradient by that zero is the gradient by the state. Then how the last state depends on earlier ones.
var chart = LineChart(
  title: "The gradient by each state", xLabel: "step", yLabel: "length", yScale: .logarithmic)
var ratios: [Double] = []
for (name, width, inputs, step) in networks {
  let zeros = Numbers.zeros([steps, 1, width])
  let gradients = gradient(at: zeros) { zeros in
    let (_, last) = scan((inputs, zeros), from: zeros[0]) { given, state in
      let next = step(given.0, state) + given.1
      return (next, next)
    }
    return last[.all, ..<size].sum()
  }
  let norms = gradients.norm(1, 2).scalars
  chart.series.append(.init(name, values: norms))
  ratios.append(norms[0] / norms[steps - 1])
  let states = scan(inputs, from: zeros[0], step).outputs
  print("\(name): over \(steps - 1) steps the gradient changes by \(short(ratios.last!))")
  for lag in [1, 10, 40] {
    let jacobian = jacobian(at: states[steps - 1 - lag]) { state in
      scan(inputs[(steps - lag)...], from: state, step).state
    }
    let values = singularValues(jacobian.reshaped(to: [width, width])).prefix(3)
    print("  largest singular values of ∂state/∂state over \(lag): \(short(values))")
  }
}
figure("gradients.svg", chart.svg())
let bound = (1..<steps).reduce(1.0) { bound, _ in 0.8 * bound }
claim("singular values of 0.8 bound it by 0.8⁵⁹ = \(short(bound))", ratios[0] < bound)
claim(
  "those of 3 let it explode, the LSTM's memory carries it", ratios[1] > 1e3 && ratios[4] > 0.01)
claim(
  "those of 3 need not: where inputs are large, tanh is flat, and it vanishes", ratios[2] < 1e-6)

// Eigenvalues do not decide it. All those of these two matrices are 0, yet in turns they grow without end.
let (a, b): (Numbers, Numbers) = ([[0, 2], [0, 0]], [[0, 0], [2, 0]])
let (squares, turns) = (matmul(a, a) + matmul(b, b), matmul(a, b).norm().scalar)
claim("a² = b² = 0, but ab has norm \(turns)", squares.norm().scalar == 0 && turns == 4)
// And it is different Jacobians, diag(1 − h²) Uᵀ for each step's h, not a power of one.
let states = scan(inputs, from: .zeros([1, size]), networks[0].step).outputs
let product = (0..<10).reduce(Numbers.identity(size)) { product, t in
  matmul((1 - square(states[t])).transposed() * weak.stateWeights.transposed(), product)
}
let whole = jacobian(at: Numbers.zeros([1, size])) { h in
  scan(inputs[..<10], from: h, networks[0].step).state
}.reshaped(to: [size, size])
claim("∂h₁₀/∂h₀ is their product", (product - whole).norm().scalar < 1e-12)

// No weights are "the long-term ones": there is one U, and its gradient is a sum over the steps at which it was
// used. What vanishes is the terms of long ago.
func atEnd(_ u: (Int) -> Numbers) -> Numbers {
  (0..<steps).reduce(.zeros([1, size])) { tanh(weak.projected(inputs[$1]) + matmul($0, u($1))) }
}
let copies = stack([Numbers](repeating: weak.stateWeights, count: steps))
let terms = gradient(at: copies) { copies in atEnd { copies[$0] }.sum() }
let sum = gradient(at: weak.stateWeights) { u in atEnd { _ in u }.sum() }
claim("the terms add up to ∂loss/∂U", abs(terms.sum(0) - sum).max().scalar < 1e-12)
let shares = [1, 10, 40].map { (terms[steps - $0].norm() / sum.norm()).scalar }
claim("those of 1, 10, 40 steps ago: \(short(shares))", shares[2] < 1e-3 * shares[0])

// In the LSTM, ∂c_T/∂c_0 is the product of the forget gates only if the gates' own dependence on h is cut.
func memory(_ cell: LSTMCell<Double>, isCut: Bool) -> (jacobian: Numbers, forgets: Numbers) {
  var forgets = Numbers.ones([1, size])
  let jacobian = jacobian(at: Numbers.zeros([1, size])) { c in
    (0..<20).reduce(LSTMCell.State(h: .zeros([1, size]), c: c)) { state, t in
      let h = isCut ? stopGradient(state.h) : state.h
      let gates = cell.projected(inputs[t]) + matmul(h, cell.stateWeights)
      forgets = forgets * stopGradient(sigmoid(gates[.all, size..<(2 * size)]))
      return cell(inputs[t], .init(h: h, c: state.c)).state
    }.c
  }
  return (jacobian.reshaped(to: [size, size]), forgets)
}
for bias in [-2.0, 0, 1, 3] {
  let cell = LSTMCell<Double>(
    inputSize: size, hiddenSize: size, forgetBias: .constant(bias), key: keys[3])
  let (cut, forgets) = memory(cell, isCut: true)
  let difference = ((cut - .identity(size) * forgets).norm() / forgets.norm()).scalar
  let factor = (memory(cell, isCut: false).jacobian.norm() / cut.norm()).scalar
  let product = short(forgets.mean().scalar)
  claim("bias \(bias): ∂c₂₀/∂c₀ with cut paths is Π f, \(product)", difference < 1e-12)
  claim("with the paths it is \(short(factor)) times as large", factor > 2)
}

// Clipping by norm keeps the direction; the norm before it is not the norm after it.
struct Weights: Module { @Parameter var w: Tensor<Float> = [0, 0, 0] }
let weights = Weights()
var (_, gradients) = valueAndGradient(of: weights) { (weights.w * [100, 200, 50]).sum() }
let norms = try gradients.clip(toNorm: 1)
let clipped = gradients[weights.$w]!.scalars
let isInProportion = abs(clipped[1] - 2 * clipped[0]) < 1e-6 && abs(norms.after - 1) < 1e-6
claim("from norm \(short(norms.before)) to 1: \(short(clipped))", isInProportion)
