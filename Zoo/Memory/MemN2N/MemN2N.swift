import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolPlot
import SpoolTraining

/// `memn2n`: answers questions about stories.
struct MemN2N: ZooModel {
  let name = "memn2n"
  let family = "Memory"
  let task = "answer questions about short stories, in several hops of attention"
  let embeddedData = "generated stories of people moving between places"
  let reference =
    "Sukhbaatar et al. 2015: 100%, 99.7%, 100% and 100% on bAbI tasks 1, 2, 4 and 15, with 10,000 "
    + "questions each"
  let result = "100%, 99.8%, 100% and 100% on these"

  static let data = Option.optionalText(
    "data", placeholder: "DIR", help: "folder with the files of the bAbI tasks, en-10k",
    mayChangeOnResume: true)
  static let newData = Option.optionalText(
    "data", placeholder: "DIR",
    help: "where the files of the bAbI tasks are now (default: as in training)")
  static let number = Option.integer(
    "task", default: 1, in: 1...20, help: "bAbI task, with --data")
  static let epochs = Option.integer(
    "epochs", default: 40, in: 1...100_000, help: "passes over the questions")
  static let linearEpochs = Option.integer(
    "linear-epochs", default: 10, in: 0...100_000,
    help: "passes at the start without the softmax over the sentences")
  static let batch = Option.integer(
    "batch", default: 32, in: 1...65536, help: "questions side by side")
  static let learningRate = Option.number(
    "learning-rate", default: 0.005, in: .moreThan(0),
    help: "Adam's first learning rate, which falls to 0")
  static let hops = Option.integer("hops", default: 3, in: 1...20, help: "hops")
  static let width = Option.integer(
    "width", default: 20, in: 1...8192, help: "features of a sentence")
  static let sentences = Option.integer(
    "sentences", default: 50, in: 1...10_000, help: "last sentences of a story that are kept")
  static let noise = Option.number(
    "noise", default: 0.1, in: .atLeast(0).lessThan(1),
    help: "probability of an empty sentence after each one, in training")

  var trainingOptions: [OptionDeclaration] {
    [
      Self.data.declaration, Self.number.declaration, Self.epochs.declaration,
      Self.linearEpochs.declaration, Self.batch.declaration, Self.learningRate.declaration,
      Self.hops.declaration, Self.width.declaration, Self.sentences.declaration,
      Self.noise.declaration,
    ]
  }

  var evaluationOptions: [OptionDeclaration] { [Self.newData.declaration] }

  func leastMemory(_ settings: Settings) -> [LeastMemory] {
    [
      .weights(
        (settings[Self.hops] + 1, "tables"), (settings[Self.sentences], "sentences"),
        (settings[Self.width], "features"), loweredBy: ["hops", "sentences", "width"])
    ]
  }

  func train(_ session: TrainingSession) throws {
    let settings = session.settings
    let task = try StoryTask(settings[Self.number], in: settings[Self.data])
    let vocabulary = StoryVocabulary(of: task.training + task.validation + task.test)
    let key = RandomKey(seed: settings[CommonOptions.seed])
    let network = Self.network(settings, vocabulary, key: key.folding(in: 0))
    let training = try StoryTraining(
      network, on: vocabulary.numbered(task.training, from: task.source), settings)
    let validation = try vocabulary.numbered(task.validation, from: task.source)
    if session.isResuming { try training.trainer.restore(from: session.folder.training) }
    let plan = TrainingPlan(
      steps: training.stepCount, stepsPerEpoch: training.stepsPerEpoch, unit: "questions",
      lossUnit: "nats per answer", title: "memn2n, \(task.source)", best: "validation_loss",
      details: vocabulary.details)
    let isComplete = try session.train(network, with: training.trainer, plan) {
      try training.takeStep()
    } measure: {
      let score = network.score(on: validation)
      return Measurement(
        ["validation_loss": score.loss, "validation_accuracy": score.accuracy],
        summary: "validation \(score)")
    }
    guard isComplete else { return }
    try load(into: network, from: session.folder.model)
    let test = try vocabulary.numbered(task.test, from: task.source)
    session.note("test: \(network.score(on: test))")
  }

  func evaluate(_ session: RunSession) throws {
    let (network, task, vocabulary) = try trained(session, data: session.settings[Self.newData])
    let test = try vocabulary.numbered(task.test, from: task.source)
    session.console.print("\(task.source.escapedForDisplay): \(network.score(on: test))")
    let first = try network.explanation(of: task.test[0], vocabulary, from: task.source)
    session.console.print(first.description)
  }

  func inspect(_ session: RunSession) throws -> [HTMLReport.Part] {
    let (network, task, vocabulary) = try trained(session)
    let explanations = try task.test.prefix(5).map {
      try network.explanation(of: $0, vocabulary, from: task.source)
    }
    return [
      .heading("Attention"),
      .text("How much each hop looks at each sentence told before a question of the test."),
    ] + explanations.map { .figure(svg: $0.heatMap.svg(cell: 20)) }
  }

  /// - Parameter data: where the stories are now, if not where they were in training.
  private func trained(
    _ session: RunSession, data: String? = nil
  ) throws -> (MemoryNetwork<Float>, StoryTask, StoryVocabulary) {
    let settings = session.trainingSettings
    let task = try StoryTask(settings[Self.number], in: data ?? settings[Self.data])
    let vocabulary = try StoryVocabulary(savedIn: session)
    let network = Self.network(settings, vocabulary, key: RandomKey(seed: 0))
    try load(into: network, from: session.folder.model)
    return (network, task, vocabulary)
  }

  /// The network that a run's settings describe.
  static func network(
    _ settings: Settings, _ vocabulary: StoryVocabulary, key: RandomKey
  ) -> MemoryNetwork<Float> {
    MemoryNetwork(
      vocabulary: vocabulary.count, width: settings[width], hops: settings[hops],
      sentences: settings[sentences], key: key)
  }
}
