import Spool
import SpoolNN

/// The weights of gates that lie side by side: x W + h U + b.
struct Gates<Scalar: RealScalar>: Module, Sendable {
  /// `[inputs, gates · hidden]`.
  @Parameter var inputWeights: Tensor<Scalar>
  /// `[state, gates · hidden]`.
  @Parameter var stateWeights: Tensor<Scalar>
  /// `[gates · hidden]`.
  @Parameter var bias: Tensor<Scalar>

  /// - Parameter state: the number of features of h, where it is not that of a gate.
  init(_ count: Int, inputs: Int, hidden: Int, state: Int? = nil, key: RandomKey) {
    let keys = key.split()
    inputWeights = Initializer.glorotUniform.blocks(count, of: [inputs, hidden], key: keys.0)
    stateWeights = Initializer.orthogonal.blocks(count, of: [state ?? hidden, hidden], key: keys.1)
    bias = .zeros([count * hidden])
  }

  func callAsFunction(_ x: Tensor<Scalar>, _ h: Tensor<Scalar>) -> Tensor<Scalar> {
    matmul(x, inputWeights) + matmul(h, stateWeights) + bias
  }
}
