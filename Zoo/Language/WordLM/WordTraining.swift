import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolTraining

extension WordLM {
  func leastMemory(_ settings: Settings) -> [LeastMemory] {
    let hidden = settings[Self.hidden] ?? WordRecipe(settings[Self.size]).hidden
    return [
      .weights(
        (settings[Self.layers], "layers"), (8, "matrices"), (hidden, "units"), (hidden, "units"),
        loweredBy: ["layers", "hidden"])
    ]
  }

  func train(_ session: TrainingSession) throws {
    let settings = session.settings
    let text = try WordText(path: settings[Self.data])
    let network = WordNetwork<Float>(
      WordNetworkSizes(vocabulary: text.vocabulary.count, settings),
      key: RandomKey(seed: settings[CommonOptions.seed]).folding(in: 0))
    let (training, plan) = try Self.training(of: network, on: text, settings)
    if session.isResuming { try training.restore(from: session.folder.training) }
    try session.train(network, with: training.trainer, plan) {
      try training.takeStep()
    } measure: {
      guard text.validation.count > 1 else { return nil }
      let loss = try Self.meanCrossEntropy(of: text.validation, under: network)
      return Measurement(["validation_loss": loss], summary: "validation \(Self.summary(loss))")
    }
  }

  static func training(
    of network: WordNetwork<Float>, on text: WordText, _ settings: Settings
  ) throws -> (LanguageTraining<WordNetwork<Float>>, TrainingPlan) {
    let recipe = WordRecipe(settings[size])
    let time = settings[Self.time] ?? recipe.time
    let chunks: ContiguousBatches
    do {
      chunks = try ContiguousBatches(text.training, batch: settings[batch], time: time)
    } catch {
      throw TextProblem(source: text.source, problem: error)
    }
    let trainer = Trainer(
      network, SGD(for: network, learningRate: Double(time)),
      schedule: recipe.schedule(time: time, stepsPerEpoch: chunks.count),
      clippingTo: .norm(recipe.clippingNorm(time: time)))
    let plan = TrainingPlan(
      steps: settings[steps] ?? (settings[epochs] ?? recipe.epochs) * chunks.count,
      stepsPerEpoch: chunks.count, unit: "words", lossUnit: "nats per word",
      title: "word-lm, \(settings[size].rawValue)",
      details: [vocabularyDetail: text.vocabulary.lines])
    let key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 1)
    return (LanguageTraining(network, on: chunks, with: trainer, key: key), plan)
  }

  /// The cross-entropy of words read as one stream from the zero state, in nats per word.
  static func meanCrossEntropy(
    of words: [Int32], under network: WordNetwork<Float>, progress: (Double) -> Void = { _ in }
  ) throws -> Double {
    try network.meanCrossEntropy(of: words, batch: 1, time: 256, progress: progress)
  }

  static func summary(_ loss: Double) -> String {
    String(format: "perplexity %.2f, %.4f nats per word", locale: nil, exp(loss), loss)
  }

  /// The name under which `config.json` holds the vocabulary.
  static let vocabularyDetail = "vocabulary"
}

extension WordNetworkSizes {
  init(vocabulary: Int, _ settings: Settings) {
    let recipe = WordRecipe(settings[WordLM.size])
    self.init(
      vocabulary: vocabulary, hidden: settings[WordLM.hidden] ?? recipe.hidden,
      layers: settings[WordLM.layers], initialBound: recipe.initialBound,
      dropout: settings[WordLM.dropout] ?? recipe.dropout,
      isVariational: settings[WordLM.variational], isTied: settings[WordLM.tied])
  }
}
