import Spool

/// The global norms of the gradients of a training's last steps, before they were clipped.
///
/// A limit to clip to is best chosen by what is observed: the 90th percentile, say, which every tenth step exceeds.
public struct GradientNorms: Sendable, Equatable {
  /// The norms, that of the last step at the end.
  public private(set) var values: [Double]
  /// Of how many steps the norms are kept.
  public let capacity: Int

  init(_ values: [Double] = [], ofLast capacity: Int) {
    guard capacity > 0 else {
      trap("GradientNorms: of the last \(capacity) steps; give at least one step")
    }
    self.values = values.suffix(capacity)
    self.capacity = capacity
  }

  mutating func append(_ norm: Double) {
    if values.count == capacity { values.removeFirst() }
    values.append(norm)
  }

  /// The norm that `percentage` in a hundred of these do not exceed, between two of them in proportion; nil before the
  /// first step. Traps where `percentage` is not in 0...100.
  public func percentile(_ percentage: Double) -> Double? {
    guard (0...100).contains(percentage) else {
      trap("percentile(_:): \(percentage) is not from 0 to 100")
    }
    guard let last = values.indices.last else { return nil }
    let sorted = values.sorted()
    let place = percentage / 100 * Double(last)
    let (low, high) = (sorted[Int(place)], sorted[min(Int(place) + 1, last)])
    return low + (place - place.rounded(.down)) * (high - low)
  }
}
