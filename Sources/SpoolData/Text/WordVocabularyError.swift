/// Words that do not fit a vocabulary, or a vocabulary that is none.
public enum WordVocabularyError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The word at `position` (a count of words from 0) is not in the vocabulary.
  case unknownWord(String, position: Int, size: Int)
  /// No word has this number.
  case unknownNumber(Int32, position: Int, size: Int)
  /// The saved vocabulary has this word on an earlier line too.
  case duplicate(String, line: Int)
  /// The saved vocabulary has on this line something that is empty or contains white space.
  case notAWord(String, line: Int)
  /// No word occurs often enough.
  case noWords(minimumCount: Int)

  /// One line: the word or number and its place, and the repair.
  public var description: String {
    switch self {
    case .unknownWord(let word, let position, let size):
      "word \"\(word.escapedForDisplay)\" at position \(position) is not among the \(size) words of the "
        + "vocabulary; leave it out or train on text that contains it"
    case .unknownNumber(let number, let position, let size):
      "number \(number) at position \(position) stands for no word; the vocabulary's numbers are 0 to "
        + "\(size - 1)"
    case .duplicate(let word, let line):
      "line \(line): the vocabulary has the word \"\(word.escapedForDisplay)\" twice; list each one once"
    case .notAWord(let word, let line):
      "line \(line): \"\(word.escapedForDisplay)\" is not one word; put one word without spaces on each line"
    case .noWords(let minimumCount):
      minimumCount > 1
        ? "no word occurs \(minimumCount) times; use a longer text or a smaller minimum count"
        : "there are no words; use a text that has some"
    }
  }
}
