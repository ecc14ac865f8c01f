import SpoolData

/// The documentation comments of this package's libraries as words: English text that needs no download.
enum PackageComments {
  /// Training, validation and test text of Swift sources. Of every ten comments the ninth is for validation and the
  /// tenth for the test; words that the training text has only once are `<unk>` in all three.
  static func parts(of source: String) -> [WordText.Words] {
    var parts: [[String]] = [[], [], []]
    for (place, comment) in comments(of: source).enumerated() {
      let part = place % 10
      parts[part == 8 ? 1 : part == 9 ? 2 : 0] += words(of: comment) + [WordText.lineEnd]
    }
    let counts = parts[0].reduce(into: [String: Int]()) { $0[$1, default: 0] += 1 }
    return parts.map { words in
      WordText.Words(
        words.map { counts[$0, default: 0] > 1 ? $0 : WordText.unknown },
        source: "the package's own comments")
    }
  }

  /// Each run of lines that start with `///`.
  private static func comments(of source: String) -> [String] {
    var comments: [String] = []
    var isInside = false
    for line in source.split(separator: "\n", omittingEmptySubsequences: false) {
      let text = line.drop { $0 == " " }
      guard text.hasPrefix("///") else {
        isInside = false
        continue
      }
      if isInside {
        comments[comments.count - 1] += text.dropFirst(3)
      } else {
        comments.append(String(text.dropFirst(3)))
      }
      isInside = true
    }
    return comments
  }

  /// Runs of letters in lower case, `N` for runs of digits, and every other character on its own.
  private static func words(of text: String) -> [String] {
    var words: [String] = []
    var isLetters = false
    for character in text.lowercased() {
      if character.isLetter, isLetters {
        words[words.count - 1].append(character)
      } else if character.isNumber {
        if words.last != "N" { words.append("N") }
      } else if !character.isWhitespace {
        words.append(String(character))
      }
      isLetters = character.isLetter
    }
    return words
  }
}
