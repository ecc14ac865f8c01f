import Spool

/// A simple recurrent network over time (Elman, 1990): layers of `RNNCell`.
public typealias RNN<Scalar: RealScalar> = Recurrent<RNNCell<Scalar>>

/// A network of long short-term memory over time: layers of `LSTMCell`.
public typealias LSTM<Scalar: RealScalar> = Recurrent<LSTMCell<Scalar>>

/// A network of gated recurrent units over time: layers of `GRUCell`.
public typealias GRU<Scalar: RealScalar> = Recurrent<GRUCell<Scalar>>

extension Recurrent {
  /// A simple recurrent network, `RNN<Float>(inputSize: 64, hiddenSizes: [128, 128], key: key)`.
  ///
  /// - Parameters:
  ///   - hiddenSizes: the number of hidden units of each layer (of each direction of it).
  ///   - bidirectional: whether each layer also has a cell that runs backward in time.
  ///   - dropout: the probability that a feature is dropped between two layers, in training.
  ///   - activation: φ of the cells.
  public init<S: RealScalar>(
    inputSize: Int, hiddenSizes: [Int], bidirectional: Bool = false, dropout: Double = 0,
    activation: @escaping @Sendable (Tensor<S>) -> Tensor<S> = { tanh($0) },
    inputWeights: Initializer<S> = .glorotUniform, stateWeights: Initializer<S> = .orthogonal,
    key: RandomKey
  ) where Cell == RNNCell<S> {
    self.init(
      inputSize: inputSize, hiddenSizes: hiddenSizes, bidirectional: bidirectional,
      dropout: dropout, key: key
    ) { inputSize, hiddenSize, key in
      RNNCell(
        inputSize: inputSize, hiddenSize: hiddenSize, activation: activation,
        inputWeights: inputWeights, stateWeights: stateWeights, key: key)
    }
  }

  /// A network of long short-term memory, `LSTM<Float>(inputSize: 64, hiddenSizes: [256, 256], key: key)`.
  ///
  /// - Parameters:
  ///   - hiddenSizes: the number of hidden units of each layer (of each direction of it).
  ///   - bidirectional: whether each layer also has a cell that runs backward in time.
  ///   - dropout: the probability that a feature is dropped between two layers, in training.
  ///   - forgetBias: what the forget gates' bias starts as.
  public init<S: RealScalar>(
    inputSize: Int, hiddenSizes: [Int], bidirectional: Bool = false, dropout: Double = 0,
    forgetBias: GateBias<S> = 1, inputWeights: Initializer<S> = .glorotUniform,
    stateWeights: Initializer<S> = .orthogonal, key: RandomKey
  ) where Cell == LSTMCell<S> {
    self.init(
      inputSize: inputSize, hiddenSizes: hiddenSizes, bidirectional: bidirectional,
      dropout: dropout, key: key
    ) { inputSize, hiddenSize, key in
      LSTMCell(
        inputSize: inputSize, hiddenSize: hiddenSize, forgetBias: forgetBias,
        inputWeights: inputWeights, stateWeights: stateWeights, key: key)
    }
  }

  /// A network of gated recurrent units, `GRU<Float>(inputSize: 64, hiddenSizes: [256], key: key)`.
  ///
  /// - Parameters:
  ///   - hiddenSizes: the number of hidden units of each layer (of each direction of it).
  ///   - bidirectional: whether each layer also has a cell that runs backward in time.
  ///   - dropout: the probability that a feature is dropped between two layers, in training.
  ///   - resetOrder: where the reset gates act.
  ///   - updateBias: what the update gates' bias starts as.
  public init<S: RealScalar>(
    inputSize: Int, hiddenSizes: [Int], bidirectional: Bool = false, dropout: Double = 0,
    resetOrder: ResetOrder = .afterProduct, updateBias: GateBias<S> = 0,
    inputWeights: Initializer<S> = .glorotUniform, stateWeights: Initializer<S> = .orthogonal,
    key: RandomKey
  ) where Cell == GRUCell<S> {
    self.init(
      inputSize: inputSize, hiddenSizes: hiddenSizes, bidirectional: bidirectional,
      dropout: dropout, key: key
    ) { inputSize, hiddenSize, key in
      GRUCell(
        inputSize: inputSize, hiddenSize: hiddenSize, resetOrder: resetOrder,
        updateBias: updateBias, inputWeights: inputWeights, stateWeights: stateWeights, key: key)
    }
  }
}
