/// The words of a text, numbered by how often they occur: the most frequent ones first, and words that
/// occur equally often in the order of their spelling, so that the numbers depend on the counts only.
///
/// With special tokens these have the numbers 0 to 3, and a word that is not in the vocabulary, or one
/// spelt like a special token, counts as `unknown`. Without them such a word is an error: for texts whose
/// unknown words are replaced already, as those of the Penn Treebank.
///
/// Words that look the same to a reader are the same, however Unicode composes their letters.
public struct WordVocabulary: Sendable {
  /// The numbers that stand for no word of a text.
  public enum SpecialToken: Int32, CaseIterable, Sendable {
    /// Fills up a sequence that is shorter than others beside it.
    case padding
    /// A word that is not in the vocabulary.
    case unknown
    /// Stands before the first word of a sequence.
    case start
    /// Stands after the last word of a sequence.
    case end

    /// How it is written among words.
    public var name: String {
      switch self {
      case .padding: "<pad>"
      case .unknown: "<unk>"
      case .start: "<sos>"
      case .end: "<eos>"
      }
    }
  }

  /// The words in the order of their numbers, after the names of the special tokens.
  public let words: [String]
  /// Whether the numbers 0 to 3 are the special tokens.
  public let hasSpecialTokens: Bool
  private let numbers: [String: Int32]

  /// How many numbers there are, special tokens included.
  public var count: Int { words.count }

  /// The words of a text that occur at least `minimumCount` times, and of those the `maximumSize` most
  /// frequent ones, special tokens not counted; nil for all. Throws where none is left.
  ///
  /// - Parameter words: the text's words, one after another, with all their repetitions.
  public init<Word: StringProtocol>(
    of words: some Sequence<Word>, hasSpecialTokens: Bool = true, minimumCount: Int = 1,
    maximumSize: Int? = nil
  ) throws(WordVocabularyError) {
    precondition(minimumCount >= 1, "WordVocabulary: minimumCount is \(minimumCount), not positive")
    precondition(
      maximumSize ?? 1 >= 1, "WordVocabulary: maximumSize is \(maximumSize!), not positive")
    var counts: [String: Int] = [:]
    for word in words { counts[String(word), default: 0] += 1 }
    let kept = counts.filter { word, count in
      count >= minimumCount && !(hasSpecialTokens && Self.specialNames.contains(word))
    }
    let sorted = kept.sorted { a, b in a.value == b.value ? a.key < b.key : a.value > b.value }
    let own = sorted.prefix(maximumSize ?? sorted.count).map(\.key)
    guard !own.isEmpty else { throw .noWords(minimumCount: minimumCount) }
    try self.init(words: hasSpecialTokens ? Self.specialNames + own : own)
  }

  /// The words of a saved vocabulary in the order of their numbers. It has special tokens when their names
  /// are the first ones.
  public init(words: [String]) throws(WordVocabularyError) {
    hasSpecialTokens = words.starts(with: Self.specialNames)
    var numbers: [String: Int32] = [:]
    for (number, word) in words.enumerated() {
      guard !word.isEmpty, !word.contains(where: \.isWhitespace) else {
        throw .notAWord(word, line: number + 1)
      }
      guard numbers.updateValue(Int32(number), forKey: word) == nil else {
        throw .duplicate(word, line: number + 1)
      }
    }
    guard !words.isEmpty else { throw .noWords(minimumCount: 1) }
    self.words = words
    self.numbers = numbers
  }

  private static let specialNames = SpecialToken.allCases.map(\.name)

  /// The number of `word`, or nil if it is not in the vocabulary. A special token's name is no word.
  public func number(of word: some StringProtocol) -> Int32? {
    guard let number = numbers[String(word)] else { return nil }
    return hasSpecialTokens && number < Self.specialNames.count ? nil : number
  }

  /// The numbers of `words`; `unknown` for those that are not in the vocabulary.
  ///
  /// Without special tokens, throws at the first word that is not in the vocabulary.
  public func encode<Word: StringProtocol>(
    _ words: some Sequence<Word>
  ) throws(WordVocabularyError) -> [Int32] {
    var result: [Int32] = []
    for word in words {
      if let number = number(of: word) {
        result.append(number)
      } else if hasSpecialTokens {
        result.append(SpecialToken.unknown.rawValue)
      } else {
        throw .unknownWord(String(word), position: result.count, size: count)
      }
    }
    return result
  }

  /// The words of the given numbers, special tokens by their names.
  ///
  /// Throws at the first number that no word has.
  public func decode(_ numbers: some Sequence<Int32>) throws(WordVocabularyError) -> [String] {
    var result: [String] = []
    for number in numbers {
      guard words.indices.contains(Int(number)) else {
        throw .unknownNumber(number, position: result.count, size: count)
      }
      result.append(words[Int(number)])
    }
    return result
  }
}

extension WordVocabulary: Equatable {
  /// Whether both have the same words with the same numbers.
  public static func == (a: WordVocabulary, b: WordVocabulary) -> Bool { a.words == b.words }
}

extension WordVocabulary {
  /// The words as they are saved: one on each line, in the order of their numbers.
  public var lines: String { words.map { $0 + "\n" }.joined() }

  /// The vocabulary that `lines` holds. Throws, with the line, where it is none.
  public init(lines: String) throws(WordVocabularyError) {
    try self.init(words: TextFile.lines(of: lines).map(String.init))
  }
}
