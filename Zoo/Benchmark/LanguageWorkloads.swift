import Spool
import SpoolNN
import SpoolTraining

/// The small word model of Zaremba, Sutskever & Vinyals (2014), without dropout: an embedding, layers of
/// `lstm`, and the logits of the next word.
struct WordModel: Module {
  /// The parameters of a layer of `lstm`.
  struct Layer: Module {
    @Parameter var w: Tensor<Float>
    @Parameter var u: Tensor<Float>
    @Parameter var b: Tensor<Float>
  }

  @Parameter var embeddings: Tensor<Float>
  let layers: [Layer]
  @Parameter var outputWeights: Tensor<Float>
  @Parameter var outputBias: Tensor<Float>

  init(vocabulary: Int, hidden: Int, layers count: Int, key: RandomKey) {
    let drawn = DrawnParameter.draw(
      [[vocabulary, hidden], [hidden, vocabulary], [vocabulary]]
        + (0..<count).flatMap { _ in PlainLayer.lstm.parameters(hidden, hidden) },
      standardDeviation: 1 / Float(hidden).squareRoot(), key: key)
    embeddings = drawn[0]
    outputWeights = drawn[1]
    outputBias = drawn[2]
    layers = (0..<count).map { place in
      Layer(w: drawn[3 + 3 * place], u: drawn[4 + 3 * place], b: drawn[5 + 3 * place])
    }
  }

  /// The logits of the words that follow `words`, `[time, batch]`.
  func logits(_ words: Tensor<Int32>, _ executor: Executor) -> Tensor<Float> {
    let outputs = layers.reduce(embedding(words, table: embeddings)) { sequence, layer in
      PlainLayer.lstm.outputs(sequence, [layer.w, layer.u, layer.b], executor)
    }
    return linear(outputs, weight: outputWeights, bias: outputBias)
  }
}

/// Training steps of language models, from words to changed parameters.
enum LanguageWorkloads {
  private static let (batch, time) = (20, 35)
  private static let (vocabulary, hidden, layerCount) = (10_000, 200, 2)

  private static let productOperations =
    Double(layerCount)
    * PlainLayer.lstm.productOperations(
      batch: batch, time: time, inputs: hidden, hidden: hidden, withInputGradient: true)
    + 3 * 2 * Double(batch * time) * Double(hidden * vocabulary)

  static let all = [
    Workload.training(
      "ptb-small", "10,000 words, 2 × LSTM 200, batch 20, 35 steps, with SGD",
      productOperations: productOperations, items: ("words", batch * time)
    ) { executor in
      let keys = RandomKey(seed: 1).split(3)
      func words(_ key: RandomKey) -> Tensor<Int32> {
        .uniform([time, batch], in: 0..<Int32(vocabulary), key: key)
      }
      let (inputs, labels) = (words(keys[0]), words(keys[1]))
      let model = WordModel(
        vocabulary: vocabulary, hidden: hidden, layers: layerCount, key: keys[2])
      let optimizer = SGD<Float>(for: model, learningRate: 0.1)
      return {
        let (_, gradients) = valueAndGradient(of: optimizer.parameters) {
          crossEntropy(logits: model.logits(inputs, executor), labels: labels)
        }
        optimizer.update(with: gradients)
      }
    }
  ]
}
