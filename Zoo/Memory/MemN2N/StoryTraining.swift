import Spool
import SpoolData
import SpoolNN
import SpoolTraining

/// Training of a memory network: Adam with a cosine decay, gradients clipped to norm 40, the questions in a new order each
/// time they are gone through, and the softmax over the sentences left out at first.
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
    trainer = Trainer(
      network, Adam(for: network),
      schedule: .cosineDecay(from: settings[MemN2N.learningRate], total: stepCount),
      clippingTo: 40)
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
