import Spool
import SpoolNN
import SpoolTraining

/// A model of words or characters as of Zaremba, Sutskever & Vinyals (2014), without dropout: an embedding, layers of
/// `lstm`, and the logits of what comes next.
struct SymbolModel: Module {
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

  /// The logits of what follows each of `symbols`, `[time, batch]`.
  func logits(_ symbols: Tensor<Int32>, _ executor: Executor) -> Tensor<Float> {
    let outputs = layers.reduce(embedding(symbols, table: embeddings)) { sequence, layer in
      PlainLayer.lstm.outputs(sequence, [layer.w, layer.u, layer.b], executor)
    }
    return linear(outputs, weight: outputWeights, bias: outputBias)
  }
}

/// Training steps of language models, from words or characters to changed parameters.
enum LanguageWorkloads {
  private struct Size {
    let name: String
    let unit: String
    let vocabulary: Int
    let hidden: Int
    let batch: Int
    let time: Int
    let layers = 2

    var productOperations: Double {
      Double(layers)
        * PlainLayer.lstm.productOperations(
          batch: batch, time: time, inputs: hidden, hidden: hidden, withInputGradient: true)
        + 3 * 2 * Double(batch * time) * Double(hidden * vocabulary)
    }
  }

  static let all = [
    Size(name: "ptb-small", unit: "words", vocabulary: 10_000, hidden: 200, batch: 20, time: 35),
    Size(name: "char-lm", unit: "characters", vocabulary: 65, hidden: 256, batch: 64, time: 128),
  ].map(training)

  private static func training(_ size: Size) -> Workload {
    Workload.training(
      size.name,
      "\(size.vocabulary) \(size.unit), \(size.layers) × LSTM \(size.hidden), batch \(size.batch), "
        + "\(size.time) steps, with SGD",
      productOperations: size.productOperations, items: (size.unit, size.batch * size.time)
    ) { executor in
      let keys = RandomKey(seed: 1).split(3)
      func symbols(_ key: RandomKey) -> Tensor<Int32> {
        .uniform([size.time, size.batch], in: 0..<Int32(size.vocabulary), key: key)
      }
      let (inputs, labels) = (symbols(keys[0]), symbols(keys[1]))
      let model = SymbolModel(
        vocabulary: size.vocabulary, hidden: size.hidden, layers: size.layers, key: keys[2])
      let optimizer = SGD<Float>(for: model, learningRate: 0.1)
      return {
        let (_, gradients) = valueAndGradient(of: optimizer.parameters) {
          crossEntropy(logits: model.logits(inputs, executor), labels: labels)
        }
        optimizer.update(with: gradients)
      }
    }
  }
}
