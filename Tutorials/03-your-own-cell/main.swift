// Tutorial 3: a cell of your own. From a plain function to a trained model, and what scan makes of it.
import Claims
import Spool
import SpoolNN
import SpoolTraining

// A cell is one time step: a function of an input and the state before it. This one is long short-term
// memory, as on paper. Its parameters make it a module; nothing else is needed, least of all a gradient.
struct MemoryCell: Module {
  @Parameter var inputWeights: Tensor<Float>  // [inputs, 4 · hidden]
  @Parameter var stateWeights: Tensor<Float>  // [hidden, 4 · hidden]
  @Parameter var bias: Tensor<Float>  // [4 · hidden]
  @Parameter var readout: Tensor<Float>  // [hidden, outputs]

  init(inputs: Int, hidden: Int, outputs: Int, key: RandomKey) {
    let keys = key.split(3)
    inputWeights = .normal([inputs, 4 * hidden], key: keys[0])
    stateWeights = .normal([hidden, 4 * hidden], standardDeviation: 0.2, key: keys[1])
    bias = .zeros([4 * hidden])
    readout = .normal([hidden, outputs], standardDeviation: 0.2, key: keys[2])
  }

  func callAsFunction(
    _ x: Tensor<Float>, _ h: Tensor<Float>, _ c: Tensor<Float>
  ) -> (Tensor<Float>, (Tensor<Float>, Tensor<Float>)) {
    let (i, f, g, o) =
      (matmul(x, inputWeights) + matmul(h, stateWeights) + bias).chunked4()
    let memory = sigmoid(f) * c + sigmoid(i) * tanh(g)
    let output = sigmoid(o) * tanh(memory)
    return (output, (output, memory))
  }
}

// The task: say at each step what the input was four steps ago. Without memory, the mean is the best guess.
let (delay, hidden) = (4, 24)
func echoes(_ inputs: Tensor<Float>) -> Tensor<Float> { inputs.rolled(by: delay)[delay...] }
func loss(_ model: MemoryCell, on inputs: Tensor<Float>) -> Tensor<Float> {
  let zeros = Tensor<Float>.zeros([inputs.shape[1], hidden])
  let (states, _) = scan(inputs, from: (zeros, zeros)) { x, h, c in model(x, h, c) }
  return meanSquaredError(matmul(states[delay...], model.readout), echoes(inputs))
}

let model = MemoryCell(inputs: 1, hidden: hidden, outputs: 1, key: RandomKey(seed: 1))
print(model.parameters())
let trainer = Trainer(model, Adam(for: model), schedule: .constant(0.01), clippingTo: 1)
while trainer.step < 600 {
  let inputs = Tensor<Float>.uniform([24, 32, 1], in: -1..<1, key: RandomKey(seed: trainer.step))
  let report = try trainer.takeStep { loss(model, on: inputs) }
  if trainer.step % 100 == 0 { print("step \(trainer.step): loss \(short(report.loss))") }
}

// What counts is the loss on sequences it has not seen; these are also longer.
let unseen = Tensor<Float>.uniform([60, 16, 1], in: -1..<1, key: RandomKey(seed: -1))
let (error, guess) = (loss(model, on: unseen).scalar, square(echoes(unseen)).mean().scalar)
claim(
  "on unseen sequences the error is \(short(error)), of a constant guess \(short(guess))",
  error < guess / 5)

// scan traced the cell once and compiled it. unroll calls it at every step. They are the same function.
let zeros = Tensor<Float>.zeros([16, hidden])
let scanned = scan(unseen, from: (zeros, zeros)) { x, h, c in model(x, h, c) }
let unrolled = unroll(unseen, from: (zeros, zeros)) { x, h, c in model(x, h, c) }
let difference = abs(scanned.outputs - unrolled.outputs).max().scalar
claim("scan and unroll differ by at most \(short(difference))", difference < 1e-5)

let (_, gradients) = valueAndGradient(of: model) {
  let program = describeScan(unseen, from: (zeros, zeros)) { x, h, c in model(x, h, c) }
  print(program)
  claim("the cell is compiled, forward and backward", program.reasonForUnrolling == nil)
  return loss(model, on: unseen)
}

// A step of training either way; how much is saved depends on the sizes and on the machine.
func shortest(of count: Int, _ body: () -> Void) -> Duration {
  (0..<count).map { _ in ContinuousClock().measure(body) }.min()!
}
let scanTime = shortest(of: 5) { _ = valueAndGradient(of: model) { loss(model, on: unseen) } }
let unrollTime = shortest(of: 5) {
  _ = valueAndGradient(of: model) {
    let (states, _) = unroll(unseen, from: (zeros, zeros)) { x, h, c in model(x, h, c) }
    return meanSquaredError(matmul(states[delay...], model.readout), echoes(unseen))
  }
}
print("value and gradient: scan \(scanTime), unroll \(short(unrollTime / scanTime)) times that")
claim("scan is the quicker one", scanTime < unrollTime)

// The readout is one tensor for all time steps. Give each step a copy: the copies' gradients add up to its own.
let states = scanned.outputs[delay...]
let copies = stack([Tensor<Float>](repeating: model.readout, count: states.shape[0]))
let perStep = gradient(at: copies) { copies in
  meanSquaredError(matmul(states, copies), echoes(unseen))
}
let sumError = abs(perStep.sum(0) - gradients[model.$readout]!).max().scalar
claim(
  "\(copies.shape[0]) gradients, one a step, sum to the readout's, \(short(sumError)) off",
  sumError < 1e-5)

// The output gate reads the memory, it does not change it: move its bias and only h moves.
let (x, h, c) = (unseen[0], scanned.outputs[-1], scanned.state.1)
let (_, before) = model(x, h, c)
model.bias[(3 * hidden)...] = model.bias[(3 * hidden)...] + 1
let (_, after) = model(x, h, c)
let (movedOutput, movedMemory) = (
  abs(after.0 - before.0).max().scalar, abs(after.1 - before.1).max().scalar
)
claim(
  "the output gate moves h by \(short(movedOutput)), c by \(short(movedMemory))", movedMemory == 0)
claim("h did move", movedOutput > 0.01)

// tanh knows nothing of time, or of its neighbours: ∂tanh(x)ᵢ/∂xⱼ is 0 unless i = j. The cell has the memory.
let slopes = jacobian(at: Tensor<Float>([-2, -1, 0, 1, 2])) { tanh($0) }
print("∂tanh(x)/∂x at -2, -1, 0, 1, 2:\n\(slopes)")
let offDiagonal = slopes * (1 - Tensor<Float>.identity(5))
claim(
  "it is diagonal, and nowhere above 1",
  abs(offDiagonal).max().scalar == 0 && slopes.max().scalar <= 1)
