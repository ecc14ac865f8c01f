import Spool
import SpoolNN

/// A recurrent layer and a linear read-out of its outputs: yₜ = hₜ V + c.
struct SequenceNetwork<Cell: RecurrentCell>: SequenceModel {
  typealias Scalar = Cell.Scalar

  let layer: Recurrent<Cell>
  let readOut: Linear<Scalar>

  init(_ cell: Cell, outputSize: Int, key: RandomKey) {
    layer = Recurrent(layers: [.init(forward: cell)])
    readOut = Linear(inputSize: cell.hiddenSize, outputSize: outputSize, key: key)
  }

  func callAsFunction(_ inputs: Tensor<Scalar>, answers: Int) -> Tensor<Scalar> {
    readOut(layer(inputs).outputs[(-answers)...])
  }

  func recordings(_ inputs: Tensor<Scalar>) -> [Recording] {
    Recording.layers(of: layer, inputs[.all, ..<1])
  }
}

/// A network that reads a sequence and answers at its end, whatever its cell is.
protocol SequenceModel<Scalar>: Module, Sendable {
  /// The outputs of the last `answers` steps: `[time, batch, inputs]` to `[answers, batch, outputs]`.
  func callAsFunction(_ inputs: Tensor<Scalar>, answers: Int) -> Tensor<Scalar>

  /// What the units do while it reads the first sequence of `[time, batch, inputs]`.
  func recordings(_ inputs: Tensor<Scalar>) -> [Recording]
}

/// The cells whose memories are compared.
enum MemoryCell: String, CaseIterable {
  case rnn
  case irnn
  case lstm
  case chronoLSTM = "chrono-lstm"
  case gru
  case chronoGRU = "chrono-gru"
  case layerNormLSTM = "lnlstm"

  /// A network for sequences of `time` steps.
  func network<S: RealScalar>(
    inputs: Int, hidden: Int, outputs: Int, time: Int, key: RandomKey
  ) -> any SequenceModel<S> {
    let keys = key.split()
    func network(_ cell: some RecurrentCell<S>) -> any SequenceModel<S> {
      SequenceNetwork(cell, outputSize: outputs, key: keys.1)
    }
    return switch self {
    case .rnn: network(RNNCell<S>(inputSize: inputs, hiddenSize: hidden, key: keys.0))
    // Le, Jaitly & Hinton (2015): relu, the identity, a bias of 0, inputs of little weight.
    case .irnn:
      network(
        RNNCell<S>(
          inputSize: inputs, hiddenSize: hidden, activation: { relu($0) },
          inputWeights: .normal(standardDeviation: 0.001), stateWeights: .identity(),
          key: keys.0))
    case .lstm: network(LSTMCell<S>(inputSize: inputs, hiddenSize: hidden, key: keys.0))
    case .chronoLSTM:
      network(
        LSTMCell<S>(
          inputSize: inputs, hiddenSize: hidden, forgetBias: .chrono(longest: time), key: keys.0))
    case .gru: network(GRUCell<S>(inputSize: inputs, hiddenSize: hidden, key: keys.0))
    case .chronoGRU:
      network(
        GRUCell<S>(
          inputSize: inputs, hiddenSize: hidden, updateBias: .chrono(longest: time), key: keys.0))
    case .layerNormLSTM:
      network(LayerNormLSTMCell<S>(inputSize: inputs, hiddenSize: hidden, key: keys.0))
    }
  }
}
