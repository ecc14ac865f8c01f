import Spool
import SpoolData
import SpoolNN
import SpoolTraining

/// Training of a memory network: the questions in a new order each time they are gone through, and the softmax over the
/// sentences left out at first.
final class StoryTraining {
  let trainer: Trainer<Float>
  var stepsPerEpoch: Int { batches.stepsPerEpoch }
  let stepCount: Int

  private let network: MemoryNetwork<Float>
  private let questions: [NumberedQuestion]
  private var batches: ShuffledBatches
  private let linearSteps: Int
  private let noise: Double
  private let key: RandomKey

  init(
    _ network: MemoryNetwork<Float>, on questions: [NumberedQuestion], _ settings: Settings
  ) {
    self.network = network
    self.questions = questions
    key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 1)
    batches = ShuffledBatches(
      count: questions.count, batch: settings[MemN2N.batch], key: key.folding(in: 0))
    let stepsPerEpoch = batches.stepsPerEpoch
    stepCount = settings[MemN2N.epochs] * stepsPerEpoch
    linearSteps = settings[MemN2N.linearEpochs] * stepsPerEpoch
    noise = settings[MemN2N.noise]
    trainer = Self.trainer(
      of: network, rate: settings[MemN2N.learningRate], steps: stepCount)
  }

  /// Adam at a rate that falls to 0 along half a cosine, with gradients clipped to a norm of 40.
  static func trainer(of model: some Module<Float>, rate: Double, steps: Int) -> Trainer<Float> {
    Trainer(
      model, Adam(for: model), schedule: .cosineDecay(from: rate, total: steps), clippingTo: 40)
  }

  /// One step, on the next questions.
  func takeStep() throws -> TrainedItems {
    let chosen = batches.places(at: trainer.step)
    let limit = network.sentenceLimit
    let gaps = Tensor<Bool>.bernoulli(
      [chosen.count, limit], probability: noise,
      key: key.folding(in: 1).folding(in: trainer.step))
    let stories = StoryBatch(chosen.map { questions[Int($0)] }, limit: limit, gaps: gaps)
    let isLinear = trainer.step < linearSteps
    let report = try trainer.takeStep {
      crossEntropy(
        logits: network(stories, isLinear: isLinear).logits, labels: stories.answers)
    }
    return TrainedItems(report, count: chosen.count)
  }
}
