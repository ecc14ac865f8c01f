import Foundation

/// How well questions are answered.
struct StoryScore: CustomStringConvertible {
  /// The mean cross-entropy of the answers, in nats.
  let loss: Double
  /// The share of right answers.
  let accuracy: Double

  var description: String {
    String(
      format: "%.2f%% of the answers right, %.4f nats", locale: nil, accuracy * 100, loss)
  }
}
