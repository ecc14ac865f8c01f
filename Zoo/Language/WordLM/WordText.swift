import SpoolData

/// The words that a model learns from, and those that it is measured on.
struct WordText {
  let vocabulary: WordVocabulary
  let training: [Int32]
  let validation: [Int32]
  let test: [Int32]
  /// Where the text is from, for messages.
  let source: String

  /// Which words to measure a model on.
  enum Part: String, CaseIterable {
    case validation, test
  }

  func words(of part: Part) -> [Int32] { part == .validation ? validation : test }

  /// What stands for words that the vocabulary does not have.
  static let unknown = "<unk>"
  /// What stands for the end of a line.
  static let lineEnd = "<eos>"

  /// The text in the folder at `path`, as three files whose names end in `train.txt`, `valid.txt` and `test.txt`,
  /// tokens separated by spaces; without a path the documentation comments of this package.
  ///
  /// - Parameter vocabulary: that of a trained model; nil for all words of the training text.
  init(path: String?, vocabulary: WordVocabulary? = nil) throws {
    let parts: [Words]
    if let path {
      source = path
      let folder = DataFolder(path: path, needs: "a folder with train.txt, valid.txt and test.txt")
      parts = try ["train.txt", "valid.txt", "test.txt"].map {
        try Words(file: folder.file(endingWith: $0))
      }
    } else {
      source = "the package's own comments"
      parts = PackageComments.parts(of: try PackageSources.read())
    }
    self.vocabulary = try vocabulary ?? WordVocabulary(of: parts[0].words, hasSpecialTokens: false)
    let known = self.vocabulary
    (training, validation, test) = (
      try parts[0].encoded(with: known), try parts[1].encoded(with: known),
      try parts[2].encoded(with: known)
    )
  }

  /// The words of one file, each line with its end.
  struct Words {
    let words: [String]
    let source: String

    init(file path: String) throws {
      source = path
      words = try TextFile.lines(of: TextFile.read(path: path)).flatMap { line in
        TextFile.words(of: line).map(String.init) + [WordText.lineEnd]
      }
    }

    init(_ words: [String], source: String) {
      self.words = words
      self.source = source
    }

    /// The words' numbers; a word that the vocabulary does not have counts as `unknown`, if it has that.
    func encoded(with vocabulary: WordVocabulary) throws -> [Int32] {
      let unknown = vocabulary.number(of: WordText.unknown)
      return try words.map { word in
        guard let number = vocabulary.number(of: word) ?? unknown else {
          throw UnknownWord(source: source, word: word)
        }
        return number
      }
    }
  }

  private struct UnknownWord: Error, CustomStringConvertible {
    let source: String
    let word: String
    var description: String {
      "\(source.escapedForDisplay): the training text has no \"\(word.escapedForDisplay)\" and no "
        + "\(WordText.unknown) for unknown words; replace rare words by \(WordText.unknown)"
    }
  }
}
