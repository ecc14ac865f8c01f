import Testing

@testable import SpoolZoo

/// The text that word-lm learns where it is given none.
@Suite struct PackageCommentsTests {
  /// Of every ten comments the ninth and the tenth are held out, each for its own use, and nothing of them is learnt.
  @Test func heldOutCommentsAreNotLearnt() {
    func parts(_ words: [String]) -> [[String]] {
      let source = words.map { "/// alike \($0)\n  let code = 1\n" }.joined()
      return PackageComments.parts(of: source).map(\.words)
    }
    let names = ["a", "b", "c", "d", "e", "f", "g", "h", "i", "j"]
    let once = parts(names.map { "\($0)x" } + names.map { "\($0)y" })
    #expect(once.map(\.count) == [3 * 16, 3 * 2, 3 * 2])
    #expect(once.allSatisfy { Set($0) == ["alike", "<unk>", "<eos>"] })

    // A word that is twice in what is learnt is known, one that is twice in what is held out is not.
    let twice = parts(
      ["i", "b", "c", "d", "e", "f", "g", "h", "i", "j"] + ["i"] + names.dropFirst())
    #expect(Set(twice[0]) == ["b", "c", "d", "e", "f", "g", "h", "i", "alike", "<eos>"])
    #expect(twice[1] == ["alike", "i", "<eos>", "alike", "i", "<eos>"])
    #expect(twice[2] == ["alike", "<unk>", "<eos>", "alike", "<unk>", "<eos>"])
  }

  @Test func wordsAreLettersNumbersAndSigns() {
    let source = """
      /// The Rate of LSTM₂, 0.002:
      ///   falls   by 1/2.
      let code = "/// not a comment"  /// nor this
        /// The rate of lstm, 3.5: falls by 7/8.
      """
    let words = PackageComments.parts(of: source)[0].words
    #expect(
      words.split(separator: "<eos>").map { $0.joined(separator: " ") } == [
        "the rate of lstm N , N . N : falls by N / N .",
        "the rate of lstm , N . N : falls by N / N .",
      ])
  }
}
