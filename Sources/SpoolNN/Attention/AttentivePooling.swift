import Spool

/// Attention of a sequence to itself, without a query: one vector of all its states,
///
///     eⱼ = tanh(hⱼ w + b)    α = softmax e    c = Σ αⱼ hⱼ
///
/// While w is zero it is the mean of the states (the pooling of Yang et al., 2016, with one scoring unit).
public struct AttentivePooling<Scalar: RealScalar>: Module, Sendable {
  /// w and b, `[features, 1]`.
  public let scorer: Linear<Scalar>

  /// A pooling whose weights are drawn with `key`.
  public init(featureSize: Int, weight: Initializer<Scalar> = .glorotUniform, key: RandomKey) {
    scorer = Linear(inputSize: featureSize, outputSize: 1, weight: weight, key: key)
  }

  /// The vector of each item, `[batch, features]`.
  ///
  /// - Parameters:
  ///   - states: `[batch, positions, features]`.
  ///   - mask: which positions are there, `[batch, positions]`; nil for all.
  public func callAsFunction(
    _ states: Tensor<Scalar>, mask: Tensor<Bool>? = nil
  ) -> Tensor<Scalar> {
    let weights = attentionWeights(tanh(scorer(states)).squeezingAxis(at: 2), mask: mask)
    return attentionContext(weights: weights, values: states)
  }
}
