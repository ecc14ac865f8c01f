import Spool
import SpoolData
import SpoolNN
import SpoolTraining

/// Stories read step by step, and their questions answered on the way.
struct StoryReading {
  let vocabulary: StoryVocabulary
  let encoding: StoryEncoding
  let training: [StorySequence]
  let validation: [StorySequence]
  let test: [StorySequence]

  /// The stories of a task, to be learnt.
  init(_ task: StoryTask, bySentence: Bool) throws {
    let all = task.training + task.validation + task.test
    let vocabulary = StoryVocabulary(words: StoryVocabulary(of: all).words + StoryVocabulary.marks)
    // A sentence is followed by one mark, a question by two.
    let longest = all.map { max(($0.sentences.map(\.count).max() ?? 0) + 1, $0.question.count + 2) }
    try self.init(
      task, vocabulary, bySentence: bySentence,
      wordsPerStep: bySentence ? longest.max() ?? 1 : 1)
  }

  /// The stories of a task for the trained model of a run.
  init(_ task: StoryTask, savedIn session: RunSession) throws {
    let bySentence = session.trainingSettings[DNC.readsSentences]
    try self.init(
      task, StoryVocabulary(savedIn: session), bySentence: bySentence,
      wordsPerStep: bySentence ? Self.wordsPerStep(savedIn: session) : 1)
  }

  private static func wordsPerStep(savedIn session: RunSession) throws -> Int {
    let saved = try session.detail(room)
    guard let count = Int(saved), count > 0 else {
      throw RunError.damaged(
        file: session.folder.configuration, reason: "\"\(room)\" is \(saved), not a number above 0")
    }
    return count
  }

  private init(
    _ task: StoryTask, _ vocabulary: StoryVocabulary, bySentence: Bool, wordsPerStep: Int
  ) throws {
    func sequences(_ questions: [StoryQuestion]) throws -> [StorySequence] {
      let sequences = try vocabulary.sequences(
        questions, bySentence: bySentence, from: task.source)
      let longest = sequences.flatMap(\.steps).map(\.count).max() ?? 0
      guard longest <= wordsPerStep else {
        throw LongSentence(source: task.source, length: longest, room: wordsPerStep)
      }
      return sequences
    }
    self.vocabulary = vocabulary
    encoding = StoryEncoding(vocabularySize: vocabulary.count, wordsPerStep: wordsPerStep)
    training = try sequences(task.training)
    validation = try sequences(task.validation)
    test = try sequences(task.test)
  }

  /// The words that answer a question to learn from.
  var names: [Int32] { Set(training.flatMap(\.answers).filter { $0 >= 0 }).sorted() }

  /// What `config.json` keeps.
  var details: [String: String] {
    vocabulary.details.merging([Self.room: "\(encoding.wordsPerStep)"]) { $1 }
  }

  private static let room = "words per step"

  private struct LongSentence: Error, CustomStringConvertible {
    let source: String
    let length: Int
    let room: Int
    var description: String {
      "\(source.escapedForDisplay): a sentence has \(length) words and marks, but the model was trained for "
        + "at most \(room); give the task that it was trained on"
    }
  }
}

extension TrainingSession {
  private static let storyBatch = 32

  /// Trains `network` to answer, on stories drawn at random, as it learns algorithms.
  func train(_ network: some BitNetwork, on stories: StoryReading, steps: Int) throws {
    let batch = settings[AlgorithmOptions.batch] ?? Self.storyBatch
    let key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 1)
    let encoding = stories.encoding
    let names = settings[DNC.renames] ? stories.names : nil
    let trainer = AlgorithmTask.trainer(
      of: network, rate: settings[AlgorithmOptions.learningRate], steps: steps)
    if isResuming { try trainer.restore(from: folder.training) }
    let plan = TrainingPlan(
      steps: steps, unit: "stories", lossUnit: "nats per answer", title: "dnc, stories",
      best: "validation_loss", details: stories.details)
    let isComplete = try train(network, with: trainer, plan) {
      let stepKey = key.folding(in: trainer.step)
      let places = Tensor<Int32>.uniform(
        [batch], in: 0..<Int32(stories.training.count), key: stepKey)
      let chosen = places.scalars.enumerated().map { item, place in
        let story = stories.training[Int(place)]
        return names.map { story.renamed($0, key: stepKey.folding(in: item)) } ?? story
      }
      let stories = StorySequenceBatch(chosen, encoding)
      let report = try trainer.takeStep { network.loss(on: stories, encoding) }
      return TrainedItems(report, count: batch)
    } measure: {
      let score = network.score(on: stories.validation, stories.encoding)
      return Measurement(
        ["validation_loss": score.loss, "validation_accuracy": score.accuracy],
        summary: "validation \(score)")
    }
    guard isComplete else { return }
    try load(into: network, from: folder.model)
    note("test: \(network.score(on: stories.test, stories.encoding))")
  }
}
