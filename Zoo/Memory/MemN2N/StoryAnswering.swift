import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolPlot

extension MemoryNetwork<Float> {
  /// How well it answers `questions`, of which there must be some.
  func score(on questions: [NumberedQuestion]) -> StoryScore {
    var (loss, right) = (0.0, 0)
    for start in stride(from: 0, to: questions.count, by: 100) {
      let part = Array(questions[start..<min(start + 100, questions.count)])
      let stories = StoryBatch(part, limit: sentenceLimit)
      let logits = self(stories).logits
      loss += Double(crossEntropy(logits: logits, labels: stories.answers, reduction: .sum).scalar)
      right += zip(logits.argmax(1).scalars, stories.answers.scalars).count { $0 == $1 }
    }
    let count = Double(questions.count)
    return StoryScore(loss: loss / count, accuracy: Double(right) / count)
  }

  /// What it answers to a question of `source`, and where each hop looked.
  func explanation(
    of question: StoryQuestion, _ vocabulary: StoryVocabulary, from source: String
  ) throws -> StoryExplanation {
    let answers = self(
      StoryBatch(try vocabulary.numbered([question], from: source), limit: sentenceLimit))
    let answer = Int(answers.logits.argmax(1).scalars[0])
    return StoryExplanation(
      sentences: question.sentences.suffix(sentenceLimit).map { $0.joined(separator: " ") },
      attention: answers.attention.map(\.scalars),
      question: question.question.joined(separator: " "),
      answer: answer == 0 ? "nothing" : vocabulary.words[answer - 1])
  }
}

/// A question, how much each hop looked at each sentence before it, and the answer.
struct StoryExplanation: CustomStringConvertible {
  let sentences: [String]
  /// The share of each sentence, hop by hop.
  let attention: [[Float]]
  let question, answer: String

  var description: String {
    let lines = sentences.enumerated().map { place, sentence in
      let shares = attention.map { String(format: "%.2f", locale: nil, $0[place]) }
      return shares.joined(separator: " ") + "  " + sentence
    }
    return (lines + ["\(question)? \(answer)"]).joined(separator: "\n")
  }

  /// The sentences as rows, the hops as columns.
  var heatMap: HeatMap {
    HeatMap(
      title: "\(question)? \(answer)", columns: attention.indices.map { "hop \($0 + 1)" },
      rows: sentences,
      values: sentences.indices.map { place in attention.map { Double($0[place]) } })
  }
}
