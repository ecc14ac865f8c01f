import Spool
import SpoolData
import SpoolNN
import SpoolTraining

extension CharLM {
  func leastMemory(_ settings: Settings) -> [LeastMemory] {
    let hidden = settings[Self.hidden]
    return [
      .weights(
        (settings[Self.layers], "layers"), (hidden, "units"), (hidden, "units"),
        loweredBy: ["layers", "hidden"])
    ]
  }

  func train(_ session: TrainingSession) throws {
    let settings = session.settings
    let text = try CharacterText(path: settings[Self.data])
    let network = settings[Self.cell].model(
      CharacterModelSizes(vocabulary: text.vocabulary.count, settings),
      key: RandomKey(seed: settings[CommonOptions.seed]).folding(in: 0))
    try train(network, on: text, session)
  }

  private func train(
    _ network: some LanguageNetwork, on text: CharacterText, _ session: TrainingSession
  ) throws {
    let (training, plan) = try Self.training(of: network, on: text, session.settings)
    if session.isResuming { try training.restore(from: session.folder.training) }
    let isComplete = try session.train(network, with: training.trainer, plan) {
      try training.takeStep()
    } measure: {
      // A text may be too short to hold anything out.
      guard text.validation.count > 1 else { return nil }
      let loss = try Self.meanCrossEntropy(of: text.validation, under: network)
      return Measurement(["validation_loss": loss], summary: "validation \(Self.summary(loss))")
    }
    if isComplete {
      let prompt = try text.vocabulary.encode(String(text.vocabulary.characters[0]))
      let sample = network.sample(
        after: prompt, count: 500, by: TokenSampling(temperature: 0.8),
        key: RandomKey(seed: session.settings[CommonOptions.seed]))
      session.note("It writes:\n" + (try text.vocabulary.decode(sample)))
    }
  }

  /// Adam with a cosine decay of the learning rate, gradients clipped to norm 1.
  static func training<Network: LanguageNetwork>(
    of network: Network, on text: CharacterText, _ settings: Settings
  ) throws -> (LanguageTraining<Network>, TrainingPlan) {
    // The package's sources are there to be learnt in two minutes: in fewer passes, but as many steps in each as a
    // smaller batch gives.
    let defaults: (epochs: Int, batch: Int, learningRate: Double) =
      settings[Self.data] == nil ? (4, 32, 0.006) : (24, 64, 0.002)
    let chunks: ContiguousBatches
    do {
      chunks = try ContiguousBatches(
        text.training, batch: settings[Self.batch] ?? defaults.batch, time: settings[Self.time])
    } catch {
      throw TextProblem(source: text.source, problem: error)
    }
    let steps = settings[Self.steps] ?? (settings[Self.epochs] ?? defaults.epochs) * chunks.count
    let trainer = Trainer(
      network, Adam(for: network),
      schedule: .cosineDecay(
        from: settings[Self.learningRate] ?? defaults.learningRate,
        warmUp: Swift.min(100, steps / 10), total: steps),
      clippingTo: 1)
    let plan = TrainingPlan(
      steps: steps, stepsPerEpoch: chunks.count, unit: "chars", lossUnit: "nats per character",
      title: "char-lm, \(settings[Self.cell].rawValue)",
      details: [
        TrainedCharacterModel.vocabularyDetail: String(
          String.UnicodeScalarView(text.vocabulary.characters))
      ])
    let key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 1)
    return (LanguageTraining(network, on: chunks, with: trainer, key: key), plan)
  }
}
