import Spool

/// The weights of a memory's positions: the softmax of their scores, αⱼ = exp eⱼ / Σ exp eᵢ, over those
/// positions that are there.
///
/// What is not there has the weight 0, exactly, whatever its score; where nothing is there, all weights are 0.
///
/// - Parameters:
///   - scores: `[…, positions]`.
///   - mask: which positions are there, of a shape that broadcasts to that of the scores; nil for all.
public func attentionWeights<S: RealScalar>(
  _ scores: Tensor<S>, mask: Tensor<Bool>? = nil
) -> Tensor<S> {
  guard let mask else { return softmax(scores) }
  return softmax(`where`(mask, scores, Tensor(-S.infinity)))
}

/// The context of a query, the sum of a memory's values by their weights: c = Σ αⱼ vⱼ.
///
/// The order of the positions has no meaning to it: what a sequence's order says must be in the values, as it is
/// in the states of an encoder. Where a weight is 0 the value must still be finite.
///
/// - Parameters:
///   - weights: `[batch, positions]`.
///   - values: `[batch, positions, features]`; one item serves all of the batch.
/// - Returns: `[batch, features]`.
public func attentionContext<S: RealScalar>(
  weights: Tensor<S>, values: Tensor<S>
) -> Tensor<S> {
  matmul(weights.expandingAxis(at: 1), values).squeezingAxis(at: 1)
}

/// What queries attend to: values, and keys by which they are found, at the same positions.
public struct AttentionMemory<Scalar: RealScalar> {
  /// The part of the scores that depends on the keys only, `[batch, positions, …]`.
  public let projectedKeys: Tensor<Scalar>
  /// The values, `[batch, positions, features]`.
  public let values: Tensor<Scalar>
  /// Which positions are there, `[batch, positions]`; nil for all.
  public let mask: Tensor<Bool>?

  /// A memory whose values are also its keys.
  public init(
    of values: Tensor<Scalar>, mask: Tensor<Bool>? = nil, for score: some AttentionScore<Scalar>
  ) {
    projectedKeys = score.projected(values)
    self.values = values
    self.mask = mask
  }
}

/// The context of one query of each item, `[batch, queries]`, in a memory, and the weights of its positions: soft
/// attention (Bahdanau, Cho & Bengio, 2015).
///
/// - Returns: the context, `[batch, features]`, and the weights, `[batch, positions]`.
public func attend<S: RealScalar>(
  _ query: Tensor<S>, to memory: AttentionMemory<S>, by score: some AttentionScore<S>
) -> (context: Tensor<S>, weights: Tensor<S>) {
  let weights = attentionWeights(score(query, memory.projectedKeys), mask: memory.mask)
  return (attentionContext(weights: weights, values: memory.values), weights)
}
