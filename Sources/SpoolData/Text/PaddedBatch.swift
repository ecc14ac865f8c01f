import Spool

/// Sequences of different lengths side by side, each filled up to the longest one.
public struct PaddedBatch: Sendable {
  /// The tokens, `[time, batch]`.
  public let tokens: Tensor<Int32>
  /// How many tokens of each sequence are its own.
  public let lengths: [Int]

  /// `[time, batch]`: true at the sequences' own tokens.
  public var mask: Tensor<Bool> { sequenceMask(lengths: lengths, time: tokens.shape[0]) }

  /// How many tokens there are without the padding.
  public var tokenCount: Int { lengths.reduce(0, +) }

  /// The batch of these sequences, of which there is at least one.
  ///
  /// - Parameter padding: the token that fills a sequence up.
  public init(
    _ sequences: [[Int32]], padding: Int32 = WordVocabulary.SpecialToken.padding.rawValue
  ) {
    precondition(!sequences.isEmpty, "PaddedBatch: there are no sequences")
    lengths = sequences.map(\.count)
    let time = lengths.max()!
    tokens = Tensor(
      shape: [time, sequences.count],
      (0..<time).flatMap { t in sequences.map { t < $0.count ? $0[t] : padding } })
  }
}
