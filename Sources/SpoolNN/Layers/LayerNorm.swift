import Spool

/// Layer normalisation over the last axis: γ (x − mean) / √(variance + ε) + β (Ba, Kiros & Hinton, 2016).
public struct LayerNorm<Scalar: RealScalar>: Module, Sendable {
  /// γ, `[features]`, 1 at first.
  @Parameter public var gain: Tensor<Scalar>
  /// β, `[features]`, 0 at first.
  @Parameter public var bias: Tensor<Scalar>
  /// ε, which keeps the division finite where all features are equal.
  public let epsilon: Scalar

  /// A layer for that number of features.
  public init(featureSize: Int, epsilon: Scalar = 1e-5) {
    requirePositive(featureSize, "featureSize", of: Self.self)
    gain = .ones([featureSize])
    bias = .zeros([featureSize])
    self.epsilon = epsilon
  }

  /// `x`, `[…, features]`, normalised.
  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    layerNorm(x, gain: gain, bias: bias, epsilon: epsilon)
  }
}
