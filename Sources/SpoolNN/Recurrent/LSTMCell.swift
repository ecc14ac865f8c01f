import Spool

/// Long short-term memory (Hochreiter & Schmidhuber, 1997), with the forget gate of Gers, Schmidhuber &
/// Cummins (2000):
///
///     i = σ(x Wᵢ + h Uᵢ + bᵢ)    f = σ(x W_f + h U_f + b_f)
///     g = tanh(x W_g + h U_g + b_g)    o = σ(x Wₒ + h Uₒ + bₒ)
///     c' = f c + i g    h' = o tanh c'
///
/// The gates lie side by side in the order input, forget, cell, output, which is PyTorch's.
public struct LSTMCell<Scalar: RealScalar>: RecurrentCell {
  /// What is carried from step to step: the output and the cell's memory, `[batch, hidden]` each.
  public struct State: RecurrentState, Sendable {
    /// The hidden state, which is the output.
    public var h: Tensor<Scalar>
    /// The memory.
    public var c: Tensor<Scalar>

    /// The state of these two tensors.
    public init(h: Tensor<Scalar>, c: Tensor<Scalar>) {
      self.h = h
      self.c = c
    }

    /// The two tensors, each combined with its namesake.
    public func combined(
      with other: State, _ combine: (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>
    ) -> State { State(h: combine(h, other.h), c: combine(c, other.c)) }
  }

  /// W, `[inputs, 4 · hidden]`.
  @Parameter public var inputWeights: Tensor<Scalar>
  /// U, `[hidden, 4 · hidden]`.
  @Parameter public var stateWeights: Tensor<Scalar>
  /// b, `[4 · hidden]`.
  @Parameter public var bias: Tensor<Scalar>

  /// The number of features of an input.
  public let inputSize: Int
  /// The number of features of an output, and of the memory.
  public let hiddenSize: Int

  /// A cell whose weights are drawn with `key`, gate by gate, and whose bias is 0 but for the forget gate's:
  /// it starts at 1, so that the cell remembers at first (Jozefowicz, Zaremba & Sutskever, 2015). With
  /// `forgetBias: .chrono(longest:)` the input gate's starts at its opposite.
  public init(
    inputSize: Int, hiddenSize: Int, forgetBias: GateBias<Scalar> = 1,
    inputWeights: Initializer<Scalar> = .glorotUniform,
    stateWeights: Initializer<Scalar> = .orthogonal, key: RandomKey
  ) {
    requirePositive(inputSize, "inputSize", of: Self.self)
    requirePositive(hiddenSize, "hiddenSize", of: Self.self)
    let (inputKey, stateKey) = key.split()
    self.inputWeights = inputWeights.blocks(4, of: [inputSize, hiddenSize], key: inputKey)
    self.stateWeights = stateWeights.blocks(4, of: [hiddenSize, hiddenSize], key: stateKey)
    let biases = forgetBias.drawn(hiddenSize, key: key.folding(in: 0))
    bias = concatenated([biases.admitting, biases.keeping, .zeros([2 * hiddenSize])])
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
  }

  /// Zeros.
  public func initialState(batch: Int) -> State {
    State(h: .zeros([batch, hiddenSize]), c: .zeros([batch, hiddenSize]))
  }

  /// x W + b.
  public func projected(_ inputs: Tensor<Scalar>) -> Tensor<Scalar> {
    requireInput(inputs)
    return linear(inputs, weight: inputWeights, bias: bias)
  }

  /// h', and h' with c'.
  public func step(
    _ projected: Tensor<Scalar>, _ state: State
  ) -> (output: Tensor<Scalar>, state: State) {
    requireState(state.h, "h", for: projected)
    requireState(state.c, "c", for: projected)
    let gates = projected + matmul(state.h, stateWeights)
    let blocks = gates.split(sizes: [2 * hiddenSize, hiddenSize, hiddenSize], axis: 1)
    let (i, f) = sigmoid(blocks[0]).chunked2()
    let g = tanh(blocks[1])
    let o = sigmoid(blocks[2])
    let c = f * state.c + i * g
    let h = o * tanh(c)
    return (h, State(h: h, c: c))
  }
}
