import Foundation
import SpoolData
import Testing

@Suite struct CharacterVocabularyTests {
  @Test func numbersCharactersInTheOrderOfTheirCodePoints() throws {
    let vocabulary = CharacterVocabulary(of: "banana\nö😀")
    #expect(vocabulary.characters == ["\n", "a", "b", "n", "ö", "😀"])
    #expect(vocabulary.count == 6)
    #expect(try vocabulary.encode("nab\n😀ö") == [3, 1, 2, 0, 5, 4])
    #expect(CharacterVocabulary(of: "😀öanb\n") == vocabulary)
  }

  @Test func everyCharacterComesBack() throws {
    let scalars = (0...0x10FFFF as ClosedRange<UInt32>).compactMap(Unicode.Scalar.init)
    let text = String(String.UnicodeScalarView(scalars))
    let vocabulary = CharacterVocabulary(of: text)
    #expect(vocabulary.count == 0x11_0000 - 2048)
    let numbers = try vocabulary.encode(text)
    #expect(numbers == Array(0..<Int32(vocabulary.count)))
    #expect(try Array(vocabulary.decode(numbers).unicodeScalars) == scalars)
  }

  @Test func canonicallyEquivalentTextsStayDifferent() throws {
    let text = "\u{E9}e\u{301}\r\n"
    let vocabulary = CharacterVocabulary(of: text)
    #expect(vocabulary.characters == ["\n", "\r", "e", "\u{E9}", "\u{301}"])
    #expect(try Array(vocabulary.decode(vocabulary.encode(text)).utf8) == Array(text.utf8))
  }

  @Test func anUnknownCharacterIsNamedWithItsPlace() {
    let vocabulary = CharacterVocabulary(of: "abc\n")
    let error = #expect(throws: VocabularyError.self) { try vocabulary.encode("ab\nc\u{1B}") }
    #expect(error == .unknownCharacter("\u{1B}", position: 4, line: 2, size: 4))
    #expect(
      error?.description == "character \"\\u{1B}\" (U+001B) at position 4 (line 2) is not among "
        + "the 4 characters of the vocabulary; leave it out or train on text that contains it")
    for character in ["d", "\u{161}", "😀"] as [Unicode.Scalar] {
      #expect(vocabulary.number(of: character) == nil)
    }
  }

  @Test(arguments: [-1, 3, .max, .min] as [Int32]) func anUnknownNumber(_ number: Int32) {
    let vocabulary = CharacterVocabulary(of: "abc")
    #expect(throws: VocabularyError.unknownNumber(number, position: 1, size: 3)) {
      try vocabulary.decode([0, number])
    }
  }

  @Test func trainingNeedsTwoCharacters() throws {
    let error = #expect(throws: VocabularyError.tooFewCharacters("\n")) {
      try CharacterVocabulary(trainingOn: "\n\n\n")
    }
    #expect(error?.description.contains("\"\\n\" (U+000A) alone") == true)
    #expect(error?.description.contains("at least two different characters") == true)
    #expect(throws: VocabularyError.tooFewCharacters(nil)) {
      try CharacterVocabulary(trainingOn: "")
    }
    #expect(try CharacterVocabulary(trainingOn: "ab").count == 2)
  }

  @Test func aListIsSortedAndMustNotRepeat() throws {
    #expect(try CharacterVocabulary(characters: ["c", "a"]).characters == ["a", "c"])
    #expect(throws: VocabularyError.duplicate("a")) {
      try CharacterVocabulary(characters: ["a", "c", "a"])
    }
  }

  @Test func isSavedWithoutLoss() throws {
    // Control codes, quotes, combining and unassigned characters, both ends of each plane.
    let text = "\0\u{1}\t\n\r\u{1F} \"\\/é\u{301}\u{2028}\u{FEFF}\u{FFFE}\u{FFFF}😀\u{10FFFF}"
    let vocabulary = CharacterVocabulary(of: text)
    let json = try JSONEncoder().encode(["vocabulary": vocabulary])
    let read = try JSONDecoder().decode([String: CharacterVocabulary].self, from: json)
    #expect(read["vocabulary"] == vocabulary)
  }

  @Test func aRepeatedCharacterInASavedVocabularyIsAnError() {
    let error = #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(CharacterVocabulary.self, from: Data("\"aba\"".utf8))
    }
    #expect(error.debugDescription.contains("lists the character \"a\" (U+0061) twice"))
  }
}
