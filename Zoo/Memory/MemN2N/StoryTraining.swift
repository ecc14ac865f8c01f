import Spool
import SpoolNN
import SpoolTraining

/// Training of a memory network: Adam with a cosine decay, gradients clipped to norm 40, the questions in a new order each
/// time they are gone through, and the softmax over the sentences left out at first.
final class StoryTraining {
  let trainer: Trainer<Float>
  let stepsPerEpoch: Int
  let stepCount: Int

  private let network: MemoryNetwork<Float>
  private let questions: [NumberedQuestion]
  private let batch: Int
  private let linearSteps: Int
  private let noise: Double
  private let key: RandomKey
  private var order: (epoch: Int, places: [Int32]) = (-1, [])

  init(
    _ network: MemoryNetwork<Float>, on questions: [NumberedQuestion], _ settings: Settings
  ) {
    self.network = network
    self.questions = questions
    batch = settings[MemN2N.batch]
    stepsPerEpoch = (questions.count + batch - 1) / batch
    stepCount = settings[MemN2N.epochs] * stepsPerEpoch
    linearSteps = settings[MemN2N.linearEpochs] * stepsPerEpoch
    noise = settings[MemN2N.noise]
    key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 1)
    trainer = Trainer(
      network, Adam(for: network),
      schedule: .cosineDecay(from: settings[MemN2N.learningRate], total: stepCount),
      clippingTo: 40)
  }

  /// One step, on the next questions.
  func takeStep() throws -> TrainedItems {
    let (epoch, place) = trainer.step.quotientAndRemainder(dividingBy: stepsPerEpoch)
    if order.epoch != epoch {
      let key = key.folding(in: 0).folding(in: epoch)
      order = (epoch, Tensor.permutation(questions.count, key: key).scalars)
    }
    let chosen = order.places[(place * batch)..<min((place + 1) * batch, questions.count)]
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
