import SpoolData

/// The words of stories, numbered from 1; 0 stands for none.
struct StoryVocabulary: Equatable {
  /// In alphabetical order.
  let words: [String]
  private let numbers: [String: Int32]

  init(words: [String]) {
    self.words = words
    numbers = Dictionary(uniqueKeysWithValues: words.enumerated().map { ($1, Int32($0 + 1)) })
  }

  /// All words of sentences, questions and answers.
  init(of questions: [StoryQuestion]) {
    var found: Set<String> = []
    for question in questions {
      for sentence in question.sentences { found.formUnion(sentence) }
      found.formUnion(question.question)
      found.insert(question.answer)
    }
    self.init(words: found.sorted())
  }

  /// The words that the run of a trained model has kept.
  init(savedIn session: RunSession) throws {
    let words = try session.detail(Self.detail)
    self.init(words: words.split(separator: " ").map(String.init))
  }

  /// What `config.json` keeps.
  var details: [String: String] { [Self.detail: words.joined(separator: " ")] }

  private static let detail = "vocabulary"

  /// How many numbers there are, that for no word included.
  var count: Int { words.count + 1 }

  /// The questions as numbers. Throws, naming one, where they use words that are not known.
  ///
  /// - Parameter source: where they are from.
  func numbered(
    _ questions: [StoryQuestion], from source: String
  ) throws(UnknownWord) -> [NumberedQuestion] {
    var result: [NumberedQuestion] = []
    for question in questions {
      func number(_ word: String) throws(UnknownWord) -> Int32 {
        guard let number = self.numbers[word] else { throw UnknownWord(source: source, word: word) }
        return number
      }
      func numbers(_ words: [String]) throws(UnknownWord) -> [Int32] {
        var result: [Int32] = []
        for word in words { result.append(try number(word)) }
        return result
      }
      var sentences: [[Int32]] = []
      for sentence in question.sentences { sentences.append(try numbers(sentence)) }
      result.append(
        NumberedQuestion(
          sentences: sentences, question: try numbers(question.question),
          answer: try number(question.answer)))
    }
    return result
  }

  /// A word that the model has not learnt.
  struct UnknownWord: Error, CustomStringConvertible {
    let source: String
    let word: String
    var description: String {
      "\(source.escapedForDisplay) uses the word \"\(word.escapedForDisplay)\", which the model has not "
        + "learnt; use stories like those it was trained on"
    }
  }
}

/// A question about a story, as numbers of words.
struct NumberedQuestion: Equatable {
  let sentences: [[Int32]]
  let question: [Int32]
  let answer: Int32
}
