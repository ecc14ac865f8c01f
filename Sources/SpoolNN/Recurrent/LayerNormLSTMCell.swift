import Spool

/// Long short-term memory with layer normalisation (Ba, Kiros & Hinton, 2016):
///
///     i, f, g, o = LN(x W) + LN(h U) + b
///     c' = σ(f) c + σ(i) tanh(g)    h' = σ(o) tanh(LN(c'))
///
/// LN(y) = (y − mean) / √(variance + ε), over all four gates at once, times a gain; that of the memory has a
/// bias, too. What an item's outputs are does not depend on what else is in its batch.
public struct LayerNormLSTMCell<Scalar: RealScalar>: RecurrentCell {
  /// What is carried from step to step: that of an `LSTMCell`.
  public typealias State = LSTMCell<Scalar>.State

  /// W, U and b.
  public let gates: LSTMCell<Scalar>
  /// The gain of x W, `[4 · hidden]`.
  @Parameter public var inputGain: Tensor<Scalar>
  /// The gain of h U, `[4 · hidden]`.
  @Parameter public var stateGain: Tensor<Scalar>
  /// The normalisation of the memory.
  public let memoryNorm: LayerNorm<Scalar>

  /// A cell whose gates start as those of an `LSTMCell`, with gains of 1.
  public init(
    inputSize: Int, hiddenSize: Int, forgetBias: GateBias<Scalar> = 1,
    inputWeights: Initializer<Scalar> = .glorotUniform,
    stateWeights: Initializer<Scalar> = .orthogonal, key: RandomKey
  ) {
    gates = LSTMCell(
      inputSize: inputSize, hiddenSize: hiddenSize, forgetBias: forgetBias,
      inputWeights: inputWeights, stateWeights: stateWeights, key: key)
    inputGain = .ones([4 * hiddenSize])
    stateGain = .ones([4 * hiddenSize])
    memoryNorm = LayerNorm(featureSize: hiddenSize)
  }

  /// The number of features of an input.
  public var inputSize: Int { gates.inputSize }
  /// The number of features of an output, and of the memory.
  public var hiddenSize: Int { gates.hiddenSize }

  /// Zeros.
  public func initialState(batch: Int) -> State { gates.initialState(batch: batch) }

  /// LN(x W) + b.
  public func projected(_ inputs: Tensor<Scalar>) -> Tensor<Scalar> {
    requireInput(inputs)
    return layerNorm(matmul(inputs, gates.inputWeights), gain: inputGain) + gates.bias
  }

  /// h', and h' with c'.
  public func step(
    _ projected: Tensor<Scalar>, _ state: State
  ) -> (output: Tensor<Scalar>, state: State) {
    requireState(state.h, "h", for: projected)
    requireState(state.c, "c", for: projected)
    let recurrent = layerNorm(matmul(state.h, gates.stateWeights), gain: stateGain)
    let (i, f, g, o) = (projected + recurrent).chunked4()
    let c = sigmoid(f) * state.c + sigmoid(i) * tanh(g)
    let h = sigmoid(o) * tanh(memoryNorm(c))
    return (h, State(h: h, c: c))
  }
}
