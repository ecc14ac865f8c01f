import Spool

/// The causal LSTM of PredRNN++ (Wang et al., 2018): the shared memory m is computed from the new memory c' instead
/// of beside it, which makes each step deeper. With ∗ for the convolution that keeps the map's size and
/// [·, ·] for channels side by side:
///
///     i, f, g = σ, σ, tanh(W ∗ x + U ∗ [h, c] + b)    c' = f ∘ c + i ∘ g
///     i', f', g' = σ, σ, tanh(W' ∗ x + U' ∗ [c', m] + b')    m' = f' ∘ tanh(T ∗ m) + i' ∘ g'
///     h' = tanh(Wₒ ∗ x + V ∗ [c', m'] + bₒ) ∘ tanh(R ∗ [c', m'])
///
/// where R is 1 × 1.
public struct CausalLSTMCell<Scalar: RealScalar>: SpatiotemporalCell {
  /// What is carried from step to step: the output and the memory, `[batch, hidden, height, width]` each.
  public typealias State = LSTMCell<Scalar>.State

  /// W, W' and Wₒ, `[7 · hidden, inputs, kernel, kernel]`, in the order i, f, g, i', f', g', o.
  @Parameter public var inputFilters: Tensor<Scalar>
  /// U, `[3 · hidden, 2 · hidden, kernel, kernel]`.
  @Parameter public var stateFilters: Tensor<Scalar>
  /// U', `[3 · hidden, 2 · hidden, kernel, kernel]`.
  @Parameter public var memoryFilters: Tensor<Scalar>
  /// T, `[hidden, hidden, kernel, kernel]`.
  @Parameter public var transition: Tensor<Scalar>
  /// V, `[hidden, 2 · hidden, kernel, kernel]`.
  @Parameter public var outputFilters: Tensor<Scalar>
  /// R, `[hidden, 2 · hidden, 1, 1]`.
  @Parameter public var reduction: Tensor<Scalar>
  /// b, b' and bₒ, `[7 · hidden]`.
  @Parameter public var bias: Tensor<Scalar>

  /// The number of channels of an output and of both memories.
  public let hiddenChannels: Int

  /// A cell whose filters are drawn with `key`, gate by gate. Its bias is 0 but for both forget gates', which
  /// is 1.
  public init(
    inputChannels: Int, hiddenChannels: Int, kernelSize: Int = 5, forgetBias: Scalar = 1,
    filters: Initializer<Scalar> = .glorotUniform, key: RandomKey
  ) {
    let keys = key.split(6)
    let hidden = hiddenChannels
    inputFilters = filters.filters(hidden, blocks: 7, of: inputChannels, kernelSize, key: keys[0])
    stateFilters = filters.filters(hidden, blocks: 3, of: 2 * hidden, kernelSize, key: keys[1])
    memoryFilters = filters.filters(hidden, blocks: 3, of: 2 * hidden, kernelSize, key: keys[2])
    transition = filters.filters(hidden, of: hidden, kernelSize, key: keys[3])
    outputFilters = filters.filters(hidden, of: 2 * hidden, kernelSize, key: keys[4])
    reduction = filters.filters(hidden, of: 2 * hidden, 1, key: keys[5])
    bias = gateBias(7, forgetGates: [1, 4], forgetBias, channels: hidden)
    self.hiddenChannels = hiddenChannels
  }

  /// The output, the state and the shared memory after the step.
  public func callAsFunction(
    _ x: Tensor<Scalar>, _ state: State, memory: Tensor<Scalar>
  ) -> (output: Tensor<Scalar>, state: State, memory: Tensor<Scalar>) {
    func convolved(_ parts: [Tensor<Scalar>], _ filters: Tensor<Scalar>) -> Tensor<Scalar> {
      conv2d(concatenated(parts, axis: 1), filters, padding: .same)
    }
    let fromInput = conv2d(x, inputFilters, bias: bias, padding: .same)
      .split(sizes: [3 * hiddenChannels, 3 * hiddenChannels, hiddenChannels], axis: 1)
    let (i, f, g) = (fromInput[0] + convolved([state.h, state.c], stateFilters)).chunked3(axis: 1)
    let c = sigmoid(f) * state.c + sigmoid(i) * tanh(g)
    let (i2, f2, g2) = (fromInput[1] + convolved([c, memory], memoryFilters)).chunked3(axis: 1)
    let carried = tanh(conv2d(memory, transition, padding: .same))
    let m = sigmoid(f2) * carried + sigmoid(i2) * tanh(g2)
    let o = tanh(fromInput[2] + convolved([c, m], outputFilters))
    let h = o * tanh(convolved([c, m], reduction))
    return (h, State(h: h, c: c), m)
  }
}
