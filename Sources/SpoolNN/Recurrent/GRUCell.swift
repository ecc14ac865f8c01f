import Spool

/// Where the reset gate of a gated recurrent unit acts. Weights trained with one order do not serve the other.
public enum ResetOrder: Sendable {
  /// On the product, r (h U + d), as version 1 of Cho et al. (2014, arXiv:1406.1078), PyTorch and cuDNN have it: one
  /// product serves all gates.
  case afterProduct
  /// On the state, (r h) U + d, as version 3 of Cho et al. has it.
  case beforeProduct
}

/// The gated recurrent unit (Cho et al., 2014):
///
///     r = σ(x Wᵣ + b_r + h Uᵣ + d_r)    z = σ(x W_z + b_z + h U_z + d_z)
///     n = tanh(x Wₙ + bₙ + r (h Uₙ + dₙ))      reset after the product, or
///     n = tanh(x Wₙ + bₙ + (r h) Uₙ + dₙ)      reset before the product
///     h' = (1 − z) n + z h
///
/// Chung et al. (2014) blend the other way, z n + (1 − z) h, which is this with the weights and biases of z negated.
///
/// The gates lie side by side in the order reset, update, new, which is PyTorch's.
public struct GRUCell<Scalar: RealScalar>: RecurrentCell {
  /// W, `[inputs, 3 · hidden]`.
  @Parameter public var inputWeights: Tensor<Scalar>
  /// U, `[hidden, 3 · hidden]`.
  @Parameter public var stateWeights: Tensor<Scalar>
  /// b, `[3 · hidden]`.
  @Parameter public var inputBias: Tensor<Scalar>
  /// d, `[3 · hidden]`.
  @Parameter public var stateBias: Tensor<Scalar>

  /// Where the reset gate acts.
  public let resetOrder: ResetOrder
  /// The number of features of an input.
  public let inputSize: Int
  /// The number of features of the state, which is the output.
  public let hiddenSize: Int

  /// A cell whose weights are drawn with `key`, gate by gate, and whose biases are 0 but for the update gate's of
  /// the input, which starts as `updateBias`: the greater, the longer the cell remembers at first.
  public init(
    inputSize: Int, hiddenSize: Int, resetOrder: ResetOrder = .afterProduct,
    updateBias: GateBias<Scalar> = 0, inputWeights: Initializer<Scalar> = .glorotUniform,
    stateWeights: Initializer<Scalar> = .orthogonal, key: RandomKey
  ) {
    requirePositive(inputSize, "inputSize", of: Self.self)
    requirePositive(hiddenSize, "hiddenSize", of: Self.self)
    let (inputKey, stateKey) = key.split()
    self.inputWeights = inputWeights.blocks(3, of: [inputSize, hiddenSize], key: inputKey)
    self.stateWeights = stateWeights.blocks(3, of: [hiddenSize, hiddenSize], key: stateKey)
    let update = updateBias.drawn(hiddenSize, key: key.folding(in: 0)).keeping
    inputBias = concatenated([.zeros([hiddenSize]), update, .zeros([hiddenSize])])
    stateBias = Tensor.zeros([3 * hiddenSize])
    self.resetOrder = resetOrder
    self.inputSize = inputSize
    self.hiddenSize = hiddenSize
  }

  /// Zeros, `[batch, hidden]`.
  public func initialState(batch: Int) -> Tensor<Scalar> { .zeros([batch, hiddenSize]) }

  /// x W + b; with the reset before the product, also + d.
  public func projected(_ inputs: Tensor<Scalar>) -> Tensor<Scalar> {
    requireInput(inputs)
    let bias = resetOrder == .afterProduct ? inputBias : inputBias + stateBias
    return linear(inputs, weight: inputWeights, bias: bias)
  }

  /// h', both as output and as state.
  public func step(
    _ projected: Tensor<Scalar>, _ h: Tensor<Scalar>
  ) -> (output: Tensor<Scalar>, state: Tensor<Scalar>) {
    requireState(h, "h", for: projected)
    let sizes = [2 * hiddenSize, hiddenSize]
    let input = projected.split(sizes: sizes, axis: 1)
    let z: Tensor<Scalar>
    let n: Tensor<Scalar>
    switch resetOrder {
    case .afterProduct:
      let recurrent = (matmul(h, stateWeights) + stateBias).split(sizes: sizes, axis: 1)
      let gates = sigmoid(input[0] + recurrent[0]).chunked2()
      z = gates.1
      n = tanh(input[1] + gates.0 * recurrent[1])
    case .beforeProduct:
      let weights = stateWeights.split(sizes: sizes, axis: 1)
      let gates = sigmoid(input[0] + matmul(h, weights[0])).chunked2()
      z = gates.1
      n = tanh(input[1] + matmul(gates.0 * h, weights[1]))
    }
    let next = n + z * (h - n)
    return (next, next)
  }
}
