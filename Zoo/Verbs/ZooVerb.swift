/// A verb of the command: `list`, `train`, …
public protocol ZooVerb: Sendable {
  /// The word on the command line.
  var name: String { get }
  /// What it does, a phrase.
  var summary: String { get }

  /// The whole help text for `zoo VERB --help` with the other `arguments`, which may name a model.
  func help(_ arguments: [String], in zoo: ZooCommand) throws -> String

  /// Does it with the arguments that follow the verb, and returns the status to end with.
  func run(_ arguments: [String], in zoo: ZooCommand) throws -> Int32
}
