import Spool

/// Questions side by side, with the sentences told before each.
struct StoryBatch {
  /// The words of the sentences, oldest first, `[batch, sentences, words]`; 0 past the end of a sentence.
  var sentences: Tensor<Int32>
  /// Which sentences there are, `[batch, sentences]`: what the others hold has no effect.
  var isTold: Tensor<Bool>
  /// How old each sentence is, `[batch, sentences]`: 0 for the last one.
  var ages: Tensor<Int32>
  /// The words of the questions, `[batch, words]`.
  var questions: Tensor<Int32>
  /// `[batch]`.
  var answers: Tensor<Int32>

  /// - Parameters:
  ///   - limit: how many sentences are kept, the last ones.
  ///   - gaps: `[questions, limit]`, after which sentence, counted from the last one, those before it are taken to be one
  ///     older than they are: empty sentences, so that ages are not learnt by heart (Sukhbaatar et al., 2015, section
  ///     4.1, "random noise"). Where ages would reach the limit there are none.
  init(_ questions: [NumberedQuestion], limit: Int, gaps: Tensor<Bool>? = nil) {
    let kept = questions.map { Array($0.sentences.suffix(limit)) }
    let longest = Swift.max(kept.map(\.count).max() ?? 0, 1)
    let wordCount = Swift.max(
      kept.joined().map(\.count).max() ?? 0, questions.map(\.question.count).max() ?? 0, 1)
    func filled(_ words: [Int32]) -> [Int32] {
      words + [Int32](repeating: 0, count: wordCount - words.count)
    }
    let gaps = gaps?.scalars
    var words: [Int32] = []
    var ages: [Int32] = []
    for (place, sentences) in kept.enumerated() {
      for sentence in sentences { words += filled(sentence) }
      let padding = longest - sentences.count
      words += [Int32](repeating: 0, count: padding * wordCount)
      var age = -1
      var backward: [Int32] = []
      for back in 0..<sentences.count {
        let isGap = back > 0 && gaps?[place * limit + back - 1] == true
        age += isGap && age + 1 + sentences.count - back < limit ? 2 : 1
        backward.append(Int32(age))
      }
      ages += backward.reversed() + [Int32](repeating: 0, count: padding)
    }
    sentences = Tensor(shape: [questions.count, longest, wordCount], words)
    isTold = Tensor(
      shape: [questions.count, longest],
      kept.flatMap { sentences in (0..<longest).map { $0 < sentences.count } })
    self.ages = Tensor(shape: [questions.count, longest], ages)
    self.questions = Tensor(
      shape: [questions.count, wordCount], questions.flatMap { filled($0.question) })
    answers = Tensor(questions.map(\.answer))
  }
}
