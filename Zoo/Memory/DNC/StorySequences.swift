import Spool
import SpoolData
import SpoolNN

/// A story with its questions, step by step, each answer asked for by a mark at its place.
struct StorySequence: Equatable {
  /// The numbers of the words and marks that each step reads.
  var steps: [[Int32]] = []
  /// The answer that each step asks for; -1 where none does.
  var answers: [Int32] = []

  /// The story with `names` exchanged for each other at random, the same ones in sentences, questions and answers.
  func renamed(_ names: [Int32], key: RandomKey) -> StorySequence {
    let order = Tensor<Int32>.permutation(names.count, key: key).scalars
    let others = Dictionary(uniqueKeysWithValues: zip(names, order.map { names[Int($0)] }))
    func renamed(_ word: Int32) -> Int32 { others[word] ?? word }
    return StorySequence(steps: steps.map { $0.map(renamed) }, answers: answers.map(renamed))
  }
}

/// How stories become the inputs of a network: as the words of a step side by side.
struct StoryEncoding: Equatable {
  /// How many numbers stand for words, that for none included.
  let vocabularySize: Int
  /// How many words a step has room for: 1, or those of the longest sentence.
  let wordsPerStep: Int

  var inputSize: Int { vocabularySize * wordsPerStep }
}

extension StoryVocabulary {
  /// The marks at the end of a sentence, at the end of a question, and where the answer is asked for.
  static let marks = [".", "?", "-"]

  /// The stories that the questions are about, word by word or sentence by sentence.
  func sequences(
    _ questions: [StoryQuestion], bySentence: Bool, from source: String
  ) throws(UnknownWord) -> [StorySequence] {
    let marks = try numbered(
      [StoryQuestion(sentences: [], question: Self.marks, answer: "-", support: [])],
      from: source)[0].question
    var sequences: [StorySequence] = []
    var told = 0
    var story: Int?
    for (question, numbered) in zip(questions, try numbered(questions, from: source)) {
      if question.story != story {
        story = question.story
        sequences.append(StorySequence())
        told = 0
      }
      let last = sequences.count - 1
      func read(_ words: [Int32], answer: Int32 = -1) {
        let steps = bySentence ? [words] : words.map { [$0] }
        sequences[last].steps += steps
        sequences[last].answers += [Int32](repeating: -1, count: steps.count - 1) + [answer]
      }
      for sentence in numbered.sentences[told...] { read(sentence + [marks[0]]) }
      told = numbered.sentences.count
      read(numbered.question + marks[1...], answer: numbered.answer)
    }
    return sequences
  }
}

/// Stories side by side.
struct StorySequenceBatch {
  /// `[time, batch, words per step]`; 0 past the end of a step or of a story.
  let words: Tensor<Int32>
  /// `[time, batch]`, and where there are answers at all.
  let answers: Tensor<Int32>
  let isAnswer: Tensor<Bool>

  /// - Parameter stories: none has a step of more words than there is room for.
  init(_ stories: [StorySequence], _ encoding: StoryEncoding) {
    let time = stories.map(\.steps.count).max() ?? 0
    func steps<T>(_ row: (StorySequence, Int) -> T, _ none: T) -> [T] {
      (0..<time).flatMap { step in
        stories.map { step < $0.steps.count ? row($0, step) : none }
      }
    }
    let room = encoding.wordsPerStep
    func padded(_ words: [Int32]) -> [Int32] {
      words + [Int32](repeating: 0, count: room - words.count)
    }
    let shape = Shape([time, stories.count])
    words = Tensor(
      shape: [time, stories.count, room],
      steps({ padded($0.steps[$1]) }, padded([])).flatMap { $0 })
    answers = Tensor(shape: shape, steps({ max($0.answers[$1], 0) }, 0))
    isAnswer = Tensor(shape: shape, steps({ $0.answers[$1] >= 0 }, false))
  }

  /// The words of each step side by side, `[time, batch, inputs]`.
  func inputs(_ encoding: StoryEncoding) -> Tensor<Float> {
    oneHot(words, depth: encoding.vocabularySize)
      .reshaped(to: [words.shape[0], words.shape[1], encoding.inputSize])
  }
}

extension BitNetwork {
  /// The logits of the words that answer, at every step.
  func logits(for stories: StorySequenceBatch, _ encoding: StoryEncoding) -> Tensor<Float> {
    self(stories.inputs(encoding))
  }

  /// The mean cross-entropy of the answers, in nats.
  func loss(on stories: StorySequenceBatch, _ encoding: StoryEncoding) -> Tensor<Float> {
    crossEntropy(
      logits: logits(for: stories, encoding), labels: stories.answers, mask: stories.isAnswer)
  }

  /// How well the questions of `stories` are answered.
  func score(on stories: [StorySequence], _ encoding: StoryEncoding) -> StoryScore {
    var (loss, right, count) = (0.0, 0, 0)
    for start in stride(from: 0, to: stories.count, by: 50) {
      let part = StorySequenceBatch(
        Array(stories[start..<min(start + 50, stories.count)]), encoding)
      let logits = logits(for: part, encoding)
      loss += Double(
        crossEntropy(
          logits: logits, labels: part.answers, mask: part.isAnswer, reduction: .sum
        ).scalar)
      let isRight = (logits.argmax(-1) .== part.answers) .& part.isAnswer
      right += isRight.scalars.count { $0 }
      count += part.isAnswer.scalars.count { $0 }
    }
    return StoryScore(loss: loss / Double(count), accuracy: Double(right) / Double(count))
  }
}
