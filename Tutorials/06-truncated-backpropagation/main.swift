// Tutorial 6: truncated backpropagation through time, and what carrying the state does.
import Claims
import Spool
import SpoolNN
import SpoolTraining

let (length, batch, hidden) = (96, 8, 24)

// A network that reads a long sequence and answers at every step.
struct Reader: Module {
  let cell = GRUCell<Float>(inputSize: 1, hiddenSize: hidden, key: RandomKey(seed: 1))
  let output = Linear<Float>(inputSize: hidden, outputSize: 1, key: RandomKey(seed: 2))

  func callAsFunction(
    _ inputs: Tensor<Float>, from h: Tensor<Float>
  ) -> (outputs: Tensor<Float>, state: Tensor<Float>) {
    let (states, last) = scan(inputs, from: h) { x, h in cell(x, h) }
    return (output(states), last)
  }
}

let reader = Reader()
let zeros = Tensor<Float>.zeros([batch, hidden])
let inputs = Tensor<Float>.uniform([length, batch, 1], in: -1..<1, key: RandomKey(seed: 2))
let (whole, _) = reader(inputs, from: zeros)
func chunks(of count: Int) -> [Range<Int>] {
  stride(from: 0, to: length, by: count).map { $0..<($0 + count) }
}

// Read in chunks with the state carried over, the sequence gives the same outputs, whatever the chunks' length.
// It saves memory. It is no cure for sequences that are longer than those of the training.
var state = zeros
var parts: [Tensor<Float>] = []
for chunk in chunks(of: 16) {
  let (outputs, last) = reader(inputs[chunk], from: state)
  parts.append(outputs)
  state = last
}
let carriedGap = abs(concatenated(parts) - whole).max().scalar
claim("six chunks with carried state differ from one pass by \(carriedGap)", carriedGap < 1e-6)
let fresh = concatenated(chunks(of: 16).map { reader(inputs[$0], from: zeros).outputs })
let freshGap = abs(fresh - whole).max().scalar
claim("six independent sequences differ from it by \(short(freshGap))", freshGap > 0.01)

// Windows that overlap, and are averaged where they do, carry no state either. Here they start at 0, 18, 36, ….
func windows(_ inputs: Tensor<Float>) -> Tensor<Float> {
  let starts = stride(from: 0, through: length - 24, by: 18)
  let sums = starts.map { start in
    stack([reader(inputs[start..<(start + 24)], from: zeros).outputs, .ones([24, batch, 1])])
      .padded([(0, 0), (start, length - 24 - start), (0, 0), (0, 0)])
  }
  let sum = stack(sums).sum(0)
  return sum[0] / sum[1]
}
var changed = inputs
changed[17] = -inputs[17]
let byWindows = abs(windows(changed) - windows(inputs))[24].max().scalar
let byPass = abs(reader(changed, from: zeros).outputs - whole)[24].max().scalar
claim("another input 17 changes window output 24 by \(byWindows)", byWindows == 0)
claim("one pass by \(short(byPass))", byPass > 1e-5)

// What truncation changes is the gradient. stopGradient(state) carries the numbers and ends the chain rule, so
// that each chunk counts only what lies within it. The task: say what the input was six steps ago.
let delay = 6
func gradients(chunk count: Int) -> (loss: Float, gradients: Gradients<Float>) {
  var state = zeros
  let (loss, gradients) = valueAndGradient(of: reader) {
    chunks(of: count).reduce(0) { sum, chunk in
      let (outputs, last) = reader(inputs[chunk], from: state)
      state = stopGradient(last)
      let targets = inputs.rolled(by: delay)[chunk]
      return sum + meanSquaredError(outputs, targets, reduction: .sum)
    }
  }
  return (loss.scalar, gradients)
}
let full = gradients(chunk: length)
for count in [3, 12, 48, 96] {
  let truncated = gradients(chunk: count)
  let missing = (truncated.gradients + full.gradients.scaled(by: -1)).globalNorm
  print(
    "chunks of \(count) miss \(short(100 * missing / full.gradients.globalNorm)) % of the gradient")
  let sameLoss = abs(truncated.loss - full.loss) < 1e-4 * full.loss
  claim("their loss is \(truncated.loss)", sameLoss && (missing == 0) == (count == length))
}
let stopped = gradient(at: zeros) { h in reader(inputs, from: stopGradient(h)).outputs.sum() }
claim("through stopGradient comes exactly 0", abs(stopped).max().scalar == 0)

// What that costs. Every k1 steps the parameters change, by a gradient that reaches back k2 steps (Williams &
// Peng, 1990); k1 = k2 is the usual cut into chunks.
func echoError(k1: Int, k2: Int, carrying isCarrying: Bool) throws -> Float {
  let reader = Reader()
  let trainer = Trainer(reader, Adam(for: reader), schedule: .constant(0.01), clippingTo: 1)
  let stream = Tensor<Float>.uniform([9600, batch, 1], in: -1..<1, key: RandomKey(seed: 5))
  let echoes = stream.rolled(by: delay)
  var state = zeros
  for start in stride(from: delay, through: stream.shape[0] - k2, by: k1) {
    let (middle, end) = (start + k1, start + k2)
    try trainer.takeStep {
      let (first, next) = reader(stream[start..<middle], from: state)
      let (rest, _) = reader(stream[middle..<end], from: next)
      if isCarrying { state = stopGradient(next) }
      let outputs = concatenated([first, rest])[(k2 - k1)...]
      return meanSquaredError(outputs, echoes[(end - k1)..<end])
    }
  }
  let test = reader(inputs, from: zeros).outputs
  return meanSquaredError(test[delay...], inputs.rolled(by: delay)[delay...]).scalar
}
let guess = square(inputs).mean().scalar
let tooShort = try echoError(k1: 3, k2: 3, carrying: true)
let independent = try echoError(k1: 12, k2: 12, carrying: false)
let carried = try echoError(k1: 12, k2: 12, carrying: true)
let sliding = try echoError(k1: 3, k2: 12, carrying: true)
print("always answering the mean: \(short(guess))")
claim("k1 = k2 = 3 learns next to nothing: \(short(tooShort))", tooShort > 0.8 * guess)
claim("k1 = k2 = 12 does: \(short(carried))", carried < guess / 10)
claim("without carried state less: \(short(independent))", independent > 2 * carried)
claim("k1 = 3, k2 = 12 does: \(short(sliding))", sliding < guess / 10)
