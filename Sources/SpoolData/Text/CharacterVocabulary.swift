/// Text that does not fit a vocabulary, or a vocabulary that is none.
public enum VocabularyError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The character at `position` (a count of characters from 0) is not in the vocabulary.
  case unknownCharacter(Unicode.Scalar, position: Int, line: Int, size: Int)
  /// No character has this number.
  case unknownNumber(Int32, position: Int, size: Int)
  /// A list of characters names this one twice.
  case duplicate(Unicode.Scalar)
  /// There are fewer than the two different characters that predicting needs.
  case tooFewCharacters(Unicode.Scalar?)

  /// One line: the character or number and its place, and the repair.
  public var description: String {
    switch self {
    case .unknownCharacter(let character, let position, let line, let size):
      "character \(character.shown) at position \(position) (line \(line)) is not among the "
        + "\(size) characters of the vocabulary; leave it out or train on text that contains it"
    case .unknownNumber(let number, let position, let size):
      "number \(number) at position \(position) stands for no character; "
        + "the vocabulary's numbers are 0 to \(size - 1)"
    case .duplicate(let character):
      "the vocabulary lists the character \(character.shown) twice; list each one once"
    case .tooFewCharacters(.some(let character)):
      "the text consists of the character \(character.shown) alone, so there is nothing to "
        + "predict; use text with at least two different characters"
    case .tooFewCharacters(nil):
      "the text has no characters; use text with at least two different ones"
    }
  }
}

/// The characters that a text is made of, numbered from 0 in the order of their code points.
///
/// A character here is a Unicode scalar, not what a reader sees as one letter: a scalar's identity
/// is exact, so every text comes back bit for bit from `decode(encode(text))`, while Swift's
/// `Character` considers "é" in one and in two code points the same. The order makes the numbers
/// depend on the set of characters only, never on where they occur.
///
/// Saved (`Codable`) as one string with each character once, in order.
public struct CharacterVocabulary: Sendable {
  /// The characters in the order of their numbers.
  public let characters: [Unicode.Scalar]

  /// For each block of 256 code points the start of its part of `numbers`; blocks without any
  /// character share the first part, which holds none.
  private let blockStarts: [Int32]
  /// The number of each code point of the blocks, -1 where there is none.
  private let numbers: [Int32]

  /// How many different characters there are.
  public var count: Int { characters.count }

  /// The characters that occur in `text`.
  public init(of text: String) {
    var occurs = [Bool](repeating: false, count: 0x11_0000)
    occurs.withUnsafeMutableBufferPointer { occurs in
      for scalar in text.unicodeScalars {
        occurs[Int(scalar.value)] = true
      }
    }
    self.init(
      sorted: occurs.indices.lazy.filter { occurs[$0] }.map { Unicode.Scalar(UInt32($0))! })
  }

  /// The characters that occur in `text`, which must be at least two for a model to learn from it.
  public init(trainingOn text: String) throws(VocabularyError) {
    self.init(of: text)
    guard count >= 2 else { throw .tooFewCharacters(characters.first) }
  }

  /// The given characters, in any order but each only once.
  public init(characters: some Sequence<Unicode.Scalar>) throws(VocabularyError) {
    let sorted = characters.sorted()
    for (character, next) in zip(sorted, sorted.dropFirst()) where character == next {
      throw .duplicate(character)
    }
    self.init(sorted: sorted)
  }

  private init(sorted: some Sequence<Unicode.Scalar>) {
    characters = Array(sorted)
    var blockStarts = [Int32](repeating: 0, count: 0x11_0000 / Self.blockSize)
    var numbers = [Int32](repeating: -1, count: Self.blockSize)
    for (number, character) in characters.enumerated() {
      let (block, offset) = Int(character.value).quotientAndRemainder(dividingBy: Self.blockSize)
      if blockStarts[block] == 0 {
        blockStarts[block] = Int32(numbers.count)
        numbers += repeatElement(-1, count: Self.blockSize)
      }
      numbers[Int(blockStarts[block]) + offset] = Int32(number)
    }
    self.blockStarts = blockStarts
    self.numbers = numbers
  }

  private static let blockSize = 256

  /// The number of `character`, or nil if it is not in the vocabulary.
  public func number(of character: Unicode.Scalar) -> Int32? {
    let (block, offset) = Int(character.value).quotientAndRemainder(dividingBy: Self.blockSize)
    let number = numbers[Int(blockStarts[block]) + offset]
    return number < 0 ? nil : number
  }

  /// The numbers of the characters of `text`.
  ///
  /// Throws at the first character that is not in the vocabulary, naming it and its place.
  public func encode(_ text: String) throws(VocabularyError) -> [Int32] {
    var result: [Int32] = []
    result.reserveCapacity(text.utf8.count)
    var line = 1
    for scalar in text.unicodeScalars {
      guard let number = number(of: scalar) else {
        throw .unknownCharacter(scalar, position: result.count, line: line, size: count)
      }
      result.append(number)
      if scalar == "\n" { line += 1 }
    }
    return result
  }

  /// The text whose characters have the given numbers.
  ///
  /// Throws at the first number that no character has.
  public func decode(_ numbers: some Sequence<Int32>) throws(VocabularyError) -> String {
    var text = String.UnicodeScalarView()
    var position = 0
    for number in numbers {
      guard characters.indices.contains(Int(number)) else {
        throw .unknownNumber(number, position: position, size: count)
      }
      text.append(characters[Int(number)])
      position += 1
    }
    return String(text)
  }
}

extension CharacterVocabulary: Equatable {
  /// Whether both have the same characters, and so the same numbers.
  public static func == (a: CharacterVocabulary, b: CharacterVocabulary) -> Bool {
    a.characters == b.characters
  }
}

extension CharacterVocabulary: Codable {
  /// Reads one string with each character once.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    let characters = try container.decode(String.self).unicodeScalars
    do throws(VocabularyError) {
      try self.init(characters: characters)
    } catch {
      throw DecodingError.dataCorruptedError(in: container, debugDescription: error.description)
    }
  }

  /// Writes one string with each character once, in order.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(String(String.UnicodeScalarView(characters)))
  }
}

extension Unicode.Scalar {
  /// The character and its code point, as an error message shows them: "é" (U+00E9).
  fileprivate var shown: String {
    let digits = String(value, radix: 16, uppercase: true)
    let padding = String(repeating: "0", count: max(0, 4 - digits.count))
    return "\"\(String(self).escapedForDisplay)\" (U+\(padding)\(digits))"
  }
}
