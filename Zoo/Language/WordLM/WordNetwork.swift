import Spool
import SpoolNN

/// The recurrent language model over words of Zaremba, Sutskever & Vinyals (2014): layers of long short-term
/// memory between an embedding and a softmax,
///
///     x = embedding(w)    x = LSTM₂(LSTM₁(x))    p(next) = softmax(x V + b)
///
/// with dropout on what goes in and out of every layer, never along time. Its variational form (Gal &
/// Ghahramani, 2016) drops the same features at every time step, those of the hidden states too.
struct WordNetwork<Scalar: RealScalar>: Module, Sendable {
  typealias State = [LSTMCell<Scalar>.State]

  let embedding: Embedding<Scalar>
  let cells: [LSTMCell<Scalar>]
  /// V, `[hidden, vocabulary]`; nil where it is the embedding's table, transposed (Press & Wolf, 2017).
  let outputWeights: Parameter<Scalar>?
  @Parameter var outputBias: Tensor<Scalar>
  let dropout: Dropout
  let isVariational: Bool

  init(_ sizes: WordNetworkSizes, key: RandomKey) {
    let keys = key.split(3)
    let spread = Initializer<Scalar>.uniform(bound: Scalar(sizes.initialBound))
    embedding = Embedding(
      vocabularySize: sizes.vocabulary, featureSize: sizes.hidden, table: spread, key: keys[0])
    cells = keys[1].split(sizes.layers).map {
      LSTMCell(
        inputSize: sizes.hidden, hiddenSize: sizes.hidden, forgetBias: 0, inputWeights: spread,
        stateWeights: spread, key: $0)
    }
    outputWeights =
      sizes.isTied
      ? nil : Parameter(wrappedValue: spread([sizes.hidden, sizes.vocabulary], key: keys[2]))
    outputBias = .zeros([sizes.vocabulary])
    dropout = Dropout(rate: sizes.dropout)
    isVariational = sizes.isVariational
  }

  func initialState(batch: Int) -> State { cells.map { $0.initialState(batch: batch) } }

  func callAsFunction(
    _ words: Tensor<Int32>, from state: State?, key: RandomKey? = nil
  ) -> (logits: Tensor<Scalar>, state: State) {
    var x = dropped(embedding(words), key?.folding(in: 0))
    var lasts: State = []
    for (place, cell) in cells.enumerated() {
      let first = state?[place] ?? cell.initialState(batch: words.shape[1])
      let mask = stateMask(first.h, key?.folding(in: 2 * place + 1))
      let (outputs, last) = scan(cell.projected(x), from: first) { x, state in
        cell.step(x, mask.map { .init(h: state.h * $0, c: state.c) } ?? state)
      }
      x = dropped(outputs, key?.folding(in: 2 * place + 2))
      lasts.append(last)
    }
    let weight = outputWeights?.value ?? embedding.table.transposed()
    return (linear(x, weight: weight, bias: outputBias), lasts)
  }

  /// `[time, batch, features]` with some features dropped: others at each time step, or the same.
  private func dropped(_ x: Tensor<Scalar>, _ key: RandomKey?) -> Tensor<Scalar> {
    guard let key, dropout.rate > 0 else { return x }
    return isVariational
      ? x * dropout(.ones([1, x.shape[1], x.shape[2]]), key: key) : dropout(x, key: key)
  }

  /// What the hidden state is multiplied by at each time step; nil for nothing.
  private func stateMask(_ h: Tensor<Scalar>, _ key: RandomKey?) -> Tensor<Scalar>? {
    guard let key, isVariational, dropout.rate > 0 else { return nil }
    return dropout(.ones(h.shape), key: key)
  }
}

extension WordNetwork: LanguageNetwork where Scalar == Float {
  func recordings(_ words: [Int32]) -> [Recording] {
    let network = Recurrent(layers: cells.map { .init(forward: $0) })
    return Recording.layers(of: network, embedding(Tensor(shape: [words.count, 1], words)))
  }
}

/// The sizes of a word network and what else makes it.
struct WordNetworkSizes {
  let vocabulary: Int
  let hidden: Int
  let layers: Int
  /// The weights start uniform between plus and minus this.
  let initialBound: Double
  var dropout = 0.0
  var isVariational = false
  var isTied = false
}
