import Foundation

/// What time is told by.
enum BenchmarkClock: String, CaseIterable {
  /// The time that passes.
  case wall
  /// The time that the process computes, on all cores together: that of one thread, whatever else the
  /// machine does.
  case cpu

  /// How long `work` takes.
  func time(of work: () -> Void) -> Duration {
    switch self {
    case .wall: return ContinuousClock().measure(work)
    case .cpu:
      let start = Self.processTime
      work()
      return Self.processTime - start
    }
  }

  private static var processTime: Duration {
    var time = timespec()
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time)
    return .seconds(time.tv_sec) + .nanoseconds(time.tv_nsec)
  }
}
