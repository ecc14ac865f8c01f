/// Two files that do not hold the same sentences in two languages.
public enum ParallelTextError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One of the files could not be used.
  case file(TextFileError)
  /// The files have different numbers of lines.
  case unequal(source: String, sourceLines: Int, target: String, targetLines: Int)
  /// This line, counted from 1, has no words.
  case empty(path: String, line: Int)

  /// One line: the files and lines, and the repair.
  public var description: String {
    switch self {
    case .file(let error):
      return error.description
    case .unequal(let source, let sourceLines, let target, let targetLines):
      let first = min(sourceLines, targetLines) + 1
      let longer = sourceLines > targetLines ? source : target
      return "\(source.escapedForDisplay) has \(sourceLines) lines and \(target.escapedForDisplay) "
        + "\(targetLines); line \(first) of \(longer.escapedForDisplay) has no counterpart: each "
        + "line must be the translation of the same line of the other file"
    case .empty(let path, let line):
      return "\(path.escapedForDisplay), line \(line): no words; write the sentence there, or "
        + "remove this line from both files"
    }
  }
}

/// Sentences in two languages, as words.
public struct ParallelText: Equatable, Sendable {
  /// The sentences to translate.
  public let source: [[Substring]]
  /// Their translations.
  public let target: [[Substring]]

  /// How many pairs there are.
  public var count: Int { source.count }

  /// Pairs of sentences. Traps where there are not as many of one as of the other.
  public init(source: [[Substring]], target: [[Substring]]) {
    precondition(
      source.count == target.count,
      "ParallelText: \(source.count) sentences and \(target.count) translations")
    self.source = source
    self.target = target
  }

  /// Reads two files of which each line is a sentence, its words between spaces, and the same line of the other
  /// file its translation.
  ///
  /// Throws, with file and line, where they do not have the same number of lines or a line has no words.
  public init(source: String, target: String) throws(ParallelTextError) {
    let sourceSentences = try Self.sentences(path: source)
    let targetSentences = try Self.sentences(path: target)
    guard sourceSentences.count == targetSentences.count else {
      throw .unequal(
        source: source, sourceLines: sourceSentences.count, target: target,
        targetLines: targetSentences.count)
    }
    for (path, sentences) in [(source, sourceSentences), (target, targetSentences)] {
      if let line = sentences.firstIndex(where: \.isEmpty) {
        throw .empty(path: path, line: line + 1)
      }
    }
    self.init(source: sourceSentences, target: targetSentences)
  }

  private static func sentences(path: String) throws(ParallelTextError) -> [[Substring]] {
    do throws(TextFileError) {
      return TextFile.lines(of: try TextFile.read(path: path)).map { TextFile.words(of: $0) }
    } catch {
      throw .file(error)
    }
  }
}
