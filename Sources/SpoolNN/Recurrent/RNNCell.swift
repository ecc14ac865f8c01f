import Spool

/// The simple recurrent cell: h' = φ(x W + h U + b), with φ = tanh unless said otherwise (Elman, 1990).
///
/// With `activation: relu` and `stateWeights: .identity()` it is the IRNN (Le, Jaitly & Hinton, 2015).
public struct RNNCell<Scalar: RealScalar>: RecurrentCell {
  /// W, `[inputs, hidden]`.
  @Parameter public var inputWeights: Tensor<Scalar>
  /// U, `[hidden, hidden]`.
  @Parameter public var stateWeights: Tensor<Scalar>
  /// b, `[hidden]`.
  @Parameter public var bias: Tensor<Scalar>
  /// φ.
  public let activation: @Sendable (Tensor<Scalar>) -> Tensor<Scalar>

  /// The number of features of an input.
  public let inputSize: Int
  /// The number of features of the state, which is the output.
  public let hiddenSize: Int

  /// A cell whose bias is 0 and whose weights are drawn with `key`.
  public init(
    inputSize: Int, hiddenSize: Int,
    activation: @escaping @Sendable (Tensor<Scalar>) -> Tensor<Scalar> = { tanh($0) },
    inputWeights: Initializer<Scalar> = .glorotUniform,
    stateWeights: Initializer<Scalar> = .orthogonal, key: RandomKey
  ) {
    requirePositive(inputSize, "inputSize", of: Self.self)
    requirePositive(hiddenSize, "hiddenSize", of: Self.self)
    let (inputKey, stateKey) = key.split()
    self.inputWeights = inputWeights([inputSize, hiddenSize], key: inputKey)
    self.stateWeights = stateWeights([hiddenSize, hiddenSize], key: stateKey)
    bias = Tensor.zeros([hiddenSize])
    self.activation = activation
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
  }

  /// Zeros, `[batch, hidden]`.
  public func initialState(batch: Int) -> Tensor<Scalar> { .zeros([batch, hiddenSize]) }

  /// x W + b.
  public func projected(_ inputs: Tensor<Scalar>) -> Tensor<Scalar> {
    requireInput(inputs)
    return linear(inputs, weight: inputWeights, bias: bias)
  }

  /// φ(x W + b + h U), both as output and as state.
  public func step(
    _ projected: Tensor<Scalar>, _ h: Tensor<Scalar>
  ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
    requireState(h, "h", for: projected)
    let next = activation(projected + matmul(h, stateWeights))
    return (next, next)
  }
}
