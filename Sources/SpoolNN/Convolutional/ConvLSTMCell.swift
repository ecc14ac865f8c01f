import Spool

/// Convolutional long short-term memory (Shi et al., 2015): an LSTM at every place of a map, which sees the
/// states around it. With ∗ for the convolution that keeps the map's size, and ∘ elementwise:
///
///     i = σ(Wᵢ ∗ x + Uᵢ ∗ h + Vᵢ ∘ c + bᵢ)    f = σ(W_f ∗ x + U_f ∗ h + V_f ∘ c + b_f)
///     c' = f ∘ c + i ∘ tanh(W_g ∗ x + U_g ∗ h + b_g)
///     o = σ(Wₒ ∗ x + Uₒ ∗ h + Vₒ ∘ c' + bₒ)    h' = o ∘ tanh c'
///
/// The peepholes V, one weight for every channel and place, are in the paper's formula and left out by most
/// who cite it; here they are optional. A 1 × 1 kernel on a 1 × 1 map is `LSTMCell`.
public struct ConvLSTMCell<Scalar: RealScalar>: Module, Sendable {
  /// What is carried from step to step: the output and the memory, `[batch, hidden, height, width]` each.
  public typealias State = LSTMCell<Scalar>.State

  /// W, `[4 · hidden, inputs, kernel, kernel]`, in the order input, forget, cell, output.
  @Parameter public var inputFilters: Tensor<Scalar>
  /// U, `[4 · hidden, hidden, kernel, kernel]`.
  @Parameter public var stateFilters: Tensor<Scalar>
  /// b, `[4 · hidden]`.
  @Parameter public var bias: Tensor<Scalar>
  /// V, `[3 · hidden, height, width]`, in the order input, forget, output; nil for none.
  public let peepholes: Parameter<Scalar>?

  /// The number of channels of an output, and of the memory.
  public let hiddenChannels: Int

  /// A cell whose filters are drawn with `key`, gate by gate. Its bias is 0 but for the forget gate's, which is
  /// 1; its peepholes start at 0.
  ///
  /// - Parameters:
  ///   - inputChannels: may be 0, for a cell whose inputs say nothing but the time.
  ///   - kernelSize: the rows and the columns of a filter.
  ///   - peepholes: the height and width of the maps, which only peepholes fix; nil for none.
  public init(
    inputChannels: Int, hiddenChannels: Int, kernelSize: Int = 3,
    peepholes: HeightWidth<Int>? = nil, forgetBias: Scalar = 1,
    filters: Initializer<Scalar> = .glorotUniform, key: RandomKey
  ) {
    let keys = key.split()
    inputFilters = filters.filters(
      hiddenChannels, blocks: 4, of: inputChannels, kernelSize, key: keys.0)
    stateFilters = filters.filters(
      hiddenChannels, blocks: 4, of: hiddenChannels, kernelSize, key: keys.1)
    bias = gateBias(4, forgetGates: [1], forgetBias, channels: hiddenChannels)
    self.peepholes = peepholes.map {
      Parameter(wrappedValue: .zeros([3 * hiddenChannels, $0.height, $0.width]))
    }
    self.hiddenChannels = hiddenChannels
  }

  /// Zeros for inputs such as `input`, `[batch, inputs, height, width]`.
  public func initialState(for input: Tensor<Scalar>) -> State {
    let zeros = Tensor<Scalar>.zeros(maps(hiddenChannels, like: input))
    return State(h: zeros, c: zeros)
  }

  /// One step: an input `[batch, inputs, height, width]` and the state before it to the output,
  /// `[batch, hidden, height, width]`, and the state after it.
  public func callAsFunction(
    _ x: Tensor<Scalar>, _ state: State
  ) -> (output: Tensor<Scalar>, state: State) {
    let gates =
      conv2d(x, inputFilters, bias: bias, padding: .same)
      + conv2d(state.h, stateFilters, padding: .same)
    let (i, f, g, o) = gates.chunked4(axis: 1)
    let v = peepholes?.value.chunked3(axis: 0)
    func gate(_ z: Tensor<Scalar>, _ c: Tensor<Scalar>, _ v: Tensor<Scalar>?) -> Tensor<Scalar> {
      sigmoid(v.map { z + $0 * c } ?? z)
    }
    let c = gate(f, state.c, v?.1) * state.c + gate(i, state.c, v?.0) * tanh(g)
    let h = gate(o, c, v?.2) * tanh(c)
    return (h, State(h: h, c: c))
  }
}
