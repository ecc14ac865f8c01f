// Tutorial 15: encoder and decoder. What is known of a sequence when it has been read, and must be handed over.
import Claims
import Spool
import SpoolNN
import SpoolPlot
import SpoolTraining

let (letters, longest, hidden) = (8, 10, 128)
let end = Int32(letters)
let keys = RandomKey(seed: 1).split(4)

typealias Context = [LSTM<Float>.LayerState]
/// Reads a word and writes it backward, then the end.
struct Reverser: Module {
  let embedding = Embedding<Float>(vocabularySize: letters + 1, featureSize: 32, key: keys[0])
  let encoder = LSTM<Float>(inputSize: 32, hiddenSizes: [hidden], key: keys[1])
  let decoder = LSTM<Float>(inputSize: 32, hiddenSizes: [hidden], key: keys[2])
  let output = Linear<Float>(inputSize: hidden, outputSize: letters + 1, key: keys[3])

  /// What is known of `source`, `[time, batch]`: of an LSTM the output h and the memory c.
  func context(_ source: Tensor<Int32>, withMemory: Bool) -> Context {
    var states = encoder(embedding(source)).states
    if !withMemory { states[0].forward.c = .zeros(states[0].forward.c.shape) }
    return states
  }

  /// Logits for each letter of the answer and its end, given the ones before it.
  func logits(_ given: Tensor<Int32>, from context: Context) -> Tensor<Float> {
    output(decoder(embedding(given), from: context).outputs)
  }
}
func words(length: Int, _ count: Int, seed: Int) -> (source: Tensor<Int32>, target: Tensor<Int32>) {
  let source = Tensor.uniform([length, count], in: 0..<end, key: RandomKey(seed: seed))
  return (source, concatenated([source.flipped(0), Tensor(repeating: end, shape: [1, count])]))
}
/// What the decoder reads: the end, which also stands for the start, then the answer as far as it is known.
func shifted(_ target: Tensor<Int32>) -> Tensor<Int32> {
  concatenated([Tensor(repeating: end, shape: [1, target.shape[1]]), target[..<(-1)]])
}

// The task of Sutskever, Vinyals & Le (2014) in small. One reads that the context is the last output, c = h_T. Of an LSTM
// that is half of what it knows: trained alike, with the one and with both.
func train(withMemory: Bool) throws -> Reverser {
  let model = Reverser()
  let trainer = Trainer(
    model, Adam(for: model), schedule: .cosineDecay(from: 0.004, total: 2000), clippingTo: 1)
  while trainer.step < 2000 {
    let (source, target) = words(length: 1 + trainer.step % longest, 64, seed: trainer.step)
    try trainer.takeStep {
      let context = model.context(source, withMemory: withMemory)
      return crossEntropy(logits: model.logits(shifted(target), from: context), labels: target)
    }
  }
  return model
}
/// The share of words that are right from the first letter to the end, of each length.
func exactMatch(_ model: Reverser, withMemory: Bool) -> [Float] {
  (1...longest).map { length in
    let (source, target) = words(length: length, 200, seed: -1)
    let context = model.context(source, withMemory: withMemory)
    var written = shifted(target)[..<1]
    for _ in 0...length {
      written = concatenated([written, model.logits(written, from: context).argmax(2)[(-1)...]])
    }
    return (written[1...] .== target).converted(to: Float.self).min(0).mean().scalar
  }
}
func mean(_ shares: [Float]) -> Float { shares.reduce(0, +) / Float(shares.count) }
let (whole, half) = (try train(withMemory: true), try train(withMemory: false))
let byBoth = exactMatch(whole, withMemory: true)
let byOutput = exactMatch(half, withMemory: false)
let without = exactMatch(whole, withMemory: false)
let (ofAll, ofTen) = (mean(byBoth), byBoth[longest - 1])
claim("h and c: \(short(ofAll)) of the words right, \(short(ofTen)) of those of 10", ofAll > 0.98)
let (fewer, fewerOfTen) = (mean(byOutput), byOutput[longest - 1])
claim(
  "only h: \(short(fewer)) and \(short(fewerOfTen))",
  fewer < ofAll - 0.05 && fewerOfTen < ofTen - 0.2)
claim("trained with both, then c is left out: \(short(mean(without)))", mean(without) < 0.3)

var chart = LineChart(title: "Words reversed", xLabel: "letters", yLabel: "exactly right")
chart.series = [("h and c", byBoth), ("only h", byOutput), ("c forgotten", without)].map {
  .init($0, points: zip(1...longest, $1).map { .init(Double($0), Double($1)) })
}
figure("reversed.svg", chart.svg())
