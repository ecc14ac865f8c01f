import SpoolData
import Testing

@Suite struct WordVocabularyTests {
  private let text = TextFile.words(of: "the cat saw the dog and the dog saw a bee")

  @Test func wordsAreNumberedByCountThenSpelling() throws {
    let vocabulary = try WordVocabulary(of: text)
    #expect(
      vocabulary.words == [
        "<pad>", "<unk>", "<sos>", "<eos>", "the", "dog", "saw", "a", "and", "bee", "cat",
      ])
    #expect(vocabulary.hasSpecialTokens)
    #expect(try vocabulary.encode(["the", "bee", "flew"]) == [4, 9, 1])
    #expect(
      try vocabulary.decode([2, 4, 9, 1, 3, 0]) == [
        "<sos>", "the", "bee", "<unk>", "<eos>", "<pad>",
      ])
    #expect(try WordVocabulary(of: text.reversed()) == vocabulary)
    #expect(WordVocabulary.SpecialToken.allCases.map(\.rawValue) == [0, 1, 2, 3])
  }

  @Test func rareWordsAreLeftOut() throws {
    let often = try WordVocabulary(of: text, minimumCount: 2)
    #expect(often.words.dropFirst(4) == ["the", "dog", "saw"])
    let capped = try WordVocabulary(of: text, minimumCount: 2, maximumSize: 2)
    #expect(capped.words.dropFirst(4) == ["the", "dog"])
    #expect(throws: WordVocabularyError.noWords(minimumCount: 4)) {
      try WordVocabulary(of: text, minimumCount: 4)
    }
    #expect(throws: WordVocabularyError.noWords(minimumCount: 1)) {
      try WordVocabulary(of: [String]())
    }
  }

  @Test func aWordSpeltLikeASpecialTokenIsUnknown() throws {
    let vocabulary = try WordVocabulary(of: ["<eos>", "a", "<pad>"])
    #expect(vocabulary.count == 5)
    #expect(vocabulary.number(of: "<eos>") == nil)
    #expect(try vocabulary.encode(["<pad>", "<eos>", "a"]) == [1, 1, 4])
  }

  @Test func withoutSpecialTokensAllWordsAreOrdinary() throws {
    let words = TextFile.words(of: "<unk> <eos> n <eos>")
    let vocabulary = try WordVocabulary(of: words, hasSpecialTokens: false)
    #expect(vocabulary.words == ["<eos>", "<unk>", "n"])
    #expect(!vocabulary.hasSpecialTokens)
    #expect(try vocabulary.encode(words) == [1, 0, 2, 0])
    let error = #expect(throws: WordVocabularyError.self) {
      try vocabulary.encode(["n", "x\u{1B}"])
    }
    #expect(error == .unknownWord("x\u{1B}", position: 1, size: 3))
    #expect(
      error?.description
        == "word \"x\\u{1B}\" at position 1 is not among the 3 words of the vocabulary; "
        + "leave it out or train on text that contains it")
  }

  @Test(arguments: [-1, 11, .max] as [Int32]) func anUnknownNumber(_ number: Int32) throws {
    let vocabulary = try WordVocabulary(of: text)
    #expect(throws: WordVocabularyError.unknownNumber(number, position: 1, size: 11)) {
      try vocabulary.decode([4, number])
    }
  }

  @Test(arguments: [true, false]) func isSavedWithoutLoss(special: Bool) throws {
    let vocabulary = try WordVocabulary(
      of: text + ["straße", "ne\u{308}"], hasSpecialTokens: special)
    let read = try WordVocabulary(lines: vocabulary.lines)
    #expect(read == vocabulary)
    #expect(read.hasSpecialTokens == special)
    #expect(try read.encode(text) == vocabulary.encode(text))
  }

  @Test func aDamagedVocabularyIsNamedWithItsLine() {
    #expect(throws: WordVocabularyError.duplicate("a", line: 3)) {
      try WordVocabulary(lines: "a\nb\na\n")
    }
    #expect(throws: WordVocabularyError.notAWord("", line: 2)) {
      try WordVocabulary(lines: "a\n\nb\n")
    }
    #expect(throws: WordVocabularyError.notAWord("b c", line: 2)) {
      try WordVocabulary(lines: "a\nb c\n")
    }
    #expect(throws: WordVocabularyError.noWords(minimumCount: 1)) { try WordVocabulary(lines: "") }
  }

  @Test func linesEndWithLineFeedsOnly() {
    #expect(TextFile.lines(of: "a\r\nb\u{2028}c\n\n d") == ["a", "b\u{2028}c", "", " d"])
    #expect(TextFile.lines(of: "a\n") == ["a"])
    #expect(TextFile.lines(of: "") == [])
    #expect(TextFile.words(of: "  a\tb  c\u{A0}d ") == ["a", "b", "c\u{A0}d"])
  }
}
