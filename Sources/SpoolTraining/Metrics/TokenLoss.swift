import Foundation

/// The mean cross-entropy of a text, added up batch by batch: every token counts the same, whichever batch it
/// was in.
public struct TokenLoss: Equatable, Sendable {
  /// The sum over all tokens, in nats.
  public private(set) var sum = 0.0
  /// The number of tokens.
  public private(set) var count = 0

  /// No tokens yet.
  public init() {}

  /// Adds the summed loss of `count` tokens, in nats.
  public mutating func add(sum: Double, count: Int) {
    self.sum += sum
    self.count += count
  }

  /// The mean, in nats per token; NaN of no tokens.
  public var nats: Double { sum / Double(count) }
  /// The mean, in bits per token.
  public var bits: Double { nats / log(2) }
  /// The perplexity, e^nats = 2^bits: among so many equally likely tokens the model chooses. It is that of the
  /// cross-entropy with the text's true tokens, not of the entropy of the model's own predictions.
  public var perplexity: Double { exp(nats) }
}
