import Spool
import SpoolData
import SpoolNN

/// Translates a sequence into another one: an encoder reads the source in both directions, and a decoder writes
/// the target word by word, with the words before each (Sutskever, Vinyals & Le, 2014; Cho et al., 2014),
///
///     s = [→h; ←h] = encoder(source)     h₀ = tanh(bridge([→h_last; ←h_last]))
///     before:  c = attend(hₜ₋₁, s)   hₜ = GRU([xₜ; c], hₜ₋₁)        rₜ = tanh(readout([hₜ; c; xₜ]))
///     after:   hₜ = GRU([xₜ; rₜ₋₁], hₜ₋₁)   c = attend(hₜ, s)       rₜ = tanh(readout([hₜ; c]))
///     p(yₜ) = softmax(rₜ V + b)
///
/// where xₜ is the embedding of the word yₜ₋₁. Without a score the context is fixed: c = [→h_last; ←h_last] at
/// every step, all that the decoder ever hears of the source.
struct TranslationModel<Scalar: RealScalar>: Module, Sendable {
  let sourceEmbedding: Embedding<Scalar>
  let targetEmbedding: Embedding<Scalar>
  let encoder: GRU<Scalar>
  let bridge: Linear<Scalar>
  let cell: GRUCell<Scalar>
  let score: (any AttentionScore<Scalar>)?
  let readout: Linear<Scalar>
  let output: Linear<Scalar>
  let dropout: Dropout
  let order: AttentionOrder

  init(_ sizes: TranslationSizes, key: RandomKey) {
    let keys = key.split(8)
    let (words, hidden) = (sizes.embedding, 2 * sizes.hidden)
    sourceEmbedding = Embedding(
      vocabularySize: sizes.source, featureSize: words, table: .normal(standardDeviation: 0.1),
      key: keys[0])
    targetEmbedding = Embedding(
      vocabularySize: sizes.target, featureSize: words, table: .normal(standardDeviation: 0.1),
      key: keys[1])
    encoder = GRU(
      inputSize: words, hiddenSizes: [sizes.hidden], bidirectional: true, key: keys[2])
    bridge = Linear(inputSize: hidden, outputSize: hidden, key: keys[3])
    let isFedBack = sizes.order == .after
    cell = GRUCell(
      inputSize: words + (isFedBack ? words : hidden), hiddenSize: hidden, key: keys[4])
    score = sizes.attention.score(querySize: hidden, keySize: hidden, key: keys[5])
    readout = Linear(
      inputSize: 2 * hidden + (isFedBack ? 0 : words), outputSize: words, key: keys[6])
    output = Linear(inputSize: words, outputSize: sizes.target, key: keys[7])
    dropout = Dropout(rate: sizes.dropout)
    order = sizes.order
  }

  /// What the decoder hears of the source.
  struct Encoded {
    /// The decoder's state before its first step.
    let state: DecoderState<Scalar>
    /// [→h_last; ←h_last], `[batch, context]`.
    let summary: Tensor<Scalar>
    /// The encoder's states, where the decoder attends to them.
    let memory: AttentionMemory<Scalar>?
  }

  /// Reads the source.
  func encode(_ source: PaddedBatch, key: RandomKey? = nil) -> Encoded {
    let words = dropping(sourceEmbedding(source.tokens), key?.folding(in: 0))
    let (states, last) = encoder(words, lengths: source.lengths)
    let summary = concatenated([last[0].forward, last[0].backward!], axis: -1)
    let h = tanh(bridge(summary))
    let fed = Tensor<Scalar>.zeros([h.shape[0], readout.outputSize])
    let memory = score.map {
      AttentionMemory(of: states.transposed(0, 1), mask: source.mask.transposed(0, 1), for: $0)
    }
    return Encoded(state: DecoderState(h: h, readout: fed), summary: summary, memory: memory)
  }

  /// One step of the decoder: the embedding of the word before, `[batch, embedding]`, and the state before it to
  /// the state after it, whose readout predicts the next word, and the weights of the source's positions,
  /// `[batch, time]`, where it attends to them.
  func step(
    _ x: Tensor<Scalar>, _ state: DecoderState<Scalar>, _ source: Encoded
  ) -> (state: DecoderState<Scalar>, weights: Tensor<Scalar>?) {
    let parts: [Tensor<Scalar>]
    let h: Tensor<Scalar>
    let weights: Tensor<Scalar>?
    switch order {
    case .before:
      let context: Tensor<Scalar>
      (context, weights) = attend(state.h, source)
      h = cell(concatenated([x, context], axis: -1), state.h).state
      parts = [h, context, x]
    case .after:
      h = cell(concatenated([x, state.readout], axis: -1), state.h).state
      let context: Tensor<Scalar>
      (context, weights) = attend(h, source)
      parts = [h, context]
    }
    return (DecoderState(h: h, readout: tanh(readout(concatenated(parts, axis: -1)))), weights)
  }

  private func attend(
    _ query: Tensor<Scalar>, _ source: Encoded
  ) -> (context: Tensor<Scalar>, weights: Tensor<Scalar>?) {
    guard let score, let memory = source.memory else {
      return (source.summary.broadcasted(to: [query.shape[0], source.summary.shape[1]]), nil)
    }
    return SpoolNN.attend(query, to: memory, by: score)
  }

  /// The readouts of all steps, `[time, batch, embedding]`, where the decoder is given the true words before
  /// each: teacher forcing (Williams & Zipser, 1989).
  ///
  /// - Parameter words: the words before each, `[time, batch]`, the first one the start token.
  func readouts(
    _ words: Tensor<Int32>, _ source: Encoded, key: RandomKey? = nil
  ) -> Tensor<Scalar> {
    let inputs = dropping(targetEmbedding(words), key?.folding(in: 1))
    return scan(inputs, from: source.state) { x, state in
      let next = step(x, state, source).state
      return (next.readout, next)
    }.outputs
  }

  /// `x` with some of its elements dropped; itself without a key.
  func dropping(_ x: Tensor<Scalar>, _ key: RandomKey?) -> Tensor<Scalar> {
    key.map { dropout(x, key: $0) } ?? x
  }
}

/// What the decoder carries from step to step.
struct DecoderState<Scalar: RealScalar>: RecurrentState {
  /// The cell's state, `[batch, hidden]`.
  var h: Tensor<Scalar>
  /// What predicts the next word, `[batch, embedding]`.
  var readout: Tensor<Scalar>

  func combined(
    with other: DecoderState, _ combine: (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>
  ) -> DecoderState {
    DecoderState(h: combine(h, other.h), readout: combine(readout, other.readout))
  }
}
