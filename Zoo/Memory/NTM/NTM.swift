import Spool
import SpoolNN
import SpoolPlot
import SpoolTraining

/// `ntm`: learns algorithms on sequences of bits from examples, with a memory beside the network.
struct NTM: ZooModel {
  let name = "ntm"
  let family = "Memory"
  let task = "learn an algorithm from examples, with a memory: copy, copy repeatedly or recall"
  let embeddedData = "random sequences, drawn anew at each step"
  let reference =
    "Graves et al. 2014: trained to copy up to 20 vectors, copies 120 with few errors where an LSTM "
    + "fails from 21 on"
  let result =
    "copies 60 vectors without a wrong bit after up to 20; an LSTM of as many parameters: 50 of 160 bits wrong at 20"

  static let controller = Option.choice(
    "controller", default: ControllerKind.gru, help: "network that uses the memory")
  static let isPlain = Option.flag(
    "without-memory", help: "an LSTM with as many parameters instead, to compare with")
  static let hidden = Option.integer(
    "hidden", default: 100, in: 1...8192, help: "hidden units of the controller")
  static let slots = Option.integer(
    "slots", default: 128, in: 3...65536, help: "slots of the memory")
  static let width = Option.integer(
    "width", default: 20, in: 1...4096, help: "features of a slot")
  static let reads = Option.integer("reads", default: 1, in: 1...64, help: "heads that read")
  static let writes = Option.integer("writes", default: 1, in: 1...64, help: "heads that write")
  static let steps = AlgorithmOptions.steps(default: 25_000)

  var trainingOptions: [OptionDeclaration] {
    AlgorithmOptions.shared + [
      Self.steps.declaration, Self.controller.declaration, Self.isPlain.declaration,
      Self.hidden.declaration, Self.slots.declaration, Self.width.declaration,
      Self.reads.declaration, Self.writes.declaration,
    ]
  }

  var evaluationOptions: [OptionDeclaration] { [AlgorithmOptions.size.declaration] }

  func leastMemory(_ settings: Settings) -> [LeastMemory] {
    let task = AlgorithmTask(settings)
    return [
      .states(
        (task.sizes.upperBound, "time steps"),
        (settings[AlgorithmOptions.batch] ?? task.batch, "sequences"),
        (settings[Self.slots], "slots"), (settings[Self.width], "features"),
        loweredBy: ["longest", "batch", "slots", "width"])
    ]
  }

  func train(_ session: TrainingSession) throws {
    let task = AlgorithmTask(session.settings)
    let key = RandomKey(seed: session.settings[CommonOptions.seed]).folding(in: 0)
    let network = Self.network(session.settings, for: task, key: key)
    let isPlain = session.settings[Self.isPlain]
    try session.train(
      network, on: task, steps: session.settings[Self.steps],
      title: "\(isPlain ? "LSTM" : name), \(task.kind.rawValue)")
  }

  func evaluate(_ session: RunSession) throws {
    let task = AlgorithmTask(session.trainingSettings)
    try session.report(trained(session, for: task), on: task)
  }

  func inspect(_ session: RunSession) throws -> [HTMLReport.Part] {
    let task = AlgorithmTask(session.trainingSettings)
    return task.inspection(of: try trained(session, for: task))
  }

  private func trained(_ session: RunSession, for task: AlgorithmTask) throws -> any BitNetwork {
    let network = Self.network(session.trainingSettings, for: task, key: RandomKey(seed: 0))
    try load(into: network, from: session.folder.model)
    return network
  }

  /// The network that a run's settings describe.
  static func network(
    _ settings: Settings, for task: AlgorithmTask, key: RandomKey
  ) -> any BitNetwork {
    let sizes = NeuralTuringMachineSizes(
      inputs: task.inputSize, outputs: task.outputSize, hidden: settings[hidden],
      slots: settings[slots], width: settings[width], reads: settings[reads],
      writes: settings[writes])
    let keys = key.split()
    let machine = settings[controller].network(
      NeuralTuringMachine<Float>(sizes, key: keys.0), key: keys.1)
    guard settings[isPlain] else { return machine }
    return PlainBitNetwork(
      inputs: task.inputSize, outputs: task.outputSize, parameters: machine.parameterCount,
      key: key)
  }
}
