import Spool
import SpoolData
import SpoolNN
import SpoolPlot
import SpoolTraining

/// `dnc`: learns algorithms on sequences of bits from examples, or to answer questions about stories.
struct DNC: ZooModel {
  let name = "dnc"
  let family = "Memory"
  let task =
    "learn an algorithm from examples, with a memory that knows what is free and in which order it was written"
  let embeddedData = "random sequences, drawn anew at each step"
  let reference =
    "Graves et al. 2016: learns what the neural Turing machine does, and answers 96.2% of the questions of "
    + "all bAbI tasks"
  let result =
    "copies and copies repeatedly; bAbI task 1, sentence by sentence and with renamed answers: 100.0%"

  static let controller = Option.choice(
    "controller", default: ControllerKind.gru, help: "network that uses the memory")
  static let hidden = Option.integer(
    "hidden", default: 100, in: 1...8192, help: "hidden units of the controller")
  static let slots = Option.integer(
    "slots", default: 32, in: 3...65536, help: "slots of the memory")
  static let width = Option.integer(
    "width", default: 20, in: 1...4096, help: "features of a slot")
  static let reads = Option.integer("reads", default: 1, in: 1...64, help: "heads that read")
  static let readsSentences = Option.flag(
    "by-sentence", help: "with --data, read a sentence at each step rather than a word")
  static let renames = Option.flag(
    "renamed-answers",
    help:
      "with --data, exchange the words that are answers for each other in each story learnt from, where "
      + "they are names that any other could stand for")
  static let masksKeys = Option.flag(
    "masked-keys", help: "let keys choose the features of slots that they are compared by")
  static let wipesFreedSlots = Option.flag(
    "wiped-slots", help: "wipe what is freed, so that it cannot be found by its content")
  static let sharpensLinks = Option.flag(
    "sharp-links", help: "let heads sharpen where the order of writing leads them")
  static let steps = AlgorithmOptions.steps(default: 8000)
  static let data = Option.optionalText(
    "data", placeholder: "DIR",
    help: "folder with the files of the bAbI tasks, en-10k: learn to answer questions instead",
    mayChangeOnResume: true)
  static let newData = Option.optionalText(
    "data", placeholder: "DIR",
    help: "where the files of the bAbI tasks are now (default: as in training)")
  static let number = Option.integer(
    "babi", default: 1, in: 1...20, help: "bAbI task, with --data")

  var trainingOptions: [OptionDeclaration] {
    AlgorithmOptions.shared + [
      Self.steps.declaration, Self.controller.declaration, Self.hidden.declaration,
      Self.slots.declaration, Self.width.declaration, Self.reads.declaration,
      Self.masksKeys.declaration, Self.wipesFreedSlots.declaration,
      Self.sharpensLinks.declaration, Self.data.declaration, Self.number.declaration,
      Self.readsSentences.declaration, Self.renames.declaration,
    ]
  }

  var evaluationOptions: [OptionDeclaration] {
    [AlgorithmOptions.size.declaration, Self.newData.declaration]
  }

  func leastMemory(_ settings: Settings) -> [LeastMemory] {
    let (task, slots) = (AlgorithmTask(settings), settings[Self.slots])
    let time = settings[Self.data] == nil ? task.sizes.upperBound : 1
    return [
      // The links from each slot to each.
      .states(
        (time, "time steps"), (settings[AlgorithmOptions.batch] ?? task.batch, "sequences"),
        (slots, "slots"), (slots, "slots"), loweredBy: ["longest", "batch", "slots"])
    ]
  }

  func train(_ session: TrainingSession) throws {
    let settings = session.settings
    let key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 0)
    if let folder = settings[Self.data] {
      let stories = try StoryReading(
        StoryTask(settings[Self.number], in: folder), bySentence: settings[Self.readsSentences])
      return try session.train(
        Self.network(
          settings, inputs: stories.encoding.inputSize, outputs: stories.encoding.vocabularySize,
          key: key), on: stories, steps: settings[Self.steps])
    }
    let task = AlgorithmTask(settings)
    try session.train(
      Self.network(settings, inputs: task.inputSize, outputs: task.outputSize, key: key),
      on: task, steps: settings[Self.steps], title: "\(name), \(task.kind.rawValue)")
  }

  func evaluate(_ session: RunSession) throws {
    switch try trained(session, data: session.settings[Self.newData]) {
    case .algorithm(let network, let task): try session.report(network, on: task)
    case .stories(let network, let stories, let task):
      let score = network.score(on: stories.test, stories.encoding)
      session.console.print("\(task.source.escapedForDisplay): \(score)")
    }
  }

  func inspect(_ session: RunSession) throws -> [HTMLReport.Part] {
    switch try trained(session) {
    case .algorithm(let network, let task): task.inspection(of: network)
    case .stories(let network, let stories, _): stories.inspection(of: network)
    }
  }

  /// What a run has trained.
  private enum Trained {
    case algorithm(any BitNetwork, AlgorithmTask)
    case stories(any BitNetwork, StoryReading, StoryTask)
  }

  /// - Parameter data: where the stories are now, if not where they were in training.
  private func trained(_ session: RunSession, data: String? = nil) throws -> Trained {
    let settings = session.trainingSettings
    func network(_ inputs: Int, _ outputs: Int) throws -> any BitNetwork {
      let network = Self.network(
        settings, inputs: inputs, outputs: outputs, key: RandomKey(seed: 0))
      try load(into: network, from: session.folder.model)
      return network
    }
    guard let folder = settings[Self.data] else {
      let task = AlgorithmTask(settings)
      return .algorithm(try network(task.inputSize, task.outputSize), task)
    }
    let task = try StoryTask(settings[Self.number], in: data ?? folder)
    let stories = try StoryReading(task, savedIn: session)
    let encoding = stories.encoding
    return .stories(
      try network(encoding.inputSize, encoding.vocabularySize), stories, task)
  }

  /// The network that a run's settings describe.
  private static func network(
    _ settings: Settings, inputs: Int, outputs: Int, key: RandomKey
  ) -> any BitNetwork {
    let sizes = NeuralComputerSizes(
      inputs: inputs, outputs: outputs, hidden: settings[hidden], slots: settings[slots],
      width: settings[width], reads: settings[reads], masksKeys: settings[masksKeys],
      wipesFreedSlots: settings[wipesFreedSlots], sharpensLinks: settings[sharpensLinks])
    let keys = key.split()
    return settings[controller].network(
      DifferentiableNeuralComputer<Float>(sizes, key: keys.0), key: keys.1)
  }
}
