// Tutorial 4: a character model. It learns to write Swift from Spool's sources, and is measured against counting.
import Claims
import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolPlot
import SpoolTraining

// The text. Every tenth file is kept for measuring: what counts is text that was not learned from.
let folder = URL(filePath: #filePath).deletingLastPathComponent().appending(
  path: "../../Sources/Spool")
let names = try FileManager.default.subpathsOfDirectory(atPath: folder.path())
let files = try names.filter { $0.hasSuffix(".swift") }.sorted()
  .map { try TextFile.read(path: folder.appending(path: $0).path()) }
let vocabulary = try CharacterVocabulary(trainingOn: files.joined())
let parts = [true, false].map { isLearned in
  files.enumerated().filter { ($0.offset % 10 != 9) == isLearned }.map(\.element).joined()
}
let (training, test) = (try vocabulary.encode(parts[0]), try vocabulary.encode(parts[1]))
print("\(training.count) characters to learn from, \(test.count) to measure on")

// The baseline: n-grams. How often each string of up to six characters occurs; a probability is the share of a
// context's occurrences that the character follows, mixed with that of the shorter context (MacKay & Peto, 1995).
let orders = 6
/// The strings of 1 ... 6 characters that end at `place`, each as one number with a leading 1.
func strings(endingAt place: Int, in text: [Int32]) -> [UInt64] {
  var string: UInt64 = 0
  return (0..<min(orders, place + 1)).map { back in
    string |= UInt64(text[place - back]) << (8 * back)
    return string | 1 << (8 * (back + 1))
  }
}
var counts: [UInt64: Double] = [1: Double(training.count)]
for place in training.indices {
  for string in strings(endingAt: place, in: training) { counts[string, default: 0] += 1 }
}
var sums = [Double](repeating: 0, count: orders)
for place in (orders - 1)..<test.count {
  var probability = 1 / Double(vocabulary.count)
  for (n, string) in strings(endingAt: place, in: test).enumerated() {
    let context = string >> 8
    probability = ((counts[string] ?? 0) + 4 * probability) / ((counts[context] ?? 0) + 4)
    sums[n] -= log(probability)
  }
}
let nGrams = sums.map { $0 / Double(test.count - orders + 1) }

// The network: a vector for each character, an LSTM over time, and the logits of the next character.
let keys = RandomKey(seed: 1).split(3)
typealias States = [LSTM<Float>.LayerState]
struct CharacterModel: Module {
  let embedding = Embedding<Float>(vocabularySize: vocabulary.count, featureSize: 32, key: keys[0])
  let network = LSTM<Float>(inputSize: 32, hiddenSizes: [160], key: keys[1])
  let output = Linear<Float>(inputSize: 160, outputSize: vocabulary.count, key: keys[2])

  func callAsFunction(_ text: Tensor<Int32>, from states: States?) -> (Tensor<Float>, States) {
    let (outputs, last) = network(embedding(text), from: states)
    return (output(outputs), last)
  }
}
let model = CharacterModel()
func loss(on chunk: ContiguousBatches.Chunk, from states: States?) -> (Tensor<Float>, States) {
  let shape: Shape = [chunk.time, chunk.batch]
  let (logits, last) = model(Tensor(shape: shape, chunk.inputs), from: states)
  return (crossEntropy(logits: logits, labels: Tensor(shape: shape, chunk.targets)), last)
}

// The text is read as 32 streams, in chunks with the state carried over (tutorial 6). At every step the
// target is the next character: the targets are the inputs, one step later.
let chunks = try ContiguousBatches(training, batch: 32, time: 48)
let isShifted = Array(chunks[0].targets.dropLast(32)) == Array(chunks[0].inputs.dropFirst(32))
claim("a target is the input of the next step", isShifted)
let steps = 700
let decay = LearningRateSchedule.cosineDecay(from: 0.006, warmUp: 20, total: steps)
let trainer = Trainer(model, Adam(for: model), schedule: decay, clippingTo: 1)
var states: States?
var losses: [LineChart.Point] = []
while trainer.step < steps {
  let place = trainer.step % chunks.count
  if place == 0 { states = nil }
  let report = try trainer.takeStep {
    let (loss, next) = loss(on: chunks[place], from: states)
    states = stopGradient(next)
    return loss
  }
  if trainer.step % 10 == 0 { losses.append(.init(Double(trainer.step), report.loss)) }
  if trainer.step % 100 == 0 { print("step \(trainer.step): \(short(report.loss)) nats") }
}

// Perplexity is the exponential of the cross-entropy on held-out text: between how many characters, equally
// likely, the model in effect has to choose. Its base cancels: eⁿᵃᵗˢ = 2ᵇⁱᵗˢ.
let unseen = try ContiguousBatches(test, batch: 8, time: test.count)[0]
let nats = Double(loss(on: unseen, from: nil).0.scalar)
print("perplexity of n-grams, n = 1 ... \(orders): \(short(nGrams.map(exp)))")
claim("the network's: \(short(exp(nats)))", abs(exp(nats) - pow(2, nats / log(2))) < 1e-9)
claim("better than counting single characters, pairs and triples", nats < nGrams[..<3].min()!)
print("\(short(exp(nats - nGrams.min()!))) times that of the best n-grams")
var chart = LineChart(title: "Learning Swift", xLabel: "step", yLabel: "nats per character")
chart.series = [.init("LSTM, training", points: losses)]
chart.series += [1, 2, 3, 6].map { n in
  .init("\(n)-grams, held out", points: [0, Double(steps)].map { .init($0, nGrams[n - 1]) })
}
figure("loss.svg", chart.svg())

// To write, draw a character from the prediction, and read it in turn.
var written = try vocabulary.encode("/// The ")
var (logits, state) = model(Tensor(shape: [written.count, 1], written), from: nil)
for place in 0..<400 {
  let next = categorical(logits: logits[-1, 0] / 0.6, key: RandomKey(seed: 2).folding(in: place))
  written.append(next.scalar)
  (logits, state) = model(next.reshaped(to: [1, 1]), from: state)
}
let sample = try vocabulary.decode(written)
print(sample)
func words(of text: String) -> [Substring] { text.split { !$0.isLetter }.filter { $0.count > 3 } }
let (known, used) = (Set(words(of: parts[0])), words(of: sample))
let share = Double(used.count { known.contains($0) }) / Double(used.count)
claim("\(Int(100 * share)) % of its longer words are words of the text", share > 0.5)
