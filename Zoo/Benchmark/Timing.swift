import Foundation

/// How long repetitions of some work took.
struct Timing {
  /// Milliseconds of each run, in ascending order.
  private let milliseconds: [Double]

  /// Runs `work` until `seconds` are over, at least `atLeast` times, after one run that does not count.
  init(seconds: Double = 0.5, atLeast: Int = 5, _ work: () -> Void) {
    let clock = ContinuousClock()
    work()
    var times: [Double] = []
    let end = clock.now + .seconds(seconds)
    while times.count < atLeast || clock.now < end {
      times.append(Self.milliseconds(clock.measure(work)))
    }
    milliseconds = times.sorted()
  }

  /// The run in the middle.
  var median: Double { milliseconds[milliseconds.count / 2] }
  /// The quickest run.
  var minimum: Double { milliseconds[0] }
  /// How many there were.
  var runs: Int { milliseconds.count }

  private static func milliseconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) * 1e3 + Double(duration.components.attoseconds) / 1e15
  }
}

/// A line of a benchmark's result.
struct BenchmarkResult: Codable {
  let workload: String
  let threads: Int
  let median_ms: Double
  let min_ms: Double
  let runs: Int
  /// How often the work's unit is done in a second: floating-point operations in billions, or
  /// operations of the tape.
  let per_second: Double
  let unit: String

  init(_ workload: String, threads: Int, _ timing: Timing, units: Double, unit: String) {
    self.workload = workload
    self.threads = threads
    median_ms = timing.median
    min_ms = timing.minimum
    runs = timing.runs
    per_second = units / timing.median * 1000
    self.unit = unit
  }

  var line: String {
    let time = String(format: "%10.4f ms", locale: nil, median_ms)
    let rate = String(format: "%10.1f", locale: nil, per_second)
    return workload.padding(toLength: 36, withPad: " ", startingAt: 0) + " \(time) \(rate) \(unit)"
  }
}
