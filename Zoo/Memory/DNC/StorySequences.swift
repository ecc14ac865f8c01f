import Spool
import SpoolData
import SpoolNN

/// A story with its questions as one row of words, each answer asked for by a mark at its place.
struct StorySequence: Equatable {
  /// The numbers of words and marks.
  var words: [Int32] = []
  /// The answer that each step asks for; -1 where none does.
  var answers: [Int32] = []
}

extension StoryVocabulary {
  /// The marks at the end of a sentence, at the end of a question, and where the answer is asked for.
  static let marks = [".", "?", "-"]

  /// The stories that the questions are about, word by word.
  func sequences(
    _ questions: [StoryQuestion], from source: String
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
      var words = numbered.sentences[told...].flatMap { $0 + [marks[0]] }
      told = numbered.sentences.count
      words += numbered.question + marks[1...]
      let last = sequences.count - 1
      sequences[last].words += words
      sequences[last].answers += [Int32](repeating: -1, count: words.count - 1)
      sequences[last].answers.append(numbered.answer)
    }
    return sequences
  }
}

/// Stories side by side.
struct StorySequenceBatch {
  /// `[time, batch]`; 0 past the end of a story.
  let words: Tensor<Int32>
  /// `[time, batch]`, and where there are answers at all.
  let answers: Tensor<Int32>
  let isAnswer: Tensor<Bool>

  init(_ stories: [StorySequence]) {
    let time = stories.map(\.words.count).max() ?? 0
    func steps<T>(_ row: (StorySequence, Int) -> T, _ none: T) -> [T] {
      (0..<time).flatMap { step in
        stories.map { step < $0.words.count ? row($0, step) : none }
      }
    }
    let shape = Shape([time, stories.count])
    words = Tensor(shape: shape, steps({ $0.words[$1] }, 0))
    answers = Tensor(shape: shape, steps({ max($0.answers[$1], 0) }, 0))
    isAnswer = Tensor(shape: shape, steps({ $0.answers[$1] >= 0 }, false))
  }
}

extension BitNetwork {
  /// The logits of the words that answer, at every step.
  func logits(for stories: StorySequenceBatch, vocabularySize: Int) -> Tensor<Float> {
    self(oneHot(stories.words, depth: vocabularySize))
  }

  /// How well the questions of `stories` are answered.
  func score(on stories: [StorySequence], vocabularySize: Int) -> StoryScore {
    var (loss, right, count) = (0.0, 0, 0)
    for start in stride(from: 0, to: stories.count, by: 50) {
      let part = StorySequenceBatch(Array(stories[start..<min(start + 50, stories.count)]))
      let logits = logits(for: part, vocabularySize: vocabularySize)
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
