import Spool
import SpoolData

/// Pairs of sentences to learn from, to choose the best model by, and to measure it on.
struct TranslationCorpus {
  /// What of a corpus to measure a model on.
  enum Part: String, CaseIterable {
    case validation
    case test
  }

  let training: ParallelText
  let validation: ParallelText
  let test: ParallelText

  func pairs(of part: Part) -> ParallelText { part == .test ? test : validation }

  /// The corpus of a folder in the languages that the settings name; the generated one without a folder.
  init(data: String?, _ settings: Settings) throws {
    if let folder = data {
      self = try TranslationCorpus(
        folder: folder, from: settings[Translate.source], to: settings[Translate.target])
    } else {
      self.init(generatedPairs: 10_000, heldOut: 500)
    }
  }

  /// Sentences of the toy grammar, all of them different.
  init(generatedPairs count: Int, heldOut: Int) {
    let all = ToyLanguage.pairs(count + 2 * heldOut, key: RandomKey(seed: 0))
    func part(_ range: Range<Int>) -> ParallelText {
      ParallelText(source: Array(all.source[range]), target: Array(all.target[range]))
    }
    validation = part(0..<heldOut)
    test = part(heldOut..<(2 * heldOut))
    training = part((2 * heldOut)..<all.count)
  }

  /// The files of a folder whose names begin with `train`, `val` and `test` and end with the languages.
  init(folder: String, from source: String, to target: String) throws {
    let folder = DataFolder(
      path: folder, needs: "one each for train, val and test in both languages")
    func part(_ name: String) throws -> ParallelText {
      try ParallelText(
        source: folder.file(startingWith: name, endingWith: ".\(source)"),
        target: folder.file(startingWith: name, endingWith: ".\(target)"))
    }
    training = try part("train")
    validation = try part("val")
    test = try part("test")
  }
}

/// The words that a model reads and writes.
struct TranslationVocabularies: Equatable {
  let source: WordVocabulary
  let target: WordVocabulary

  /// The words that occur at least `minimumCount` times in the sentences to learn from.
  init(of text: ParallelText, minimumCount: Int) throws {
    source = try WordVocabulary(of: text.source.joined(), minimumCount: minimumCount)
    target = try WordVocabulary(of: text.target.joined(), minimumCount: minimumCount)
  }

  /// The numbers of the sentences.
  func encode(_ text: ParallelText) throws -> [(source: [Int32], target: [Int32])] {
    try zip(text.source, text.target).map { (try source.encode($0), try target.encode($1)) }
  }

  /// As `config.json` holds them.
  var details: [String: String] {
    [Self.sourceDetail: source.lines, Self.targetDetail: target.lines]
  }

  /// Those that `details` holds, which come from the file at `path`.
  init(details: [String: String], of path: String) throws {
    func vocabulary(_ name: String) throws -> WordVocabulary {
      guard let lines = details[name] else {
        throw RunError.damaged(file: path, reason: "\"\(name)\" is missing")
      }
      do throws(WordVocabularyError) {
        return try WordVocabulary(lines: lines)
      } catch {
        throw RunError.damaged(file: path, reason: "\(name), \(error)")
      }
    }
    source = try vocabulary(Self.sourceDetail)
    target = try vocabulary(Self.targetDetail)
  }

  private static let sourceDetail = "source_vocabulary"
  private static let targetDetail = "target_vocabulary"
}
