// Tutorial 8: a Turing machine, from the simplest memory to that of Graves, each step measured.
import Claims
import Spool
import SpoolData
import SpoolNN
import SpoolPlot
import SpoolTraining

typealias Numbers = Tensor<Float>
let (bits, width, slots, hidden) = (4, 8, 12, 32)
let keys = RandomKey(seed: 1).split(6)

// A memory is a tensor, [batch, width, slots]. Heads go to slots by content: by how alike a slot and a key are. Their
// cosine lies in -1 ... 1, so that its softmax cannot favour a slot more than e² times. A strength β can.
let memory = Numbers.normal([1, width, slots], key: keys[0])
let key = memory[.all, .all, 3].expandingAxis(at: 1)
let weights = [Numbers(1), 30].map { strength in
  contentWeights(of: memory, keys: key, strengths: [[[strength]]])[0, 0, 3].scalar
}
claim(
  "a slot equal to the key, β = 1, 30: \(short(weights))", weights[0] < 0.41 && weights[1] > 0.9)

// To write is to erase and then to add. Without erasing, what is written twice is a sum.
let here: Numbers = oneHot([[3]], depth: slots)
let adds = Numbers.normal([2, 1, 1, width], key: keys[1])
func written(erasing erase: Numbers) -> Numbers {
  adds.unstacked().reduce(Numbers.zeros([1, width, slots])) { memory, add in
    memoryWritten(memory, at: here, erase: erase + 0 * add, add: add)
  }[0, .all, 3]
}
claim("erasing, the slot holds what was written last", written(erasing: 1) == adds[1, 0, 0])
claim("else the sum", written(erasing: 0) == adds.sum(0)[0, 0])

// A recurrent network that reads and writes a memory. With no parts it is the simplest: it reads by cosine, adds, and
// writes where it read before. With all it is a neural Turing machine (Graves, Wayne & Danihelka, 2014).
enum Part: CaseIterable { case strength, erase, writeHead, location }
struct Machine: Module {
  struct State { var h, memory, weights, read: Numbers }
  let parts: Set<Part>
  let controller = RNNCell<Float>(inputSize: bits + 1 + width, hiddenSize: hidden, key: keys[3])
  let heads = Linear<Float>(inputSize: hidden, outputSize: 4 * width + 12, key: keys[4])
  let output = Linear<Float>(inputSize: hidden + width, outputSize: bits, key: keys[5])

  func callAsFunction(_ x: Numbers, _ state: State) -> ((Numbers, Numbers), State) {
    let h = controller(concatenated([x, state.read], axis: 1), state.h).state
    let control = heads(h).split(sizes: [2 * (width + 6), width, width], axis: 1)
    let place = control[0].reshaped(to: [x.shape[0], 2, width + 6]).split(
      sizes: [width, 1, 1, 3, 1], axis: 2)
    let strengths = parts.contains(.strength) ? softplus(place[1]) : 1 + 0 * place[1]
    var weights = contentWeights(of: state.memory, keys: tanh(place[0]), strengths: strengths)
    if parts.contains(.location) {
      weights = interpolatedWeights(state.weights, weights, gate: sigmoid(place[2]))
      weights = shiftedWeights(weights, by: softmax(place[3]))
      weights = sharpenedWeights(weights, sharpness: 1 + softplus(place[4]))
    }
    let read = memoryReads(from: state.memory, at: weights[.all, ..<1]).squeezingAxis(at: 1)
    let memory = memoryWritten(
      state.memory,
      at: parts.contains(.writeHead) ? weights[.all, 1...] : state.weights[.all, ..<1],
      erase: (parts.contains(.erase) ? sigmoid(control[1]) : 0 * control[1]).expandingAxis(at: 1),
      add: tanh(control[2]).expandingAxis(at: 1))
    let next = State(h: h, memory: memory, weights: weights, read: read)
    return ((output(concatenated([h, read], axis: 1)), weights), next)
  }

  func callAsFunction(_ inputs: Numbers) -> (answers: Numbers, weights: Numbers) {
    let batch = inputs.shape[1]
    let start: Numbers = oneHot(Tensor<Int32>.zeros([batch, 2]), depth: slots)
    let state = State(
      h: .zeros([batch, hidden]), memory: (0.1 * memory).repeated(batch, axis: 0), weights: start,
      read: .zeros([batch, width]))
    let ((answers, weights), _) = scan(inputs, from: state) { x, state in self(x, state) }
    return (answers, weights)
  }
}
// Copying: random vectors come in, and after a mark they are to be written again. In training there are 1 to 6.
func copied(_ length: Int, seed: Int, by run: (Numbers) -> Numbers) -> (Numbers, Numbers) {
  let task = BitSequences.copying(length: length, bits: bits, batch: 32, key: RandomKey(seed: seed))
  return (run(task.inputs)[(-length)...], task.targets)
}
func wrongBits(_ model: some Module<Float>, _ run: (Numbers) -> Numbers) throws -> [Float] {
  let trainer = Trainer(model, Adam(for: model), schedule: .constant(0.003), clippingTo: 10)
  while trainer.step < 1000 {
    try trainer.takeStep {
      let (logits, bits) = copied(1 + trainer.step % 6, seed: trainer.step, by: run)
      return binaryCrossEntropy(logits: logits, targets: bits)
    }
  }
  return [6, 10].map { length in
    let (logits, bits) = copied(length, seed: -1, by: run)
    return ((logits .> 0) .!= (bits .> 0.5)).converted(to: Float.self).mean().scalar
  }
}
struct Baseline: Module {
  let network = LSTM<Float>(inputSize: bits + 1, hiddenSizes: [28], key: keys[3])
  let output = Linear<Float>(inputSize: 28, outputSize: bits, key: keys[4])
}
let baseline = Baseline()
let byLSTM = try wrongBits(baseline) { baseline.output(baseline.network($0).outputs) }
print("wrong bits in 6, 10 vectors: LSTM, \(baseline.parameterCount) parameters: \(short(byLSTM))")
func measured(_ parts: [Part]) throws -> (machine: Machine, wrong: [Float]) {
  let machine = Machine(parts: Set(parts))
  let wrong = try wrongBits(machine) { machine($0).answers }
  print("\((["cosine"] + parts.map { "\($0)" }).joined(separator: " + ")): \(short(wrong))")
  return (machine, wrong)
}
let steps = try (0...4).map { try measured(Array(Part.allCases[..<$0])) }
let withoutHead = try measured([.strength, .erase, .location]).wrong
claim("a strength helps the simplest memory", steps[1].wrong[0] < steps[0].wrong[0] - 0.02)
claim("location makes it copy", steps[3].wrong[0] > 0.1 && steps[4].wrong[0] < 0.02)
claim("if there is a head of its own to write with", withoutHead[0] > 0.1)
claim("and more than in training, better than an LSTM", steps[4].wrong[1] < byLSTM[1] - 0.1)

// Where the heads were: while vectors come in, one writes them from slot to slot, then the other reads them there.
let sequence = BitSequences.copying(length: 8, bits: bits, batch: 1, key: keys[2])
let places = steps[4].machine(sequence.inputs).weights.reshaped(to: [17, 2 * slots])
let rows = ["read", "write"].flatMap { head in (0..<slots).map { "\(head) \($0)" } }
let values = places.transposed().unstacked().map { $0.scalars.map(Double.init) }
let map = HeatMap(title: "Heads", columns: (1...17).map(String.init), rows: rows, values: values)
figure("heads.svg", map.svg(cell: 16))
