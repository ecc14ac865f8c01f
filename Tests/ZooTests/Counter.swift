import Foundation
import SpoolTraining

@testable import SpoolZoo

/// A model for the tests of everything around models: it counts its steps, and its loss is
/// 1 / step.
struct Counter: TestModel {
  enum Kind: String, CaseIterable {
    case up, down
  }

  static let kind = Option.choice("kind", default: Kind.up, help: "where to count")
  static let size = Option.integer("size", default: 8, in: 1...64, help: "how large")
  static let rate = Option.number(
    "rate", default: 0.5, in: .moreThan(0).lessThan(1), help: "how fast")
  static let steps = Option.integer(
    "steps", default: 5, in: 1...1000, help: "how long", mayChangeOnResume: true)
  static let data = Option.optionalText("data", placeholder: "FILE", help: "what to count")
  static let label = Option.text("label", placeholder: "TEXT", default: "x", help: "what to say")
  static let loud = Option.flag("loud", help: "whether to say it")
  static let limit = Option.optionalInteger("limit", in: 0...9, help: "how far at most")

  /// What happens after a step.
  var afterStep: @Sendable (Int, TrainingSession) throws -> Void = { _, _ in }

  let name = "counter"
  let task = "Count the steps"
  let embeddedData = "the natural numbers"
  let reference = "Peano (1889): infinity"
  let result = "five"

  var trainingOptions: [OptionDeclaration] {
    [
      Self.kind.declaration, Self.size.declaration, Self.rate.declaration,
      Self.steps.declaration, Self.data.declaration, Self.label.declaration,
      Self.loud.declaration, Self.limit.declaration,
    ]
  }

  var evaluationOptions: [OptionDeclaration] { [Self.data.declaration] }
  var samplingOptions: [OptionDeclaration] { [Self.label.declaration, Self.limit.declaration] }

  func train(_ session: TrainingSession) throws {
    let steps = session.settings[Self.steps]
    var done = 0
    if session.isResuming {
      let counts: [Int32] = try SafetensorsFile(path: session.folder.training).values(of: "step")
      done = Int(counts[0])
    }
    try session.start(
      steps: steps, stepsDone: done, unit: "counts", details: ["first": "0\n\"é"])
    for step in stride(from: done + 1, through: steps, by: 1) {
      try session.record(
        step: step, stage: "step \(step)/\(steps)", loss: 1 / Double(step), items: 10)
      try afterStep(step, session)
      if session.shouldStop { break }
    }
    try session.record(step: session.stepsDone, values: ["validation_loss": 2])
    let count = SafetensorsTensor(name: "step", shape: [1], values: [Int32(session.stepsDone)])
    try SafetensorsFile.write([count], to: session.folder.training)
    try SafetensorsFile.write([count], to: session.folder.model)
    session.note("counted to \(session.stepsDone)")
  }

  func evaluate(_ session: RunSession) throws {
    let counts: [Int32] = try SafetensorsFile(path: session.folder.model).values(of: "step")
    session.console.print("\(counts[0]) of size \(session.trainingSettings[Self.size])")
  }

  func sample(_ session: RunSession) throws {
    session.console.print(session.settings[Self.label])
  }
}

/// The `zoo` command with some models, its output in memory and its runs in a folder of its own.
struct TestZoo {
  final class Text {
    var text = ""
    var whenPrinting: () -> Void = {}
  }

  let zoo: ZooCommand
  let output = Text()
  let errors = Text()

  init(
    _ models: [any ZooModel] = [Counter()], runs: String = "/nonexistent", isTerminal: Bool = false
  ) {
    func console(_ text: Text) -> Console {
      Console(isTerminal: isTerminal) {
        text.text += $0
        text.whenPrinting()
        return true
      }
    }
    zoo = ZooCommand(
      registry: ModelRegistry(models), runs: runs, output: console(output),
      errors: console(errors))
  }

  /// The status, output and errors of a call; arguments are separated by spaces.
  func callAsFunction(_ line: String) -> (status: Int32, output: String, errors: String) {
    self(line.split(separator: " ").map(String.init))
  }

  func callAsFunction(_ arguments: [String]) -> (status: Int32, output: String, errors: String) {
    output.text = ""
    errors.text = ""
    let status = zoo.run(arguments)
    return (status, output.text, errors.text)
  }
}
