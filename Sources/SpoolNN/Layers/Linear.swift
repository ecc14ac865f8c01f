import Spool

/// A linear layer with a bias: y = x W + b.
public struct Linear<Scalar: RealScalar>: Module, Sendable {
  /// W, `[inputs, outputs]`: PyTorch's `weight`, transposed.
  @Parameter public var weight: Tensor<Scalar>
  /// b, `[outputs]`; nil for none.
  public let bias: Parameter<Scalar>?

  /// A layer whose bias is 0 and whose weights are drawn with `key`.
  public init(
    inputSize: Int, outputSize: Int, hasBias: Bool = true,
    weight: Initializer<Scalar> = .glorotUniform, key: RandomKey
  ) {
    requirePositive(inputSize, "inputSize", of: Self.self)
    requirePositive(outputSize, "outputSize", of: Self.self)
    self.weight = weight([inputSize, outputSize], key: key)
    bias = hasBias ? Parameter(wrappedValue: .zeros([outputSize])) : nil
  }

  /// A layer that shares these parameters, so that it is tied to whatever else holds them. Traps when
  /// they do not fit each other.
  public init(weight: Parameter<Scalar>, bias: Parameter<Scalar>? = nil) {
    let shape = weight.value.shape
    guard shape.rank == 2, bias.map({ $0.value.shape == [shape[1]] }) ?? true else {
      trap(
        "Linear: the weight has shape \(shape), which must be [inputs, outputs], and the bias has "
          + "shape \(bias.map { $0.value.shape.description } ?? "none"), which must be [outputs]")
    }
    _weight = weight
    self.bias = bias
  }

  /// The number of features of an input.
  public var inputSize: Int { weight.shape[0] }
  /// The number of features of an output.
  public var outputSize: Int { weight.shape[1] }

  /// x W + b: `[…, inputs]` to `[…, outputs]`.
  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    guard let bias else { return matmul(x, weight) }
    return linear(x, weight: weight, bias: bias.value)
  }
}
