import Foundation
import Spool

/// The learning rate as a function of the step, counted from 0: `optimizer.learningRate = schedule(step)`.
public struct LearningRateSchedule: Sendable {
  private let rate: @Sendable (Int) -> Double

  /// A schedule of one's own.
  public init(_ rate: @escaping @Sendable (Int) -> Double) { self.rate = rate }

  /// The rate for a step.
  public func callAsFunction(_ step: Int) -> Double { rate(step) }

  /// The same rate at every step.
  public static func constant(_ rate: Double) -> LearningRateSchedule {
    LearningRateSchedule { _ in rate }
  }

  /// Rises in a straight line to `peak`, which step `warmUp` − 1 has, then falls along half a cosine to
  /// `final`, which step `total` − 1 and all later ones have (Loshchilov & Hutter, 2017).
  ///
  /// Traps when the warm-up is negative or longer than the total.
  public static func cosineDecay(
    from peak: Double, to final: Double = 0, warmUp: Int = 0, total: Int
  ) -> LearningRateSchedule {
    guard (0...Swift.max(total, 0)).contains(warmUp) else {
      trap("cosineDecay: a warm-up of \(warmUp) steps does not fit a total of \(total)")
    }
    return LearningRateSchedule { step in
      if step < warmUp { return peak * Double(step + 1) / Double(warmUp) }
      let last = total - 1
      guard step < last else { return final }
      let start = Swift.max(warmUp - 1, 0)
      let progress = Double(step - start) / Double(last - start)
      return final + (peak - final) * (1 + cos(.pi * progress)) / 2
    }
  }

  /// `rate` for the first `delay` + `interval` steps, then divided by `factor`, and again after every
  /// further `interval`: rate / factorᵏ, with k = ⌊(step − delay) / interval⌋, but not negative.
  ///
  /// Traps when the factor is not positive, the interval not at least 1, or the delay negative.
  public static func exponentialDecay(
    from rate: Double, by factor: Double, every interval: Int, after delay: Int = 0
  ) -> LearningRateSchedule {
    guard factor > 0, interval >= 1, delay >= 0 else {
      trap(
        "exponentialDecay: the factor \(factor) must be positive, the interval \(interval) at least 1, "
          + "the delay \(delay) not negative")
    }
    return LearningRateSchedule { step in
      rate / pow(factor, Double(Swift.max(0, (step - delay) / interval)))
    }
  }
}
