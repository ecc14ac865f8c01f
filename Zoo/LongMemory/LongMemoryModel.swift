import Foundation
import Spool
import SpoolNN
import SpoolPlot
import SpoolTraining

/// A zoo model of the long-memory suite: a problem, which one of several recurrent cells learns.
protocol LongMemoryModel: ZooModel {
  /// How the loss is called: `squared error`, …
  var lossName: String { get }
  /// The options that make the problem.
  var problemOptions: [OptionDeclaration] { get }
  /// The option that makes sequences long; nil where the data do.
  var timeOption: Option<Int>? { get }
  /// The values of the common options where none is given.
  static var defaults: LongMemoryDefaults { get }

  /// The problem that the options of training describe.
  func problem(_ settings: Settings) throws -> any MemoryProblem
}

/// What a problem takes.
struct LongMemoryDefaults {
  let hidden: Int
  let steps: Int
  let batch: Int
  let learningRate: Double
}

/// The options of all models of the suite.
struct LongMemoryOptions {
  let cell = Option.choice("cell", default: MemoryCell.lstm, help: "kind of recurrent cell")
  let hidden: Option<Int>
  let steps: Option<Int>
  let batch: Option<Int>
  let learningRate: Option<Double>

  init(_ defaults: LongMemoryDefaults) {
    hidden = .integer("hidden", default: defaults.hidden, in: 1...8192, help: "hidden units")
    steps = .integer(
      "steps", default: defaults.steps, in: 1...1_000_000_000, help: "steps of training")
    batch = .integer(
      "batch", default: defaults.batch, in: 1...65536, help: "sequences side by side")
    learningRate = .number(
      "learning-rate", default: defaults.learningRate, in: .moreThan(0),
      help: "Adam's first learning rate, which falls along half a cosine")
  }

  var declarations: [OptionDeclaration] {
    [
      cell.declaration, hidden.declaration, steps.declaration, batch.declaration,
      learningRate.declaration,
    ]
  }
}

extension LongMemoryModel {
  static var options: LongMemoryOptions { LongMemoryOptions(defaults) }

  var family: String { "LongMemory" }
  var trainingOptions: [OptionDeclaration] { problemOptions + Self.options.declarations }
  var evaluationOptions: [OptionDeclaration] { [] }

  func leastMemory(_ settings: Settings) -> [LeastMemory] {
    let (options, hidden) = (Self.options, settings[Self.options.hidden])
    let time = timeOption.map { settings[$0] } ?? 1
    return [
      .states(
        (time, "time steps"), (settings[options.batch], "sequences"), (hidden, "units"),
        loweredBy: ["batch", "hidden"] + (timeOption.map { [$0.declaration.name] } ?? [])),
      .weights((hidden, "units"), (hidden, "units"), loweredBy: ["hidden"]),
    ]
  }

  func train(_ session: TrainingSession) throws {
    let problem = try problem(session.settings)
    let key = RandomKey(seed: session.settings[CommonOptions.seed])
    try train(network(for: problem, session.settings, key: key.folding(in: 0)), problem, session)
  }

  private func network(
    for problem: some MemoryProblem, _ settings: Settings, key: RandomKey
  ) -> any SequenceModel<Float> {
    settings[Self.options.cell].network(
      inputs: problem.inputSize, hidden: settings[Self.options.hidden],
      outputs: problem.outputSize, time: problem.time, key: key)
  }

  private func train(
    _ network: some SequenceModel<Float>, _ problem: some MemoryProblem, _ session: TrainingSession
  ) throws {
    let (settings, options) = (session.settings, Self.options)
    let steps = settings[options.steps]
    let trainer = Self.trainer(of: network, settings)
    if session.isResuming { try trainer.restore(from: session.folder.training) }
    let key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 1)
    let batch = settings[options.batch]
    let batches = problem.trainingBatches(of: batch, key: key)
    let test = problem.testBatches()
    let plan = TrainingPlan(
      steps: steps, unit: problem.unit, lossUnit: lossName,
      title: "\(name), \(settings[options.cell].rawValue)")
    try session.train(network, with: trainer, plan) {
      let examples = batches(trainer.step)
      return TrainedItems(try trainer.takeStep { examples.loss(network) }, count: batch)
    } measure: {
      let score = MemoryScore(network, on: test)
      return Measurement(
        ["validation_loss": score.loss, "accuracy": score.accuracy],
        summary: summary(score, problem))
    }
  }

  /// Adam at a rate that rises for the first tenth of the steps, at most a hundred, and falls along half a cosine,
  /// with gradients clipped to a norm of 1.
  static func trainer(of model: some Module<Float>, _ settings: Settings) -> Trainer<Float> {
    let steps = settings[options.steps]
    return Trainer(
      model, Adam(for: model),
      schedule: .cosineDecay(
        from: settings[options.learningRate], warmUp: min(100, steps / 10), total: steps),
      clippingTo: 1)
  }

  func evaluate(_ session: RunSession) throws {
    let settings = session.trainingSettings
    let problem = try problem(settings)
    let network = network(for: problem, settings, key: RandomKey(seed: 0))
    try load(into: network, from: session.folder.model)
    func score(_ network: some SequenceModel<Float>) -> MemoryScore {
      MemoryScore(network, on: problem.testBatches(), progress: session.progress("answering"))
    }
    session.console.print(summary(score(network), problem))
  }

  func inspect(_ session: RunSession) throws -> [HTMLReport.Part] {
    let problem = try problem(session.trainingSettings)
    let network = network(for: problem, session.trainingSettings, key: RandomKey(seed: 0))
    try load(into: network, from: session.folder.model)
    let inputs = problem.testBatches()[0].inputs
    let labels = (0..<min(inputs.shape[0], 80)).map { $0 % 10 == 0 ? "\($0)" : "" }
    return Recording.parts(
      of: network.recordings(inputs), labels: labels, square: 10,
      about: "Over one sequence; of each kind the units that change most in its first steps.")
  }

  private func summary(_ score: MemoryScore, _ problem: some MemoryProblem) -> String {
    let baseline = problem.baseline.map { String(format: " (ignorant: %.4f)", locale: nil, $0) }
    return String(
      format: "\(lossName) %.5f%@, %.2f%% right", locale: nil, score.loss, baseline ?? "",
      100 * score.accuracy)
  }
}
