import Foundation
import Spool
import SpoolData
import SpoolNN
import TestSupport
import Testing

@testable import SpoolZoo

/// What a page about a translation model says of its encoder, its decoder and its attention.
@Suite struct TranslationDiagnosisTests {
  private let batch = TranslationBatch(
    source: [[4, 5, 6, 7], [8], [5, 4, 8]], target: [[4, 5], [6, 4, 5, 6], [5]])

  private func model() -> TranslationModel<Float> {
    let model = TranslationModel<Float>(
      TranslationSizes(source: 9, target: 7, embedding: 3, hidden: 2), key: RandomKey(seed: 5))
    for embedding in [model.sourceEmbedding, model.targetEmbedding] {
      embedding.table = 10 * embedding.table
    }
    return model
  }

  /// The losses at each position, of the decoder as it is trained and as it is used, word by word.
  @Test func exposureBiasIsTheCostOfOnesOwnWords() {
    let model = model()
    let bias = ExposureBias(of: model, on: batch)
    #expect(bias.counts == [3, 3, 2, 1, 1])
    let encoded = model.encode(batch.source)
    for isAlone in [false, true] {
      var state = encoded.state
      var read = batch.inputs.tokens[0]
      for time in 0..<5 {
        if !isAlone { read = batch.inputs.tokens[time] }
        state = model.step(model.targetEmbedding(read), state, encoded).state
        let logits = model.output(state.readout)
        let loss = crossEntropy(
          logits: logits, labels: batch.targets.tokens[time], mask: batch.targets.mask[time])
        let found = isAlone ? bias.alone[time] : bias.given[time]
        #expect(abs(found - Double(loss.scalar)) < 1e-5, "\(isAlone) \(time)")
        read = logits.argmax(1)
      }
    }
    #expect(bias.given[0] == bias.alone[0] && bias.given != bias.alone)
    let sums = zip(zip(bias.alone, bias.given), [3.0, 3, 2, 1, 1]).map { ($0.0 - $0.1) * $1 }
    #expect(abs(bias.meanGap - sums.reduce(0, +) / 10) < 1e-12)
    // Over all words the given ones cost what the loss says.
    let given = zip(bias.given, [3.0, 3, 2, 1, 1]).map(*).reduce(0, +) / 10
    #expect(abs(given - Double(model.loss(batch).scalar)) < 1e-5)
  }

  @Test func statesThatAreAlikeHaveNoVariance() {
    let same = EncodedSources([[1, -2], [1, -2], [1, -2]])
    #expect(abs(same.variance) < 1e-12 && abs(same.likeness - 1) < 1e-6)
    let apart = EncodedSources([[1, 0], [-1, 0], [0, 1], [0, -1]])
    // Two pairs are opposite, four at right angles.
    #expect(abs(apart.variance - 1) < 1e-12 && abs(apart.likeness + 1.0 / 3) < 1e-6)
    let shifted = EncodedSources([[4, 0], [2, 0]])
    #expect(abs(shifted.variance - 0.1) < 1e-12)
  }

  @Test func attentionIsDescribed() {
    let uniform = AttentionSpread(of: [[0.25, 0.25, 0.25, 0.25]])
    #expect(
      Translate.summary(of: uniform)
        == "The weights are 1.00 as even as equal ones, look 1.5 words back from the end of the source and "
        + "lie to 75% on its last 3 words. Attention does not choose.")
    let recent = AttentionSpread(of: [[0, 0, 0, 0, 1]])
    #expect(Translate.summary(of: recent).hasSuffix("Attention sees the end of the source only."))
    #expect(Translate.summary(of: AttentionSpread(of: [[1]])).contains("no choice"))
  }
}
