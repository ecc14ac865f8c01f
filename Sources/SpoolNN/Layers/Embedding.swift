import Spool

/// A table of vectors, one for each of a vocabulary's entries, looked up by index.
public struct Embedding<Scalar: RealScalar>: Module, Sendable {
  /// The vectors, `[vocabulary, features]`. An output layer is tied to it as
  /// `matmul(x, embedding.table.transposed())` (Press & Wolf, 2017).
  @Parameter public var table: Tensor<Scalar>

  /// A table whose vectors are drawn with `key`.
  public init(
    vocabularySize: Int, featureSize: Int,
    table: Initializer<Scalar> = .normal(standardDeviation: 1), key: RandomKey
  ) {
    requirePositive(vocabularySize, "vocabularySize", of: Self.self)
    requirePositive(featureSize, "featureSize", of: Self.self)
    self.table = table([vocabularySize, featureSize], key: key)
  }

  /// The number of entries.
  public var vocabularySize: Int { table.shape[0] }
  /// The number of features of a vector.
  public var featureSize: Int { table.shape[1] }

  /// The vectors of these entries: `[time, batch]` to `[time, batch, features]`. Traps where an index is negative
  /// or not below the size of the vocabulary.
  public func callAsFunction(_ indices: Tensor<Int32>) -> Tensor<Scalar> {
    embedding(indices, table: table)
  }
}
