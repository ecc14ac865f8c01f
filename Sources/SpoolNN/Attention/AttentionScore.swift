import Spool

/// How well a query fits each of a memory's positions, in two parts: what depends on the memory's keys only
/// (`projected`), which is computed once, and the rest, once for each query.
///
/// Both work inside a step that `scan` compiles, with the projected keys captured from outside.
public protocol AttentionScore<Scalar>: Module, Sendable {
  /// The part that depends on the keys only: `[batch, positions, keys]` to `[batch, positions, …]`.
  func projected(_ keys: Tensor<Scalar>) -> Tensor<Scalar>

  /// The scores of all positions, `[batch, positions]`, for one query of each item, `[batch, queries]`. A memory
  /// of one item serves all of them.
  func callAsFunction(_ query: Tensor<Scalar>, _ projected: Tensor<Scalar>) -> Tensor<Scalar>
}

/// The product of query and key, eⱼ = q · kⱼ, which have equally many features (Luong, Pham & Manning, 2015); or,
/// scaled, that divided by the square root of their number, so that its variance does not grow with it
/// (Vaswani et al., 2017).
public struct DotScore<Scalar: RealScalar>: AttentionScore {
  /// Whether the product is divided by the root of the number of features.
  public let isScaled: Bool

  /// The product, scaled or not.
  public init(isScaled: Bool = false) { self.isScaled = isScaled }

  /// The keys themselves.
  public func projected(_ keys: Tensor<Scalar>) -> Tensor<Scalar> { keys }

  /// q · kⱼ.
  public func callAsFunction(
    _ query: Tensor<Scalar>, _ keys: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    requireFit(query, keys, of: Self.self)
    let scale = Scalar(1) / Scalar(query.shape[1]).squareRoot()
    let products = matmul(keys, (isScaled ? Tensor(scale) * query : query).expandingAxis(at: 2))
    return products.squeezingAxis(at: 2)
  }
}

/// The bilinear score, eⱼ = q · (kⱼ W) (Luong, Pham & Manning, 2015, "general").
public struct GeneralScore<Scalar: RealScalar>: AttentionScore {
  /// W, `[keys, queries]`.
  @Parameter public var weight: Tensor<Scalar>

  /// A score whose weights are drawn with `key`.
  public init(
    querySize: Int, keySize: Int, weight: Initializer<Scalar> = .glorotUniform, key: RandomKey
  ) {
    requirePositive(querySize, "querySize", of: Self.self)
    requirePositive(keySize, "keySize", of: Self.self)
    self.weight = weight([keySize, querySize], key: key)
  }

  /// kⱼ W.
  public func projected(_ keys: Tensor<Scalar>) -> Tensor<Scalar> { matmul(keys, weight) }

  /// q · (kⱼ W).
  public func callAsFunction(
    _ query: Tensor<Scalar>, _ projected: Tensor<Scalar>
  ) -> Tensor<Scalar> { DotScore()(query, projected) }
}

/// The additive score, eⱼ = v · tanh(q W + kⱼ U) (Bahdanau, Cho & Bengio, 2015).
public struct AdditiveScore<Scalar: RealScalar>: AttentionScore {
  /// W, `[queries, hidden]`.
  @Parameter public var queryWeights: Tensor<Scalar>
  /// U, `[keys, hidden]`.
  @Parameter public var keyWeights: Tensor<Scalar>
  /// v, `[hidden]`.
  @Parameter public var vector: Tensor<Scalar>

  /// A score whose weights are drawn with `key`.
  public init(
    querySize: Int, keySize: Int, hiddenSize: Int, weights: Initializer<Scalar> = .glorotUniform,
    key: RandomKey
  ) {
    requirePositive(querySize, "querySize", of: Self.self)
    requirePositive(keySize, "keySize", of: Self.self)
    requirePositive(hiddenSize, "hiddenSize", of: Self.self)
    let keys = key.split(3)
    queryWeights = weights([querySize, hiddenSize], key: keys[0])
    keyWeights = weights([keySize, hiddenSize], key: keys[1])
    vector = weights([hiddenSize, 1], key: keys[2]).flattened()
  }

  /// kⱼ U.
  public func projected(_ keys: Tensor<Scalar>) -> Tensor<Scalar> { matmul(keys, keyWeights) }

  /// v · tanh(q W + kⱼ U).
  public func callAsFunction(
    _ query: Tensor<Scalar>, _ projected: Tensor<Scalar>
  ) -> Tensor<Scalar> {
    let hidden = matmul(query, queryWeights)
    requireFit(hidden, projected, of: Self.self)
    return (vector * tanh(hidden.expandingAxis(at: 1) + projected)).sum(2)
  }
}

private func requireFit<S>(_ query: Tensor<S>, _ keys: Tensor<S>, of score: Any.Type) {
  guard query.rank == 2, keys.rank == 3, query.shape[1] == keys.shape[2],
    keys.shape[0] == query.shape[0] || keys.shape[0] == 1
  else {
    trap(
      "\(score): the queries have shape \(query.shape), which must be [batch, features], and the keys "
        + "\(keys.shape), which must be [batch, positions, features] with as many of them")
  }
}
