/// The time step that a loop over time (`unroll`, `scan`) is running, for messages.
package enum TimeStep {
  /// The step, counted from 0; nil outside of such a loop.
  @TaskLocal package static var current: Int?
  /// Whether it is the one step that `scan` runs to record it.
  @TaskLocal static var isTraced = false

  /// The time steps in the order in which a loop runs them.
  static func order(of count: Int, reverse: Bool) -> [Int] {
    reverse ? (0..<count).reversed() : Array(0..<count)
  }

  /// Runs `body` as the step that a scan records.
  static func tracing<R>(_ body: () throws -> R) rethrows -> R {
    try $current.withValue(0) { try $isTraced.withValue(true) { try body() } }
  }
}
