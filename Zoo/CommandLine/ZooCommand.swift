import CKernels
import Foundation
import SpoolData

/// The `zoo` command: finds the verb, runs it, and turns what it throws into one line and a status.
///
/// | status | means |
/// | --- | --- |
/// | 0 | done |
/// | 1 | something is wrong with the arguments, the data or the files; one line says what |
/// | 130, 143 | stopped by Ctrl-C or `kill`, the run is saved |
public struct ZooCommand {
  /// The models.
  public let registry: ModelRegistry
  /// The folder where runs are kept unless `--run` names another.
  let runs: String
  /// Where results and progress go.
  public let output: Console
  /// Where warnings go, and what is wrong.
  let errors: Console
  private let verbs: [any ZooVerb]

  init(
    registry: ModelRegistry, verbs: [any ZooVerb] = ZooCommand.verbs,
    runs: String = RunFolder.defaultParent, output: Console, errors: Console
  ) {
    self.registry = registry
    self.verbs = verbs
    self.runs = runs
    self.output = output
    self.errors = errors
  }

  /// The verbs in the order of the help text.
  static let verbs: [any ZooVerb] = [
    ListVerb(), TrainVerb(), UseVerb.evaluate, UseVerb.sample, UseVerb.inspect, TranslateVerb(),
    BenchmarkVerb(),
  ]

  /// Runs the program with its arguments and ends it.
  public static func main() -> Never {
    // A reader that goes away must not take the training with it; its console notices.
    _ = Foundation.signal(SIGPIPE, SIG_IGN)
    Interruption.watch()
    let zoo = ZooCommand(
      registry: .all, output: Console(descriptor: 1), errors: Console(descriptor: 2))
    zoo.warnAboutEnvironment()
    exit(zoo.run(Array(CommandLine.arguments.dropFirst())))
  }

  /// Says which settings of the environment are not followed, and what holds instead.
  private func warnAboutEnvironment() {
    for reason in [spool_isa_environment_error(), spool_threads_environment_error()] {
      if let reason { errors.print("zoo: \(String(cString: reason))") }
    }
  }

  /// Runs the program with the given arguments and returns its status.
  func run(_ arguments: [String]) -> Int32 {
    do {
      return try runThrowing(arguments)
    } catch {
      let message = "\(error)".split(whereSeparator: \.isNewline).joined(separator: " ")
      errors.print("zoo: \(message)")
      return 1
    }
  }

  private func runThrowing(_ arguments: [String]) throws -> Int32 {
    var rest = arguments[...]
    let asksForHelp = ArgumentParser.asksForHelp(arguments) || arguments.first == "help"
    rest.removeAll { $0 == "--help" || $0 == "-h" }
    if rest.first == "help" { rest.removeFirst() }
    guard let name = rest.popFirst() else {
      output.print(overview)
      return 0
    }
    let verb = try verb(named: name)
    guard asksForHelp else { return try verb.run(Array(rest), in: self) }
    output.print(try verb.help(Array(rest), in: self))
    return 0
  }

  private func verb(named name: String) throws(CommandLineError) -> any ZooVerb {
    if let verb = verbs.first(where: { $0.name == name }) { return verb }
    let names = verbs.map(\.name)
    let hint =
      if let nearest = Suggestion.nearest(to: name, among: names) {
        "did you mean \(nearest)?"
      } else {
        "there is \(Suggestion.list(names, joinedBy: "and"))"
      }
    throw CommandLineError("zoo has no verb \"\(name.escapedForDisplay)\"; \(hint)")
  }

  private var overview: String {
    """
    zoo: recurrent networks and their relatives, on real data

    Usage: zoo VERB [MODEL] [options]

    \(HelpText.table(verbs.map { ($0.name, $0.summary) }))

    See zoo VERB --help, and zoo train MODEL --help for the options of a model.
    """
  }

  /// Sets the number of threads to compute with, if one is given.
  func apply(threads: Int?) {
    if let threads { spool_set_thread_count(threads) }
  }
}
