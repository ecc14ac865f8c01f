import CKernels
import Foundation

/// Something that `zoo benchmark` times.
protocol Benchmark: Sendable {
  var name: String { get }
  var summary: String { get }
  /// Runs it and reports each result as it comes.
  func run(threads: Int, _ report: (BenchmarkResult) -> Void)
}

/// `zoo benchmark [NAME...]`: times the parts of Spool.
struct BenchmarkVerb: ZooVerb {
  let name = "benchmark"
  let summary = "time kernels and tape"

  static let json = Option.flag("json", help: "one line of JSON for each result")
  static let benchmarks: [any Benchmark] = [GemmBenchmark(), TapeBenchmark()]

  private var declarations: [OptionDeclaration] {
    [CommonOptions.threads.declaration, Self.json.declaration]
  }

  func help(_ arguments: [String], in zoo: ZooCommand) -> String {
    "Usage: zoo benchmark [NAME...] [options]\n\n"
      + HelpText.table(Self.benchmarks.map { ($0.name, $0.summary) })
      + "\n\nOptions:\n" + HelpText.options(declarations)
  }

  func run(_ arguments: [String], in zoo: ZooCommand) throws -> Int32 {
    let names = arguments.prefix { !$0.hasPrefix("-") }
    let settings = try ArgumentParser(command: "zoo benchmark", declarations: declarations)
      .parse(Array(arguments.dropFirst(names.count)))
    let chosen = try names.isEmpty ? Self.benchmarks : names.map(benchmark(named:))
    zoo.apply(threads: settings[CommonOptions.threads])
    let threads = Int(spool_thread_count())
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    for benchmark in chosen {
      benchmark.run(threads: threads) { result in
        let json = try? String(decoding: encoder.encode(result), as: UTF8.self)
        zoo.output.print(settings[Self.json] ? json ?? "" : result.line)
      }
    }
    return 0
  }

  private func benchmark(named name: String) throws(CommandLineError) -> any Benchmark {
    if let benchmark = Self.benchmarks.first(where: { $0.name == name }) { return benchmark }
    let names = Self.benchmarks.map(\.name)
    let nearest = Suggestion.nearest(to: name, among: names)
    throw CommandLineError(
      "there is no benchmark \"\(name)\"; "
        + (nearest.map { "did you mean \($0)?" }
          ?? "there is \(Suggestion.list(names, joinedBy: "and"))"))
  }
}
