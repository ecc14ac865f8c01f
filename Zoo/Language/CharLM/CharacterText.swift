import SpoolData

/// A text cut into what a model learns from and what it is measured on.
struct CharacterText {
  let vocabulary: CharacterVocabulary
  let training: [Int32]
  /// The last tenth.
  let validation: [Int32]
  /// Where the text is from, for messages.
  let source: String

  static let heldOutShare = 0.1

  /// What of a text to measure a model on.
  enum Part: String, CaseIterable {
    case heldOut = "held-out"
    case all
  }

  func characters(of part: Part) -> [Int32] {
    part == .heldOut ? validation : training + validation
  }

  /// The text of `path`, or the package's sources where it is nil.
  ///
  /// - Parameter vocabulary: that of a trained model; nil to take the one of the text.
  init(path: String?, vocabulary: CharacterVocabulary? = nil) throws {
    let text = try path.map { try TextFile.read(path: $0) } ?? PackageSources.read()
    source = path ?? "the package's own sources"
    do throws(VocabularyError) {
      if let vocabulary {
        self.vocabulary = vocabulary
      } else {
        self.vocabulary = try CharacterVocabulary(trainingOn: text)
      }
      let all = try self.vocabulary.encode(text)
      let start = all.count - Int((Double(all.count) * Self.heldOutShare).rounded())
      training = Array(all[..<start])
      validation = Array(all[start...])
    } catch {
      throw TextProblem(source: source, problem: error)
    }
  }
}
