import Spool

/// The spatiotemporal LSTM of PredRNN (Wang et al., 2017). With ∗ for the convolution that keeps the map's size,
/// m the shared memory of the layer below and [·, ·] for channels side by side:
///
///     i, f, o = σ(W ∗ x + U ∗ h + b)    g = tanh(W_g ∗ x + U_g ∗ h + b_g)
///     i', f' = σ(W' ∗ x + U' ∗ m + b')    g' = tanh(W'_g ∗ x + U'_g ∗ m + b'_g)
///     c' = f ∘ c + i ∘ g    m' = f' ∘ m + i' ∘ g'
///     h' = σ(o + V ∗ [c', m']) ∘ tanh(R ∗ [c', m'])
///
/// where o stands for its sum before σ, and R is 1 × 1.
public struct SpatiotemporalLSTMCell<Scalar: RealScalar>: SpatiotemporalCell {
  /// What is carried from step to step: the output and the memory, `[batch, hidden, height, width]` each.
  public typealias State = LSTMCell<Scalar>.State

  /// W and W', `[7 · hidden, inputs, kernel, kernel]`, in the order i, f, g, o, i', f', g'.
  @Parameter public var inputFilters: Tensor<Scalar>
  /// U, `[4 · hidden, hidden, kernel, kernel]`.
  @Parameter public var stateFilters: Tensor<Scalar>
  /// U', `[3 · hidden, hidden, kernel, kernel]`.
  @Parameter public var memoryFilters: Tensor<Scalar>
  /// V, `[hidden, 2 · hidden, kernel, kernel]`.
  @Parameter public var outputFilters: Tensor<Scalar>
  /// R, `[hidden, 2 · hidden, 1, 1]`.
  @Parameter public var reduction: Tensor<Scalar>
  /// b and b', `[7 · hidden]`.
  @Parameter public var bias: Tensor<Scalar>

  /// The number of channels of an output and of both memories.
  public let hiddenChannels: Int

  /// A cell whose filters are drawn with `key`, gate by gate. Its bias is 0 but for both forget gates', which
  /// is 1.
  public init(
    inputChannels: Int, hiddenChannels: Int, kernelSize: Int = 5, forgetBias: Scalar = 1,
    filters: Initializer<Scalar> = .glorotUniform, key: RandomKey
  ) {
    let keys = key.split(5)
    let hidden = hiddenChannels
    inputFilters = filters.filters(hidden, blocks: 7, of: inputChannels, kernelSize, key: keys[0])
    stateFilters = filters.filters(hidden, blocks: 4, of: hidden, kernelSize, key: keys[1])
    memoryFilters = filters.filters(hidden, blocks: 3, of: hidden, kernelSize, key: keys[2])
    outputFilters = filters.filters(hidden, of: 2 * hidden, kernelSize, key: keys[3])
    reduction = filters.filters(hidden, of: 2 * hidden, 1, key: keys[4])
    bias = gateBias(7, forgetGates: [1, 5], forgetBias, channels: hidden)
    self.hiddenChannels = hiddenChannels
  }

  /// The output, the state and the shared memory after the step.
  public func callAsFunction(
    _ x: Tensor<Scalar>, _ state: State, memory: Tensor<Scalar>
  ) -> (output: Tensor<Scalar>, state: State, memory: Tensor<Scalar>) {
    let fromInput = conv2d(x, inputFilters, bias: bias, padding: .same)
      .split(sizes: [4 * hiddenChannels, 3 * hiddenChannels], axis: 1)
    let (i, f, g, o) = (fromInput[0] + conv2d(state.h, stateFilters, padding: .same))
      .chunked4(axis: 1)
    let c = sigmoid(f) * state.c + sigmoid(i) * tanh(g)
    let (i2, f2, g2) = (fromInput[1] + conv2d(memory, memoryFilters, padding: .same))
      .chunked3(axis: 1)
    let m = sigmoid(f2) * memory + sigmoid(i2) * tanh(g2)
    let memories = concatenated([c, m], axis: 1)
    let h =
      sigmoid(o + conv2d(memories, outputFilters, padding: .same))
      * tanh(conv2d(memories, reduction))
    return (h, State(h: h, c: c), m)
  }
}
