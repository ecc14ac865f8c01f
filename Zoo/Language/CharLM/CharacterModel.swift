import Spool
import SpoolNN

/// A recurrent language model over characters (Graves, 2013): the probability of each next character,
///
///     e = embedding(c)    h = network(e)    p(next) = softmax(h W + b)
///
/// with dropout between the layers and on the last one's outputs (Zaremba, Sutskever & Vinyals, 2014).
/// Not on the embeddings, as there: a character's is small, and losing parts of it costs more than it
/// helps.
struct CharacterModel<Cell: RecurrentCell>: Module, Sendable {
  typealias Scalar = Cell.Scalar
  typealias State = [Recurrent<Cell>.LayerState]

  let embedding: Embedding<Scalar>
  let network: Recurrent<Cell>
  let output: Linear<Scalar>
  let dropout: Dropout

  init(
    _ sizes: CharacterModelSizes, key: RandomKey,
    cell: (_ inputs: Int, _ hidden: Int, RandomKey) -> Cell
  ) {
    let keys = key.split(3)
    embedding = Embedding(
      vocabularySize: sizes.vocabulary, featureSize: sizes.embedding, key: keys[0])
    network = Recurrent(
      inputSize: sizes.embedding,
      hiddenSizes: [Int](repeating: sizes.hidden, count: sizes.layers), bidirectional: false,
      dropout: sizes.dropout, key: keys[1], cell: cell)
    output = Linear(inputSize: sizes.hidden, outputSize: sizes.vocabulary, key: keys[2])
    dropout = Dropout(rate: sizes.dropout)
  }

  /// The logits of the characters that follow `characters`, `[time, batch]` to
  /// `[time, batch, vocabulary]`, and the state after the last one.
  ///
  /// - Parameter key: the key of the dropout; nil for none.
  func callAsFunction(
    _ characters: Tensor<Int32>, from state: State?, key: RandomKey? = nil
  ) -> (logits: Tensor<Scalar>, state: State) {
    let (outputs, last) = network(
      embedding(characters), from: state, key: key?.folding(in: 1))
    let kept = key.map { dropout(outputs, key: $0.folding(in: 2)) } ?? outputs
    return (output(kept), last)
  }

  func initialState(batch: Int) -> State { network.initialState(batch: batch) }
}

/// The sizes of a character model.
struct CharacterModelSizes {
  let vocabulary: Int
  var embedding = 64
  let hidden: Int
  let layers: Int
  var dropout = 0.0
}

extension CharacterModel: LanguageNetwork where Cell.Scalar == Float {
  func recordings(_ characters: [Int32]) -> [Recording] {
    Recording.layers(of: network, embedding(Tensor(shape: [characters.count, 1], characters)))
  }
}

/// The kinds of cell that `--cell` offers.
enum CellKind: String, CaseIterable {
  case rnn
  case lstm
  case gru

  func model(_ sizes: CharacterModelSizes, key: RandomKey) -> any LanguageNetwork {
    switch self {
    case .rnn:
      CharacterModel(sizes, key: key) {
        RNNCell<Float>(inputSize: $0, hiddenSize: $1, key: $2)
      }
    case .lstm:
      CharacterModel(sizes, key: key) {
        LSTMCell<Float>(inputSize: $0, hiddenSize: $1, key: $2)
      }
    case .gru:
      CharacterModel(sizes, key: key) {
        GRUCell<Float>(inputSize: $0, hiddenSize: $1, key: $2)
      }
    }
  }
}
