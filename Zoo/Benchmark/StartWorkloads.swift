import CKernels
import Foundation
import Spool

/// What comes before the first result: the start of the program and the compilation of a step.
enum StartWorkloads {
  static let all = [
    Workload(
      "cold-start", "from the start of a process to its first step of lstm-mid",
      hasExecutors: true, sampledBy: { executor in .duration { _ in try timeOfStart(executor) } }),
    Workload(
      "new-step",
      "compiling a step: the first run of lstm-mid at a new batch size less the quickest of the next",
      hasExecutors: true, sampledBy: timeOfNewStep),
  ]

  /// How long this program takes, started anew, until it says that it has done a step. What passes meanwhile
  /// is all that can be seen from outside.
  private static func timeOfStart(_ executor: Executor) throws -> Duration {
    let process = Process()
    process.executableURL = Bundle.main.executableURL
    process.arguments = [
      "benchmark", "lstm-mid", "--once", "--executor", executor.rawValue, "--threads",
      "\(spool_thread_count())",
    ]
    let output = Pipe()
    process.standardOutput = output
    let clock = ContinuousClock()
    let start = clock.now
    try process.run()
    let message = output.fileHandleForReading.availableData
    let duration = clock.now - start
    process.waitUntilExit()
    guard process.terminationStatus == 0, !message.isEmpty else {
      throw CommandLineError("cold-start: the program that was started did not finish its step")
    }
    return duration
  }

  /// A step that no run has seen before takes its compilation longer than the next runs of it, of which the
  /// quickest is the least disturbed.
  private static func timeOfNewStep(_ executor: Executor) -> Workload.Sample {
    var batch = RecurrentSize.mid.batch
    return .duration { clock in
      batch += 1
      let size = RecurrentSize(
        name: "", batch: batch, time: 1, inputs: RecurrentSize.mid.inputs,
        hidden: RecurrentSize.mid.hidden, layers: 1)
      let sample = RecurrentWorkloads.training(.lstm, size).prepare(executor)
      let first = try sample.time(by: clock)
      let next = try (0..<3).map { _ in try sample.time(by: clock) }.min()!
      // Not zero either: how often that is in a second is told, too.
      return max(.nanoseconds(1), first - next)
    }
  }
}
