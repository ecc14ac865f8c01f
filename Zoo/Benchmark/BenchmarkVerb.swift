import CKernels
import Foundation

/// `zoo benchmark [NAME...]`: times training steps, kernels and the tape.
struct BenchmarkVerb: ZooVerb {
  let name = "benchmark"
  let summary = "time training steps, matrix products and the tape"

  static let executor = Option.choice(
    "executor", default: Executor.scan, help: "what runs cells over time")
  static let runs = Option.optionalInteger(
    "runs", in: 1...1_000_000,
    help: "timed runs of each (default: as many as fit 1.5 seconds, at least 5)")
  static let clock = Option.choice(
    "clock", default: BenchmarkClock.wall,
    help: "what to tell time by; cpu, for one thread, counts no time that other programs take")
  static let json = Option.flag("json", help: "a line of JSON for each workload")

  static let once = Option.flag(
    "once", help: "instead of timing them, run each workload once and say when it is done")
  static let list = Option.flag("list", help: "instead of timing them, print their names")

  private var declarations: [OptionDeclaration] {
    [
      CommonOptions.threads.declaration, Self.executor.declaration, Self.runs.declaration,
      Self.clock.declaration,
      Self.json.declaration, Self.once.declaration, Self.list.declaration,
    ]
  }

  func help(_ arguments: [String], in zoo: ZooCommand) -> String {
    "Usage: zoo benchmark [NAME...] [options]\n\n"
      + "A name is a workload below, or words of it that stand for all that have them: gru, mid.\n\n"
      + HelpText.table(Workloads.all.map { ($0.name, $0.summary) })
      + "\n\nOptions:\n" + HelpText.options(declarations)
  }

  func run(_ arguments: [String], in zoo: ZooCommand) throws -> Int32 {
    let names = arguments.prefix { !$0.hasPrefix("-") }
    let settings = try ArgumentParser(command: "zoo benchmark", declarations: declarations)
      .parse(Array(arguments.dropFirst(names.count)))
    let chosen = try Workloads.named(Array(names))
    if settings[Self.list] {
      for workload in chosen { zoo.output.print(workload.name) }
      return 0
    }
    zoo.apply(threads: settings[CommonOptions.threads])
    let threads = Int(spool_thread_count())
    let executor = settings[Self.executor]
    if settings[Self.once] {
      for workload in chosen {
        _ = try workload.prepare(executor).time(by: .wall)
        zoo.output.print("\(workload.name) is done")
      }
      return 0
    }
    let clock = settings[Self.clock]
    let peak = ProductPeak.measured(threads: threads, by: clock)
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    if !settings[Self.json] { zoo.output.print(BenchmarkResult.tableHeader) }
    for workload in chosen {
      let sample = workload.prepare(executor)
      let timing = try Timing(count: settings[Self.runs]) { try sample.time(by: clock) }
      let result = BenchmarkResult(
        workload, executor: executor, threads: threads, timing, peak: peak)
      zoo.output.print(
        settings[Self.json]
          ? String(decoding: try encoder.encode(result), as: UTF8.self) : result.tableRow)
    }
    return 0
  }
}
