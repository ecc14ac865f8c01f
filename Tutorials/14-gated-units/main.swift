// Tutorial 14: the gated recurrent unit. What it merges of the LSTM, what that saves and costs, and how it is written.
import Claims
import Spool
import SpoolData
import SpoolNN
import SpoolTraining

typealias Numbers = Tensor<Double>
let (width, hidden, time) = (6, 24, 40)
let keys = RandomKey(seed: 1).split(6)
let inputs = Numbers.normal([time, 8, width], key: keys[0])
let lstm = LSTMCell<Double>(inputSize: width, hiddenSize: hidden, key: keys[1])
let gru = GRUCell<Double>(inputSize: width, hiddenSize: hidden, key: keys[2])
func run<Cell: RecurrentCell<Double>>(_ cell: Cell) -> (outputs: Numbers, state: Cell.State) {
  scan(inputs, from: cell.initialState(batch: 8)) { x, state in cell(x, state) }
}
func difference(_ a: Numbers, _ b: Numbers) -> Double { abs(a - b).max().scalar }

// Four blocks of weights become three, and two tensors of state become one.
let weights = (
  lstm: lstm.inputWeights.count + lstm.stateWeights.count,
  gru: gru.inputWeights.count + gru.stateWeights.count
)
claim("weights: LSTM \(weights.lstm), GRU \(weights.gru)", 4 * weights.gru == 3 * weights.lstm)
let tensors = (lstm.initialState(batch: 1).tensors.count, gru.initialState(batch: 1).tensors.count)
claim("tensors of state: \(tensors.0) and \(tensors.1)", tensors == (2, 1))

// An LSTM's input and forget gate are independent. In a GRU one gate z is both: what is kept is z, what is let in 1 − z.
let gates = lstm.gates(inputs, outputs: run(lstm).outputs)
let sum = gates[0].activations + gates[1].activations
let (least, most) = (sum.min().scalar, sum.max().scalar)
claim("input + forget gate: \(short(least)) to \(short(most))", most - least > 0.5)

// So take an LSTM, c' = f c + i g and h' = o tanh c', and merge: i = 1 − f, and h = c, without an output gate. That is
// the GRU but for its reset gate; with the reset gate held open the two are the same.
let open = GRUCell<Double>(inputSize: width, hiddenSize: hidden, key: keys[2])
open.inputBias = concatenated([.ones([hidden]) * 1000, .zeros([2 * hidden])])
func mergedLSTM(_ x: Numbers, _ c: Numbers) -> Numbers {
  let (_, forget, cell) = (matmul(x, open.inputWeights) + matmul(c, open.stateWeights)).chunked3()
  let f = sigmoid(forget)
  return f * c + (1 - f) * tanh(cell)
}
let merged = scan(inputs, from: .zeros([8, hidden]), mergedLSTM).outputs
let distance = difference(merged, run(open).outputs)
claim("with i = 1 − f and h = c it is a GRU, within \(short(distance))", distance < 1e-12)

// What it costs: an LSTM that keeps all and adds all counts. A GRU's state is a mean of values between −1 and 1.
let counter = LSTMCell<Double>(inputSize: width, hiddenSize: 1, key: keys[1])
counter.inputWeights = .zeros(counter.inputWeights.shape)
counter.stateWeights = .zeros(counter.stateWeights.shape)
counter.bias = [40, 40, 40, 0]
let count = run(counter).state.c[0, 0].scalar
claim("c of an LSTM with open gates after \(time) steps: \(short(count))", abs(count - 40) < 1e-9)
let loud = GRUCell<Double>(
  inputSize: width, hiddenSize: hidden, inputWeights: .normal(standardDeviation: 9),
  stateWeights: .normal(standardDeviation: 9), key: keys[3])
let largest = abs(run(loud).outputs).max().scalar
claim("the largest state of a GRU with weights of 9: \(short(largest))", largest <= 1)

// The reset gate has two places. r (h U), in version 1 of the paper, PyTorch and cuDNN; (r h) U, in version 3.
let before = GRUCell<Double>(
  inputSize: width, hiddenSize: hidden, resetOrder: .beforeProduct, key: keys[2])
func withWeights(_ u: Numbers) -> Double {
  (gru.stateWeights, before.stateWeights) = (u, u)
  return difference(run(gru).outputs, run(before).outputs)
}
let diagonal = Numbers.identity(hidden) * Numbers.uniform([hidden], in: -1..<1, key: keys[4])
let alike = withWeights(concatenated([diagonal, diagonal, diagonal], axis: 1))
let unlike = withWeights(open.stateWeights)
claim("with diagonal U the two differ by \(short(alike))", alike < 1e-12)
claim("else, with the same weights, by \(short(unlike)): they cannot be exchanged", unlike > 0.05)
/// Matrix products at each time step: those that do not have to wait for the state are not among them.
func products(_ cell: GRUCell<Double>) -> Int {
  let description = describeScan(inputs, from: cell.initialState(batch: 8)) { cell($0, $1) }
  let lines = description.description.split(separator: "\n")
  return lines.drop { $0 != "forward, at each time step:" }.count { $0.contains("  matmul") }
}
let (one, two) = (products(gru), products(before))
claim("products at each time step: \(one), or \(two) in turn", (one, two) == (1, 2))

// The blend has two directions, too: h' = z h + (1 − z) n in Cho et al., (1 − z) h + z n in Chung et al. As 1 − σ(a) = σ(−a),
// each is the other with the update gate's weights negated.
func otherBlend(_ x: Numbers, _ h: Numbers) -> Numbers {
  let input = gru.projected(x).chunked3()
  let recurrent = (matmul(h, gru.stateWeights) + gru.stateBias).chunked3()
  let (r, z) = (sigmoid(input.0 + recurrent.0), sigmoid(input.1 + recurrent.1))
  return (1 - z) * h + z * tanh(input.2 + r * recurrent.2)
}
let direct = run(gru).outputs
let confused = difference(scan(inputs, from: .zeros([8, hidden]), otherBlend).outputs, direct)
let sign = Numbers([1, -1, 1]).repeated(hidden, axis: 0)
(gru.inputWeights, gru.stateWeights) = (gru.inputWeights * sign, gru.stateWeights * sign)
let negated = difference(scan(inputs, from: .zeros([8, hidden]), otherBlend).outputs, direct)
claim("the same weights in the other blend: off by \(short(confused))", confused > 0.05)
claim("with those of z negated: by \(short(negated))", negated < 1e-12)

// Which is better? Two numbers among 40 are to be added, by networks of 32 hidden units.
struct Adder<Cell: RecurrentCell<Float>>: Module {
  let network: Recurrent<Cell>
  let readOut = Linear<Float>(inputSize: 32, outputSize: 1, key: keys[5])

  init(_ cell: Cell) { network = Recurrent(layers: [.init(forward: cell)]) }

  func error(_ seed: Int) -> Tensor<Float> {
    let (inputs, sums) = AddingProblem(time: time).batch(64, key: RandomKey(seed: seed))
    return meanSquaredError(readOut(network(inputs).outputs[-1]), sums)
  }
}
func learned(_ cell: some RecurrentCell<Float>) throws -> Double {
  let model = Adder(cell)
  let trainer = Trainer(model, Adam(for: model), schedule: .constant(0.005), clippingTo: 1)
  while trainer.step < 600 { try trainer.takeStep { model.error(trainer.step) } }
  return (1...10).map { Double(model.error(-$0).scalar) }.reduce(0, +) / 10
}
let (a, b, c) = (
  try learned(LSTMCell(inputSize: 2, hiddenSize: 32, key: keys[4])),
  try learned(GRUCell(inputSize: 2, hiddenSize: 32, key: keys[4])),
  try learned(GRUCell(inputSize: 2, hiddenSize: 32, resetOrder: .beforeProduct, key: keys[4]))
)
claim("errors \(short([a, b, c])), of 1/6: all learn it", max(a, b, c) < 0.05)
