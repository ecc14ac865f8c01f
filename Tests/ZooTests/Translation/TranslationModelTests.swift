import Spool
import SpoolData
import SpoolNN
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct TranslationModelTests {
  private static func sizes(_ kind: AttentionKind, _ order: AttentionOrder) -> TranslationSizes {
    TranslationSizes(
      source: 9, target: 7, embedding: 3, hidden: 2, attention: kind, order: order)
  }

  private static func model(
    _ kind: AttentionKind, _ order: AttentionOrder = .before
  ) -> TranslationModel<Double> {
    let model = TranslationModel<Double>(sizes(kind, order), key: RandomKey(seed: 5))
    // The embeddings start small, which would hide much of what the tests look for.
    for embedding in [model.sourceEmbedding, model.targetEmbedding] {
      embedding.table = 10 * embedding.table
    }
    return model
  }

  private static let source: [[Int32]] = [[4, 5, 6, 7], [8], [5, 4, 8]]
  private static let target: [[Int32]] = [[4, 5], [6, 4, 5, 6], [5]]
  private static let batch = TranslationBatch(source: source, target: target)

  private static let kinds: [(AttentionKind, AttentionOrder)] = AttentionKind.allCases.flatMap {
    kind in AttentionOrder.allCases.map { (kind, $0) }
  }

  @Test func kindsAreTheScoresThatTheyAreCalled() {
    func score(_ kind: AttentionKind) -> (any AttentionScore<Double>)? {
      kind.score(querySize: 4, keySize: 4, key: RandomKey(seed: 1))
    }
    #expect(score(.none) == nil)
    #expect((score(.dot) as? DotScore<Double>)?.isScaled == false)
    #expect((score(.scaled) as? DotScore<Double>)?.isScaled == true)
    #expect(score(.general) is GeneralScore<Double> && score(.additive) is AdditiveScore<Double>)
  }

  @Test(arguments: kinds)
  func gradientsAgreeWithDifferences(_ kind: AttentionKind, _ order: AttentionOrder) throws {
    let model = Self.model(kind, order)
    try checkGradients(of: model, elementLimit: 60) { model.loss(Self.batch) }
  }

  @Test(arguments: kinds)
  func theDecoderCompilesAndEqualsTheUnrolledLoop(
    _ kind: AttentionKind, _ order: AttentionOrder
  ) {
    let model = Self.model(kind, order)
    func run(
      _ executor: (
        Tensor<Double>, DecoderState<Double>,
        @escaping (Tensor<Double>, DecoderState<Double>) -> (Tensor<Double>, DecoderState<Double>)
      ) -> Tensor<Double>
    ) -> Gradients<Double> {
      valueAndGradient(of: model) {
        let encoded = model.encode(Self.batch.source)
        let inputs = model.targetEmbedding(Self.batch.inputs.tokens)
        let readouts = executor(inputs, encoded.state) { x, state in
          let next = model.step(x, state, encoded).state
          return (next.readout, next)
        }
        return square(readouts).sum()
      }.gradients
    }
    let compiled = run { inputs, state, cell in
      #expect(describeScan(inputs, from: state, cell).reasonForUnrolling == nil)
      return scan(inputs, from: state, cell).outputs
    }
    let unrolled = run { unroll($0, from: $1, $2).outputs }
    for entry in model.parameters() where !entry.name.hasPrefix("output.") {
      guard let gradient = compiled[entry.parameter] else {
        #expect(unrolled[entry.parameter] == nil, "\(entry.name)")
        continue
      }
      expectClose(gradient, unrolled[entry.parameter]!, within: 1e-12, entry.name)
    }
  }

  @Test(arguments: kinds)
  func aBatchEqualsItsSentencesOneByOne(_ kind: AttentionKind, _ order: AttentionOrder) {
    let model = Self.model(kind, order)
    let (loss, gradients) = valueAndGradient(of: model) { model.loss(Self.batch, reduction: .sum) }
    let (sum, expected) = valueAndGradient(of: model) {
      zip(Self.source, Self.target).map {
        model.loss(TranslationBatch(source: [$0], target: [$1]), reduction: .sum)
      }.reduce(0, +)
    }
    expectClose(loss, sum, within: 1e-12)
    for entry in model.parameters() {
      guard let gradient = gradients[entry.parameter] else { continue }
      expectClose(gradient, expected[entry.parameter]!, within: 1e-12, entry.name)
    }
  }

  /// What stands past the end of a sentence is never read: not by the encoder, the attention or the loss.
  @Test(arguments: kinds)
  func paddingHasNoEffect(_ kind: AttentionKind, _ order: AttentionOrder) {
    let model = Self.model(kind, order)
    func loss(padding: Int32) -> (Tensor<Double>, Gradients<Double>) {
      let start = WordVocabulary.SpecialToken.start.rawValue
      let end = WordVocabulary.SpecialToken.end.rawValue
      let batch = TranslationBatch(
        source: PaddedBatch(Self.source, padding: padding),
        inputs: PaddedBatch(Self.target.map { [start] + $0 }, padding: padding),
        targets: PaddedBatch(Self.target.map { $0 + [end] }, padding: padding))
      return valueAndGradient(of: model) { model.loss(batch) }
    }
    let (loss0, gradients0) = loss(padding: 0)
    let (loss6, gradients6) = loss(padding: 6)
    #expect(loss0.scalar == loss6.scalar)
    for entry in model.parameters() {
      guard let gradient = gradients0[entry.parameter] else { continue }
      #expect(gradient == gradients6[entry.parameter]!, "\(entry.name)")
    }
    #expect(gradients0[model.sourceEmbedding.$table]![0].scalars == [0, 0, 0])
    let encoded = model.encode(Self.batch.source)
    guard let weights = model.step(.zeros([3, 3]), encoded.state, encoded).weights else { return }
    for (weight, isThere) in zip(weights.scalars, encoded.memory!.mask!.scalars) {
      #expect((weight > 0) == isThere)
    }
    expectClose(weights.sum(1), [1, 1, 1], within: 1e-14)
  }

  /// The decoder is given the start and the words before each word, never the word that it has to predict.
  @Test(arguments: AttentionOrder.allCases)
  func noWordIsPredictedFromItself(_ order: AttentionOrder) {
    #expect(Self.batch.inputs.tokens.scalars.prefix(3) == [2, 2, 2])
    for (item, words) in Self.target.enumerated() {
      let column = { (batch: PaddedBatch) in
        Array(batch.tokens[.all, item].scalars.prefix(batch.lengths[item]))
      }
      #expect(column(Self.batch.inputs) == [2] + words)
      #expect(column(Self.batch.targets) == words + [3])
    }
    let model = Self.model(.additive, order)
    let encoded = model.encode(Self.batch.source)
    let inputs = Self.batch.inputs.tokens
    let readouts = model.readouts(inputs, encoded)
    for time in 0..<inputs.shape[0] {
      var changed = inputs
      changed[time] = [1, 1, 1]
      let difference = abs(model.readouts(changed, encoded) - readouts).max(1, 2).scalars
      // Input t is the word before target t: it may have an effect from there on, and must have.
      #expect(difference[..<time].allSatisfy { $0 == 0 })
      #expect(difference[time...].allSatisfy { $0 > 1e-6 })
    }
  }

  /// The decoder starts from the last states of both directions, each at its own end of the sentence.
  @Test func theEncodersLastStatesAreHandedOver() {
    let model = Self.model(.none)
    let encoded = model.encode(Self.batch.source)
    for (item, sentence) in Self.source.enumerated() {
      func last(_ cell: GRUCell<Double>, _ words: [Int32]) -> Tensor<Double> {
        words.reduce(cell.initialState(batch: 1)) {
          cell(model.sourceEmbedding(Tensor([$1])), $0).state
        }
      }
      let layer = model.encoder.layers[0]
      let both = concatenated(
        [last(layer.forward, sentence), last(layer.backward!, sentence.reversed())], axis: 1)
      expectClose(encoded.summary[item], both[0], within: 1e-14)
      expectClose(encoded.state.h[item], tanh(model.bridge(both))[0], within: 1e-14)
    }
    #expect(encoded.summary.shape == [3, 4] && encoded.state.h.shape == [3, 4])
  }

  @Test(arguments: [("step_before", AttentionOrder.before), ("step_after", .after)])
  func aStepAgreesWithPyTorch(_ name: String, _ order: AttentionOrder) throws {
    let golden = try Golden("Attention/\(name)")
    func tensor(_ name: String) throws -> Tensor<Double> { try golden.tensor(name) }
    let model = Self.model(.general, order)
    (model.score as! GeneralScore<Double>).weight = try tensor("score")
    model.readout.weight = try tensor("readout")
    model.readout.bias!.value = try tensor("readout_bias")
    try model.cell.loadPyTorchWeights(
      Dictionary(
        uniqueKeysWithValues: ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].map {
          ($0, try tensor($0))
        }))
    let fed = order == .after ? try tensor("fed") : Tensor.zeros([2, 3])
    let names = ["x", "h", "keys"]
    var next = DecoderState<Double>(h: 0, readout: 0)
    let (_, gradients) = try valueAndGradients(at: names.map(tensor)) { inputs in
      let memory = AttentionMemory(
        of: inputs[2], mask: try golden.tensor("mask"), for: model.score!)
      let source = TranslationModel<Double>.Encoded(
        state: DecoderState(h: inputs[1], readout: fed), summary: .zeros([2, 4]), memory: memory)
      let state = model.step(inputs[0], source.state, source).state
      next = stopGradient(state)
      return (try tensor("cotangent.h1") * state.h).sum()
        + (try tensor("cotangent.r1") * state.readout).sum()
    }
    expectClose(next.h, try tensor("h1"), within: 1e-12)
    expectClose(next.readout, try tensor("r1"), within: 1e-12)
    for (name, gradient) in zip(names, gradients) {
      expectClose(gradient!, try tensor("grad.\(name)"), within: 1e-11, name)
    }
  }

  /// With probability 1 every word after the start is the decoder's own, with 0 every one is the true one; both
  /// compiled.
  @Test func scheduledSamplingReadsTheDecodersOwnWords() throws {
    let model = Self.model(.additive)
    let key = RandomKey(seed: 3)
    let encoded = model.encode(Self.batch.source)
    let words = Self.batch.inputs.tokens
    var own = words
    for time in 1..<words.shape[0] {
      own[time] = model.output(model.readouts(own, encoded)[time - 1]).argmax(1)
    }
    #expect(own != words)
    func sampled(_ probability: Double) -> Tensor<Double> {
      model.sampledReadouts(words, encoded, probability: probability, key: key)
    }
    expectClose(sampled(1), model.readouts(own, encoded), within: 1e-12)
    expectClose(sampled(0), model.readouts(words, encoded), within: 1e-12)
    let half = sampled(0.5)
    #expect(half != sampled(0) && half != sampled(1) && half == sampled(0.5))
    try checkGradients(of: model, elementLimit: 20) {
      model.loss(Self.batch, key: key, sampling: 0.5)
    }
    _ = valueAndGradient(of: model) {
      let encoded = model.encode(Self.batch.source)
      let inputs = (model.targetEmbedding(words), Tensor<Bool>(repeating: true, shape: words.shape))
      let description = describeScan(inputs, from: encoded.state) { step, state in
        let next = model.step(model.input(step, state), state, encoded).state
        return (next.readout, next)
      }
      #expect(description.reasonForUnrolling == nil, "\(description)")
      return encoded.state.h.sum()
    }
  }

  @Test func dropoutIsAFunctionOfTheKey() {
    var sizes = Self.sizes(.dot, .before)
    sizes.dropout = 0.5
    let model = TranslationModel<Double>(sizes, key: RandomKey(seed: 5))
    let (a, b) = (RandomKey(seed: 1), RandomKey(seed: 2))
    #expect(model.loss(Self.batch, key: a) == model.loss(Self.batch, key: a))
    #expect(model.loss(Self.batch, key: a) != model.loss(Self.batch, key: b))
    #expect(model.loss(Self.batch) == model.loss(Self.batch))
  }
}
