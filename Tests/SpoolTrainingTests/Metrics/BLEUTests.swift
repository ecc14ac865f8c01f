import Spool
import SpoolTraining
import TestSupport
import Testing

@Suite struct BLEUTests {
  @Test(arguments: [
    "bleu", "bleu_two_references", "bleu_short_sentences", "bleu_smoothed", "bleu_smoothed_twice",
    "bleu_no_four_words", "bleu_perfect", "bleu_nothing_right", "bleu_brief",
  ])
  func agreesWithSacreBLEU(name: String) throws {
    let golden = try Golden("Metrics/\(name)")
    func sentences(_ name: String) throws -> [[Int32]] {
      let words: Tensor<Int32> = try golden.tensor(name)
      return (0..<words.shape[0]).map { words[$0].scalars.filter { $0 >= 0 } }
    }
    let sets = try golden.names.filter { $0.hasPrefix("references.") }.map(sentences)
    let translations = try sentences("translations")
    let bleu = BLEU(
      of: translations,
      references: translations.indices.map { place in sets.map { $0[place] } })
    expectClose(Tensor(bleu.score), try golden.tensor("score"), within: 1e-12)
    expectClose(Tensor(bleu.precisions), try golden.tensor("precisions"), within: 1e-12)
    expectClose(Tensor(bleu.brevityPenalty), try golden.tensor("brevity_penalty"), within: 1e-12)
    let lengths: Tensor<Int32> = try golden.tensor("lengths")
    #expect([Int32(bleu.length), Int32(bleu.referenceLength)] == lengths.scalars)
  }

  @Test func aWordCountsAsOftenAsTheReferenceHasIt() {
    // The example of the paper: seven times "the" against two.
    let bleu = BLEU(
      of: [["the", "the", "the", "the", "the", "the", "the"]],
      references: [[["the", "cat", "is", "on", "the", "mat"]]])
    #expect(bleu.precisions[0] == 100 * 2 / 7.0)
  }

  @Test func nothingTranslatedIsZero() {
    #expect(BLEU(of: [[String]](), references: []).score == 0)
    #expect(BLEU(of: [[]], references: [[["a", "b"]]]).score == 0)
  }
}
