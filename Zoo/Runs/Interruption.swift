import Foundation
import Synchronization

/// Requests to stop: Ctrl-C (SIGINT) and a plain `kill` (SIGTERM).
///
/// The first one only sets a flag, which the training loop looks at between steps, so that it can
/// save and say how to go on. The second one ends the process at once; what was saved is safe,
/// because files are replaced as a whole.
public enum Interruption {
  /// The signal that asked to stop; nil while there is none.
  public static var signal: Int32? {
    let number = pending.load(ordering: .relaxed)
    return number == 0 ? nil : number
  }

  /// The status with which a process ends that such a signal has stopped: 130 or 143.
  static func exitCode(of signal: Int32) -> Int32 {
    128 + signal
  }

  /// What the signal is called to people.
  static func name(of signal: Int32) -> String {
    signal == SIGINT ? "interrupted" : "stopped"
  }

  /// Begins to take note of the signals. A program that was started with interrupts ignored, in
  /// the background of a shell script, goes on ignoring them.
  ///
  /// One request can arrive as two signals: `timeout`, for one, signals the process and then its
  /// whole group. Signals that follow within `echoMilliseconds` count as the same request.
  static func watch(echoMilliseconds: Int = 250) {
    // Makes all values, so that the handler only reads and writes memory.
    pending.store(0, ordering: .relaxed)
    firstTime.store(0, ordering: .relaxed)
    echo.store(echoMilliseconds, ordering: .relaxed)
    for number in [SIGINT, SIGTERM] {
      var previous = sigaction()
      var action = sigaction()
      #if canImport(Darwin)
        action.__sigaction_u.__sa_handler = handle
      #else
        action.__sigaction_handler.sa_handler = handle
      #endif
      // Calls that are under way when the signal comes go on instead of failing.
      action.sa_flags = Int32(bitPattern: UInt32(SA_RESTART))
      sigaction(number, nil, &previous)
      if isIgnored(previous) { continue }
      sigaction(number, &action, nil)
    }
  }

  private static func isIgnored(_ action: sigaction) -> Bool {
    #if canImport(Darwin)
      let handler = action.__sigaction_u.__sa_handler
    #else
      let handler = action.__sigaction_handler.sa_handler
    #endif
    return unsafeBitCast(handler, to: Int.self) == unsafeBitCast(SIG_IGN, to: Int.self)
  }

  private static let pending = Atomic<Int32>(0)
  private static let firstTime = Atomic<Int>(0)
  private static let echo = Atomic<Int>(0)

  /// Runs in the middle of anything, so it may only do what POSIX calls async-signal-safe.
  private static let handle: @convention(c) (Int32) -> Void = { number in
    var time = timespec()
    clock_gettime(CLOCK_MONOTONIC, &time)
    let milliseconds = time.tv_sec * 1000 + time.tv_nsec / 1_000_000
    let (isFirst, first) = firstTime.compareExchange(
      expected: 0, desired: milliseconds, ordering: .relaxed)
    if isFirst {
      pending.store(number, ordering: .relaxed)
    } else if milliseconds - first > echo.load(ordering: .relaxed) {
      _exit(exitCode(of: number))
    }
  }
}
