import Foundation

/// Measures how fast a run proceeds and estimates how long the rest will take.
///
/// The speed is a mean that forgets: what was measured `memory` seconds ago counts 1/e as much as
/// now, so that a pause for an evaluation or another program's load shows, but does not stay.
struct ProgressMeter {
  private let memory: Double
  private let start: Double
  private var last: Double
  private var weightedItems = 0.0
  private var weightedSeconds = 0.0
  private let fractionAtStart: Double

  /// Starts to measure at the time `seconds`; a resumed run has a fraction done already.
  init(at seconds: Double, fractionDone: Double = 0, memory: Double = 10) {
    self.memory = memory
    start = seconds
    last = seconds
    fractionAtStart = fractionDone
  }

  /// Takes note that `items` were done since the last time.
  mutating func add(items: Int, at seconds: Double) {
    let elapsed = max(0, seconds - last)
    let keep = exp(-elapsed / memory)
    weightedItems = weightedItems * keep + Double(items)
    weightedSeconds = weightedSeconds * keep + elapsed
    last = seconds
  }

  /// Items per second, nil before any time has passed.
  var itemsPerSecond: Double? {
    weightedSeconds > 0 ? weightedItems / weightedSeconds : nil
  }

  /// How many seconds the rest will take if it goes on as it has since the start.
  func secondsLeft(fraction: Double) -> Double? {
    let done = fraction - fractionAtStart
    guard done > 0, last > start else { return nil }
    return (last - start) * (1 - fraction) / done
  }
}
