import Spool
import SpoolNN

/// What it costs a decoder to read its own words. In training it is given the true word before each; in use it has
/// only what it wrote, and one wrong word makes others likely: exposure bias (Bengio, Vinyals, Jaitly & Shazeer, 2015).
struct ExposureBias {
  /// The mean cross-entropy of the true word at each position, in nats, where the words before it are given.
  let given: [Double]
  /// The same where the decoder reads the words that it finds likeliest itself.
  let alone: [Double]
  /// How many sentences have such a position.
  let counts: [Int]

  init(of model: TranslationModel<Float>, on batch: TranslationBatch) {
    let encoded = model.encode(batch.source)
    let (words, mask) = (batch.inputs.tokens, batch.targets.mask)
    var isOwn = Tensor<Bool>(repeating: true, shape: words.shape)
    isOwn[0] = false
    func losses(_ readouts: Tensor<Float>) -> [Double] {
      (0..<words.shape[0]).map { time in
        Double(
          crossEntropy(
            logits: model.output(readouts[time]), labels: batch.targets.tokens[time],
            mask: mask[time]
          ).scalar)
      }
    }
    given = losses(model.readouts(words, encoded))
    alone = losses(model.readouts(words, isOwn: isOwn, encoded))
    counts = (0..<words.shape[0]).map { mask[$0].scalars.count { $0 } }
  }

  /// The mean over all words of what reading one's own costs, in nats.
  var meanGap: Double {
    let gaps = zip(zip(alone, given), counts).map { ($0.0 - $0.1) * Double($1) }
    return gaps.reduce(0, +) / Double(counts.reduce(0, +))
  }
}
