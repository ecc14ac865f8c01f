import Foundation
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
    func part(_ name: String) throws -> ParallelText {
      try ParallelText(
        source: Self.path(of: name, language: source, in: folder),
        target: Self.path(of: name, language: target, in: folder))
    }
    training = try part("train")
    validation = try part("val")
    test = try part("test")
  }

  private static func path(of part: String, language: String, in folder: String) throws -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: folder)) ?? []
    let found = names.filter { $0.hasPrefix(part) && $0.hasSuffix(".\(language)") }.sorted()
    guard found.count == 1 else {
      throw WrongFiles(folder: folder, pattern: "\(part)*.\(language)", found: found)
    }
    return URL(filePath: folder).appending(path: found[0]).path()
  }

  /// Not exactly one file is there for a part of the corpus.
  struct WrongFiles: Error, CustomStringConvertible {
    let folder: String
    let pattern: String
    let found: [String]

    var description: String {
      let what = found.isEmpty ? "no file" : "several files (\(found.joined(separator: ", ")))"
      return "\(folder.escapedForDisplay) has \(what.escapedForDisplay) called "
        + "\(pattern.escapedForDisplay); --data needs one each for train, val and test in both languages"
    }
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
