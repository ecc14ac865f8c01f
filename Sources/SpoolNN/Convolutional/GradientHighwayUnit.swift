import Spool

/// The gradient highway unit of PredRNN++ (Wang et al., 2018): a state that a gate, not a product, carries over
/// time, so that gradients from far ahead reach early inputs:
///
///     p = tanh(W_p ∗ x + U_p ∗ z + b_p)    s = σ(W_s ∗ x + U_s ∗ z + b_s)    z' = s ∘ p + (1 − s) ∘ z
public struct GradientHighwayUnit<Scalar: RealScalar>: Module, Sendable {
  /// W, `[2 · hidden, inputs, kernel, kernel]`, in the order p, s.
  @Parameter public var inputFilters: Tensor<Scalar>
  /// U, `[2 · hidden, hidden, kernel, kernel]`.
  @Parameter public var stateFilters: Tensor<Scalar>
  /// b, `[2 · hidden]`.
  @Parameter public var bias: Tensor<Scalar>

  /// A unit whose filters are drawn with `key` and whose bias is 0.
  public init(
    inputChannels: Int, hiddenChannels: Int, kernelSize: Int = 5,
    filters: Initializer<Scalar> = .glorotUniform, key: RandomKey
  ) {
    let keys = key.split()
    inputFilters = filters.filters(
      hiddenChannels, blocks: 2, of: inputChannels, kernelSize, key: keys.0)
    stateFilters = filters.filters(
      hiddenChannels, blocks: 2, of: hiddenChannels, kernelSize, key: keys.1)
    bias = .zeros([2 * hiddenChannels])
  }

  /// The state after an input `[batch, inputs, height, width]`, which is the output, too; the state before
  /// it is `[batch, hidden, height, width]`.
  public func callAsFunction(_ x: Tensor<Scalar>, _ z: Tensor<Scalar>) -> Tensor<Scalar> {
    let (p, s) =
      (conv2d(x, inputFilters, bias: bias, padding: .same)
      + conv2d(z, stateFilters, padding: .same)).chunked2(axis: 1)
    let gate = sigmoid(s)
    return gate * tanh(p) + (1 - gate) * z
  }
}
