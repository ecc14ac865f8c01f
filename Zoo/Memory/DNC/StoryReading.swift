import Spool
import SpoolData
import SpoolNN
import SpoolTraining

/// Stories read word by word, and their questions answered on the way.
struct StoryReading {
  let vocabulary: StoryVocabulary
  let training: [StorySequence]
  let validation: [StorySequence]
  let test: [StorySequence]

  /// - Parameter vocabulary: that of a trained model; nil to take the one of the task.
  init(_ task: StoryTask, _ vocabulary: StoryVocabulary? = nil) throws {
    let own = StoryVocabulary(of: task.training + task.validation + task.test)
    let vocabulary = vocabulary ?? StoryVocabulary(words: own.words + StoryVocabulary.marks)
    self.vocabulary = vocabulary
    training = try vocabulary.sequences(task.training, from: task.source)
    validation = try vocabulary.sequences(task.validation, from: task.source)
    test = try vocabulary.sequences(task.test, from: task.source)
  }

  /// How many numbers stand for words.
  var size: Int { vocabulary.count }
}

extension TrainingSession {
  private static let storyBatch = 32

  /// Trains `network` to answer, on stories drawn at random: Adam with a cosine decay, gradients clipped to norm 10.
  func train(_ network: some BitNetwork, on stories: StoryReading, steps: Int) throws {
    let rate = settings[AlgorithmOptions.learningRate]
    let batch = settings[AlgorithmOptions.batch] ?? Self.storyBatch
    let key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 1)
    let size = stories.size
    let trainer = Trainer(
      network, Adam(for: network),
      schedule: .cosineDecay(from: rate, to: rate / 10, total: steps), clippingTo: 10)
    if isResuming { try trainer.restore(from: folder.training) }
    let plan = TrainingPlan(
      steps: steps, unit: "stories", lossUnit: "nats per answer", title: "dnc, stories",
      best: "validation_loss", details: stories.vocabulary.details)
    let isComplete = try train(network, with: trainer, plan) {
      let places = Tensor<Int32>.uniform(
        [batch], in: 0..<Int32(stories.training.count), key: key.folding(in: trainer.step))
      let chosen = StorySequenceBatch(places.scalars.map { stories.training[Int($0)] })
      let report = try trainer.takeStep {
        crossEntropy(
          logits: network.logits(for: chosen, vocabularySize: size), labels: chosen.answers,
          mask: chosen.isAnswer)
      }
      return TrainedItems(report, count: batch)
    } measure: {
      let score = network.score(on: stories.validation, vocabularySize: size)
      return Measurement(
        ["validation_loss": score.loss, "validation_accuracy": score.accuracy],
        summary: "validation \(score)")
    }
    guard isComplete else { return }
    try load(into: network, from: folder.model)
    note("test: \(network.score(on: stories.test, vocabularySize: size))")
  }
}
