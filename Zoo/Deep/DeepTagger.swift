import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolPlot
import SpoolTraining

/// `deep-tagger`: tells for each symbol of a sequence whether it has occurred before and occurs again.
struct DeepTagger: ZooModel {
  let name = "deep-tagger"
  let family = "Deep"
  let task = "tag each symbol by whether it has occurred before and occurs again"
  let embeddedData = "random sequences"
  let reference =
    "none in the literature; who reads in one direction only cannot tell half of what is asked"
  let result = "0.02% of symbols wrong, 34.27% in one direction"

  static let cell = Option.choice("cell", default: DeepCell.lstm, help: "kind of cell")
  static let hidden = Option.integer("hidden", default: 48, in: 1...8192, help: "units per layer")
  static let layers = Option.integer("layers", default: 2, in: 1...64, help: "layers")
  static let isForward = Option.flag("forward", help: "read in one direction only")
  static let merge = Option.choice(
    "merge", default: Merge.concatenation, help: "what becomes of the two directions")
  static let isResidual = Option.flag(
    "residual", help: "let the input of a layer pass by it, where the sizes allow it")
  static let steps = Option.integer(
    "steps", default: 1000, in: 1...1_000_000_000, help: "steps of training")
  static let batch = Option.integer(
    "batch", default: 32, in: 1...65536, help: "sequences at a step")

  let trainingOptions = [
    cell.declaration, hidden.declaration, layers.declaration, isForward.declaration,
    merge.declaration, isResidual.declaration, steps.declaration, batch.declaration,
  ]
  let evaluationOptions: [OptionDeclaration] = []

  static let data = RepetitionTagging(symbols: 10, lengths: 4...16)

  static func network<S: RealScalar>(_ settings: Settings, key: RandomKey) -> DeepNetwork<S> {
    let (cell, hidden) = (settings[cell], settings[hidden])
    let features = 24
    var layers: [any SequenceLayer<S>] = []
    for place in 0..<settings[Self.layers] {
      let inputs = layers.last?.outputSize ?? features
      let keys = key.folding(in: place + 1).split()
      let forward: any SequenceLayer<S> = cell.layer(inputs: inputs, hidden: hidden, key: keys.0)
      var layer = forward
      if !settings[isForward] {
        layer = bidirectional(
          forward, cell.layer(inputs: inputs, hidden: hidden, key: keys.1), settings[merge])
      }
      layers.append(
        settings[isResidual] && layer.outputSize == inputs ? residual(layer) : layer)
    }
    return DeepNetwork(
      symbols: data.symbols, features: features, layers: Stack(layers), tags: 4,
      key: key.folding(in: 0))
  }

  private static func bidirectional<S: RealScalar>(
    _ forward: some SequenceLayer<S>, _ backward: some SequenceLayer<S>, _ merge: Merge
  ) -> any SequenceLayer<S> { Bidirectional(forward, backward, merge: merge) }

  private static func residual<S: RealScalar>(
    _ layer: some SequenceLayer<S>
  ) -> any SequenceLayer<S> { Residual(layer) }

  func leastMemory(_ settings: Settings) -> [LeastMemory] {
    let (layers, hidden) = (settings[Self.layers], settings[Self.hidden])
    return [
      .states(
        (Self.data.lengths.lowerBound, "time steps"), (settings[Self.batch], "sequences"),
        (layers, "layers"), (hidden, "units"), loweredBy: ["batch", "layers", "hidden"]),
      .weights(
        (layers, "layers"), (hidden, "units"), (hidden, "units"),
        loweredBy: ["layers", "hidden"]),
    ]
  }

  func train(_ session: TrainingSession) throws {
    let settings = session.settings
    let key = RandomKey(seed: settings[CommonOptions.seed])
    let network: DeepNetwork<Float> = Self.network(settings, key: key.folding(in: 0))
    let steps = settings[Self.steps]
    let trainer = Self.trainer(of: network, steps: steps)
    if session.isResuming { try trainer.restore(from: session.folder.training) }
    let plan = TrainingPlan(
      steps: steps, unit: "sequences", lossUnit: "nats per symbol", title: name)
    try session.train(network, with: trainer, plan) {
      let examples = Self.data.batch(
        settings[Self.batch], key: key.folding(in: 1).folding(in: trainer.step))
      let report = try trainer.takeStep {
        crossEntropy(
          logits: network(examples.symbols, lengths: examples.lengths), labels: examples.tags,
          mask: sequenceMask(lengths: examples.lengths, time: examples.tags.shape[0]))
      }
      return TrainedItems(report, count: settings[Self.batch])
    } measure: {
      let errors = Self.errorRate(network)
      return Measurement(["error_rate": errors], summary: Self.summary(errors))
    }
  }

  /// Adam at a rate that falls to 0 along half a cosine, with gradients clipped to a norm of 1.
  static func trainer(of model: some Module<Float>, steps: Int) -> Trainer<Float> {
    Trainer(
      model, Adam(for: model), schedule: .cosineDecay(from: 0.01, total: steps), clippingTo: 1)
  }

  func evaluate(_ session: RunSession) throws {
    session.console.print(Self.summary(Self.errorRate(try trained(session))))
  }

  func inspect(_ session: RunSession) throws -> [HTMLReport.Part] {
    let time = Self.data.lengths.upperBound
    let symbols = RepetitionTagging(symbols: Self.data.symbols, lengths: time...time)
      .batch(1, key: RandomKey(seed: 0)).symbols
    return Recording.parts(
      of: try trained(session).recordings(symbols), labels: symbols.scalars.map { "\($0)" },
      square: 16,
      about:
        "Over one sequence, whose symbols stand above; of each layer the units that change most.")
  }

  private func trained(_ session: RunSession) throws -> DeepNetwork<Float> {
    let network: DeepNetwork<Float> = Self.network(
      session.trainingSettings, key: RandomKey(seed: 0))
    try load(into: network, from: session.folder.model)
    return network
  }

  /// The share of symbols tagged wrongly, of 500 sequences that are not learnt from.
  static func errorRate(_ network: DeepNetwork<Float>) -> Double {
    let examples = data.batch(500, key: RandomKey(seed: 0).folding(in: 1))
    let tags = network(examples.symbols, lengths: examples.lengths).argmax(-1)
    let mask = sequenceMask(lengths: examples.lengths, time: tags.shape[0])
    let isWrong = ((tags .!= examples.tags) .& mask).scalars
    return Double(isWrong.count { $0 }) / Double(examples.lengths.reduce(0, +))
  }

  private static func summary(_ errors: Double) -> String {
    String(format: "%.2f%% of symbols tagged wrongly", locale: nil, 100 * errors)
  }
}
