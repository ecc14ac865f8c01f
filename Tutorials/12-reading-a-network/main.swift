// Tutorial 12: reading a trained network. Gates, saliency, integrated gradients, on a task whose answer is known.
import Claims
import Spool
import SpoolNN
import SpoolPlot
import SpoolTraining

// The adding problem (Hochreiter & Schmidhuber, 1997), short: numbers with two of them marked; the answer is the
// sum of the two. So it is known what the network ought to look at.
let (time, hidden) = (16, 24)
func sequences(_ count: Int, time: Int = time, key: RandomKey) -> Tensor<Float> {
  let numbers = Tensor<Float>.uniform([time, count], key: key.folding(in: 0))
  let order = Tensor<Float>.uniform([time, count], key: key.folding(in: 1)).argsort(axis: 0)
  let marks: Tensor<Float> = oneHot(order[..<2], depth: time).sum(0).transposed()
  return stack([numbers, marks], axis: 2)
}
func answers(_ inputs: Tensor<Float>) -> Tensor<Float> {
  (inputs[.all, .all, 0] * inputs[.all, .all, 1]).sum(0)
}

struct Adder: Module {
  let cell = LSTMCell<Float>(inputSize: 2, hiddenSize: hidden, key: RandomKey(seed: 1))
  let readout = Linear<Float>(inputSize: hidden, outputSize: 1, key: RandomKey(seed: 2))

  func callAsFunction(_ inputs: Tensor<Float>) -> Tensor<Float> {
    let zeros = cell.initialState(batch: inputs.shape[1])
    let (_, last) = scan(inputs, from: zeros) { x, state in cell(x, state) }
    return readout(last.h).squeezingAxis(at: 1)
  }
}
let model = Adder()
let trainer = Trainer(model, Adam(for: model), schedule: .constant(0.01), clippingTo: 1)
while trainer.step < 1500 {
  let batch = sequences(32, key: RandomKey(seed: 4).folding(in: trainer.step))
  let report = try trainer.takeStep { meanSquaredError(model(batch), answers(batch)) }
  if trainer.step % 250 == 0 { print("step \(trainer.step): loss \(short(report.loss))") }
}
let unseen = sequences(256, key: RandomKey(seed: 5))
let found = model(unseen)
let error = meanSquaredError(found, answers(unseen)).scalar
let guess = answers(unseen).variance().scalar
claim("error \(short(error)) on unseen sequences, \(short(guess)) by guessing", error < guess / 10)

// To see into a cell, let the step return what is to be seen: any struct of tensors can be its output, and scan
// makes each of them a sequence over time. The product that gates and cell both need is done once.
struct Gates { let input, forget, output, memory: Tensor<Float> }
func record(_ inputs: Tensor<Float>) -> Gates {
  let cell = model.cell
  return scan(inputs, from: cell.initialState(batch: inputs.shape[1])) { x, state in
    let sums = cell.projected(x) + matmul(state.h, cell.stateWeights)
    let (i, f, _, o) = sigmoid(sums).chunked4()
    let next = cell(x, state).state
    return (Gates(input: i, forget: f, output: o, memory: next.c), next)
  }.outputs
}
// At marked steps and at the others, in the unit where they differ most:
let gates = record(unseen)
let isMarked = unseen[.all, .all, 1]
func mean(_ x: Tensor<Float>, where weights: Tensor<Float>) -> Tensor<Float> {
  let weights = weights.reshaped(to: [-1, 1])
  return (x.reshaped(to: [weights.count, -1]) * weights).sum(0) / weights.sum()
}
for (name, gate) in [("input", gates.input), ("forget", gates.forget), ("output", gates.output)] {
  let changes = mean(gate, where: isMarked) - mean(gate, where: 1 - isMarked)
  let largest = abs(changes).max().scalar
  claim("one \(name) gate differs at marks by \(short(largest))", largest > 0.1)
}

// Saliency is the derivative of the answer by each input. An item's answer depends on that item alone, so that one
// sweep gives it for the whole batch. For a perfect adder it is 1 at marked numbers and 0 at the others.
let saliency = gradient(at: unseen) { model($0).sum() }
let byNumber = saliency[.all, .all, 0]
let atMarks = mean(byNumber, where: isMarked).scalar
let elsewhere = mean(abs(byNumber), where: 1 - isMarked).scalar
claim(
  "saliency: \(short(atMarks)) at marks, \(short(elsewhere)) elsewhere", atMarks > 4 * elsewhere)
let nudge = 0.01 * saliency / saliency.norm(0, 2, keepDims: true)
let changed = (model(unseen + nudge) - model(unseen - nudge)) / 0.02
let offBy = abs(changed - saliency.norm(0, 2)).max().scalar
claim("it predicts what small steps change, within \(short(offBy))", offBy < 0.02)

// Gradient × input adds up to f(x) − f(0) for a linear model. A network is none. Integrated gradients (Sundararajan,
// Taly & Yan, 2017) average the gradient on the way from a baseline to x; for any model they add up to the difference.
func integrated(from baseline: Tensor<Float>) -> Tensor<Float> {
  let way = unseen - baseline
  return (0..<64).reduce(0 * way) { sum, step in
    let place = baseline + Tensor((Float(step) + 0.5) / 64) * way
    return sum + way / 64 * gradient(at: place) { model($0).sum() }
  }
}
let change = found - model(0 * unseen)
func gap(_ attributions: Tensor<Float>) -> Float {
  (abs(attributions.sum(0, 2) - change).mean() / abs(change).mean()).scalar
}
let (simple, complete) = (gap(saliency * unseen), gap(integrated(from: 0 * unseen)))
claim("gradient × input misses f(x) − f(0) by \(short(100 * simple)) %", simple > 0.05)
claim("integrated gradients in 64 steps by \(short(100 * complete)) %", complete < 0.01)

// What they say depends on the baseline. From the same marks on zeros, a number's share is the number itself.
let fair = integrated(from: unseen * [0, 1])[.all, .all, 0]
let shareError = abs(fair - unseen[.all, .all, 0] * isMarked).mean().scalar
claim("from marked zeros, shares are the numbers: \(short(shareError)) off", shareError < 0.05)
var chart = LineChart(title: "What one answer rests on", xLabel: "time step", yLabel: "share")
chart.series = [
  ("number", unseen[.all, .all, 0]), ("saliency", byNumber), ("integrated gradients", fair),
].map { .init($0, values: $1[.all, 0].scalars.map(Double.init)) }
figure("attributions.svg", chart.svg())

// Longer sequences than in training. The network is told no position; what it has not met is the states.
for factor in [2, 5] {
  let longer = sequences(256, time: factor * time, key: RandomKey(seed: 6))
  let memory = record(longer).memory
  let isSame = memory[..<time] == record(longer[..<time]).memory
  claim("the first \(time) steps are what they are alone", isSame)
  let itsError = meanSquaredError(model(longer), answers(longer)).scalar
  let largest = [gates.memory, memory].map { abs($0).max().scalar }
  print("the memory's largest number, at the length of training and here: \(short(largest))")
  claim("error at \(factor) times the length: \(short(itsError))", itsError > 2 * error)
}
