import Spool
import SpoolData
import SpoolNN

/// Some sentences and their translations, as numbers.
struct TranslationBatch {
  /// The source sentences.
  let source: PaddedBatch
  /// The words that the decoder reads: the start token and all words of the target.
  let inputs: PaddedBatch
  /// The words that it has to predict from them: all words of the target and the end token.
  let targets: PaddedBatch
}

extension TranslationBatch {
  init(source: [[Int32]], target: [[Int32]]) {
    self.source = PaddedBatch(source)
    inputs = PaddedBatch(target.map { [WordVocabulary.SpecialToken.start.rawValue] + $0 })
    targets = PaddedBatch(target.map { $0 + [WordVocabulary.SpecialToken.end.rawValue] })
  }
}

extension TranslationModel {
  /// The cross-entropy of the target's words, each predicted from the source and the words before it; the sum
  /// over all words in nats, or their mean.
  ///
  /// - Parameters:
  ///   - key: the key of dropout and scheduled sampling; nil for neither.
  ///   - sampling: the probability that the decoder reads its own word instead of the true one.
  ///   - smoothing: the share of the true word's probability that all words have to share.
  func loss(
    _ batch: TranslationBatch, reduction: LossReduction = .mean, key: RandomKey? = nil,
    sampling: Double = 0, smoothing: Scalar = 0
  ) -> Tensor<Scalar> {
    let encoded = encode(batch.source, key: key)
    let outputs =
      if let key, sampling > 0 {
        sampledReadouts(batch.inputs.tokens, encoded, probability: sampling, key: key)
      } else {
        readouts(batch.inputs.tokens, encoded, key: key)
      }
    // Only what is not padding goes through the output layer, the largest of the model.
    let mask = batch.targets.mask
    let kept = dropping(outputs.selecting(where: mask), key?.folding(in: 2))
    return crossEntropy(
      logits: output(kept), labels: batch.targets.tokens.selecting(where: mask),
      labelSmoothing: smoothing, reduction: reduction)
  }

  /// The readouts where at each step after the first the decoder reads, with some probability, the word that it
  /// itself finds likeliest: scheduled sampling (Bengio, Vinyals, Jaitly & Shazeer, 2015). No gradient flows
  /// through that choice.
  func sampledReadouts(
    _ words: Tensor<Int32>, _ source: Encoded, probability: Double, key: RandomKey
  ) -> Tensor<Scalar> {
    var isOwn = Tensor<Bool>.bernoulli(
      words.shape, probability: probability, key: key.folding(in: 3))
    isOwn[0] = false
    return readouts(words, isOwn: isOwn, source, key: key)
  }

  /// The readouts where the decoder reads the word that it itself finds likeliest wherever `isOwn`, `[time, batch]`,
  /// says so, and the true one elsewhere.
  func readouts(
    _ words: Tensor<Int32>, isOwn: Tensor<Bool>, _ source: Encoded, key: RandomKey? = nil
  ) -> Tensor<Scalar> {
    let inputs = dropping(targetEmbedding(words), key?.folding(in: 1))
    return scan((inputs, isOwn), from: source.state) { step, state in
      let next = self.step(input(step, state), state, source).state
      return (next.readout, next)
    }.outputs
  }

  /// What a step reads: the embedding of the true word, or of the one that the state's readout finds likeliest where
  /// `isOwn` says so, `[batch]`.
  func input(
    _ step: (word: Tensor<Scalar>, isOwn: Tensor<Bool>), _ state: DecoderState<Scalar>
  ) -> Tensor<Scalar> {
    let own = targetEmbedding(output(stopGradient(state.readout)).argmax(1))
    return `where`(step.isOwn.expandingAxis(at: 1), own, step.word)
  }
}
