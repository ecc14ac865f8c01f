import Foundation
import Spool
import SpoolData
import SpoolNN

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

  /// A question, how much each hop looked at each sentence before it, and the answer.
  func explanation(of question: StoryQuestion, _ vocabulary: StoryVocabulary) -> String {
    guard let numbered = try? vocabulary.numbered([question], from: "") else { return "" }
    let answers = self(StoryBatch(numbered, limit: sentenceLimit))
    let attention = answers.attention.map(\.scalars)
    let lines = question.sentences.suffix(sentenceLimit).enumerated().map { place, sentence in
      let shares = attention.map { String(format: "%.2f", locale: nil, $0[place]) }
      return shares.joined(separator: " ") + "  " + sentence.joined(separator: " ")
    }
    let answer = Int(answers.logits.argmax(1).scalars[0])
    let word = answer == 0 ? "nothing" : vocabulary.words[answer - 1]
    return (lines + ["\(question.question.joined(separator: " "))? \(word)"])
      .joined(separator: "\n")
  }
}
