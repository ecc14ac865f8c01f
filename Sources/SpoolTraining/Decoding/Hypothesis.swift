import Foundation

/// A sequence that a model has written, with its probability.
public struct Hypothesis: Equatable, Sendable {
  /// The tokens, without those that stand for start and end.
  public let tokens: [Int32]
  /// The logarithm of its probability, the end's included where it has ended.
  public let logProbability: Double
  /// Whether it has ended, rather than been cut off at the greatest length.
  public let isFinished: Bool

  /// A sequence of the given probability.
  public init(tokens: [Int32], logProbability: Double, isFinished: Bool) {
    self.tokens = tokens
    self.logProbability = logProbability
    self.isFinished = isFinished
  }

  /// How many tokens were predicted: the end, too.
  public var length: Int { tokens.count + (isFinished ? 1 : 0) }

  /// log P / ((5 + length) / 6)^`penalty`, by which sequences of different lengths are compared (Wu et al.,
  /// 2016). With 0 it is log P, which favours short ones; with 1 nearly the mean per token.
  public func score(lengthPenalty penalty: Double) -> Double {
    logProbability / Self.divisor(length: length, penalty)
  }

  static func divisor(length: Int, _ penalty: Double) -> Double {
    pow(Double(5 + length) / 6, penalty)
  }
}
