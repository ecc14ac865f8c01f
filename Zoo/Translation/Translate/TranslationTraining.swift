import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolTraining

extension Translate {
  func leastMemory(_ settings: Settings) -> [LeastMemory] {
    let hidden = settings[Self.hidden] ?? 0
    return [
      // Of the encoder's two directions and the decoder, which is twice as wide.
      .weights((6, "blocks"), (hidden, "units"), (hidden, "units"), loweredBy: ["hidden"])
    ]
  }

  func train(_ session: TrainingSession) throws {
    let settings = session.settings
    let corpus = try TranslationCorpus(data: settings[Self.data], settings)
    let vocabularies = try TranslationVocabularies(
      of: corpus.training, minimumCount: settings[Self.minimumCount])
    let model = TranslationModel<Float>(
      TranslationSizes(vocabularies, settings),
      key: RandomKey(seed: settings[CommonOptions.seed]).folding(in: 0))
    let training = try TranslationTraining(model, corpus, vocabularies, settings)
    if session.isResuming { try training.trainer.restore(from: session.folder.training) }
    let plan = TrainingPlan(
      steps: training.stepCount, stepsPerEpoch: training.buckets.batchesPerEpoch, unit: "words",
      lossUnit: "nats per word",
      title: "translate, attention: \(settings[Self.attention].rawValue)",
      best: "validation_loss", details: vocabularies.details)
    let isComplete = try session.train(model, with: training.trainer, plan) {
      try training.takeStep()
    } measure: {
      let loss = training.validationLoss()
      return Measurement(
        ["validation_loss": loss.nats], summary: "validation \(Self.summary(loss))")
    }
    guard isComplete else { return }
    try load(into: model, from: session.folder.model)
    let translations = try TestedTranslations(
      of: corpus.test, by: Translator(model, vocabularies), TranslationSearch())
    session.note("The best model, on the test part: \(translations.summary)")
  }

  static func summary(_ loss: TokenLoss) -> String {
    String(
      format: "%.4f nats per word, perplexity %.2f", locale: nil, loss.nats, loss.perplexity)
  }
}

/// Training of a translation model: Adam with a cosine decay of the learning rate, gradients clipped to norm 1,
/// batches of sentences of about the same length.
final class TranslationTraining {
  let stepCount: Int
  let model: TranslationModel<Float>
  let trainer: Trainer<Float>
  let buckets: LengthBuckets
  private let pairs: [(source: [Int32], target: [Int32])]
  private let validation: [(source: [Int32], target: [Int32])]
  private let settings: Settings
  private let key: RandomKey
  private var epoch: (number: Int, batches: [[Int]])?

  init(
    _ model: TranslationModel<Float>, _ corpus: TranslationCorpus,
    _ vocabularies: TranslationVocabularies, _ settings: Settings
  ) throws {
    self.model = model
    self.settings = settings
    pairs = try vocabularies.encode(corpus.training)
    validation = try vocabularies.encode(corpus.validation)
    key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 1)
    buckets = LengthBuckets(
      lengths: pairs.map { $0.source.count + $0.target.count }, batch: settings[Translate.batch],
      key: key.folding(in: 0))
    stepCount =
      settings[Translate.steps] ?? settings[Translate.epochs] * buckets.batchesPerEpoch
    let isToy = settings[Translate.data] == nil
    let rate = settings[Translate.learningRate] ?? (isToy ? 0.005 : 0.0015)
    trainer = Trainer(
      model, Adam(for: model),
      schedule: .cosineDecay(from: rate, warmUp: Swift.min(100, stepCount / 10), total: stepCount),
      clippingTo: 1)
  }

  /// One step, on the next batch.
  func takeStep() throws -> TrainedItems {
    let step = trainer.step
    let (number, place) = step.quotientAndRemainder(dividingBy: buckets.batchesPerEpoch)
    if epoch?.number != number { epoch = (number, buckets.batches(ofEpoch: number)) }
    let items = epoch!.batches[place].map { pairs[$0] }
    let batch = TranslationBatch(source: items.map(\.source), target: items.map(\.target))
    // Rises along a line, so that the decoder learns from true words first.
    let sampling = settings[Translate.scheduledSampling] * Double(step) / Double(stepCount)
    let report = try trainer.takeStep {
      model.loss(
        batch, key: key.folding(in: 1).folding(in: step), sampling: sampling,
        smoothing: Float(settings[Translate.labelSmoothing]))
    }
    return TrainedItems(report, count: batch.targets.tokenCount)
  }

  func validationLoss() -> TokenLoss { model.loss(of: validation) }
}

extension TranslationModel {
  /// The cross-entropy of the translations of sentences, the true words before each word given: in batches of
  /// sentences of about the same length.
  func loss(of pairs: [(source: [Int32], target: [Int32])], batch: Int = 100) -> TokenLoss {
    let sorted = pairs.sorted { $0.source.count < $1.source.count }
    var result = TokenLoss()
    for start in stride(from: 0, to: sorted.count, by: batch) {
      let items = sorted[start..<Swift.min(start + batch, sorted.count)]
      let batch = TranslationBatch(source: items.map(\.source), target: items.map(\.target))
      result.add(
        sum: loss(batch, reduction: .sum).scalar.asDouble, count: batch.targets.tokenCount)
    }
    return result
  }
}
