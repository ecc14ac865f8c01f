import Foundation
import Spool
import SpoolNN
import TestSupport
import Testing

@Suite struct AttentionTests {
  private static let key = RandomKey(seed: 1)

  /// Compares weights, contexts and all gradients with PyTorch's.
  private func agrees<Score: AttentionScore<Double>>(
    _ name: String, _ score: Score, parameters: [String] = []
  ) throws {
    let golden = try Golden("Attention/\(name)")
    let mask: Tensor<Bool> = try golden.tensor("mask")
    let a: Tensor<Double> = try golden.tensor("cotangent.weights")
    let b: Tensor<Double> = try golden.tensor("cotangent.context")
    let own = score.parameters()
    #expect(own.count == parameters.count)
    let names = ["query", "keys"] + parameters
    let inputs: [Tensor<Double>] = try names.map { try golden.tensor($0) }
    var (weights, context): (Tensor<Double>, Tensor<Double>) = (0, 0)
    let (_, gradients) = valueAndGradients(at: inputs) { tensors in
      own.withValues(Array(tensors[2...])) {
        let memory = AttentionMemory(of: tensors[1], mask: mask, for: score)
        let result = attend(tensors[0], to: memory, by: score)
        (context, weights) = (stopGradient(result.context), stopGradient(result.weights))
        return (a * result.weights).sum() + (b * result.context).sum()
      }
    }
    expectClose(weights, try golden.tensor("weights"), within: 1e-12)
    expectClose(context, try golden.tensor("context"), within: 1e-12)
    for (name, gradient) in zip(names, gradients) {
      expectClose(try #require(gradient), try golden.tensor("grad.\(name)"), within: 1e-11, name)
    }
  }

  @Test func scoresAgreeWithPyTorch() throws {
    try agrees("dot", DotScore())
    try agrees("scaled_dot", DotScore(isScaled: true))
    try agrees(
      "general", GeneralScore(querySize: 3, keySize: 2, key: Self.key), parameters: ["weight"])
    try agrees(
      "additive", AdditiveScore(querySize: 3, keySize: 2, hiddenSize: 5, key: Self.key),
      parameters: ["query_weights", "key_weights", "vector"])
  }

  @Test func theGeneralScoreOfTheIdentityIsTheDotProduct() {
    let query = Tensor<Double>.normal([2, 3], key: Self.key)
    let keys = Tensor<Double>.normal([2, 4, 3], key: Self.key.folding(in: 1))
    let general = GeneralScore<Double>(
      querySize: 3, keySize: 3, weight: .identity(), key: Self.key)
    let dot = DotScore()(query, keys)
    expectClose(general(query, general.projected(keys)), dot, within: 1e-12)
    expectClose(
      DotScore(isScaled: true)(query, keys), dot / Tensor(Double(3).squareRoot()), within: 1e-12)
  }

  @Test func weightsSumToOneAndAreZeroWhereNothingIs() {
    let scores = Tensor<Float>(
      shape: [3, 4], [1, 900, -900, 2, 3, .nan, 1, .infinity, 5, 6, 7, 8])
    let mask: Tensor<Bool> = [
      [true, true, true, true], [true, false, true, false], [false, false, false, false],
    ]
    var weights: Tensor<Float> = 0
    let (_, gradient) = valueAndGradient(at: scores) { scores in
      let result = attentionWeights(scores, mask: mask)
      weights = stopGradient(result)
      return square(result).sum()
    }
    expectClose(weights.sum(1), [1, 1, 0], within: 1e-6)
    for (place, isThere) in mask.scalars.enumerated() where !isThere {
      #expect(weights.scalars[place] == 0)
      #expect(gradient.scalars[place] == 0)
    }
    #expect(gradient.scalars.allSatisfy { $0.isFinite })
  }

  /// Attention knows no order: that of a sequence is in its states, not in their places.
  @Test func theOrderOfTheMemoryHasNoMeaning() {
    let query = Tensor<Double>.normal([2, 3], key: Self.key)
    let values = Tensor<Double>.normal([2, 4, 3], key: Self.key.folding(in: 1))
    let mask: Tensor<Bool> = [[true, true, true, false], [true, true, false, false]]
    let order: Tensor<Int32> = [2, 0, 3, 1]
    let score = AdditiveScore<Double>(querySize: 3, keySize: 3, hiddenSize: 4, key: Self.key)
    let memory = AttentionMemory(of: values, mask: mask, for: score)
    let permuted = AttentionMemory(
      of: values.gathered(order, axis: 1), mask: mask.gathered(order, axis: 1), for: score)
    let (context, weights) = attend(query, to: memory, by: score)
    let (other, otherWeights) = attend(query, to: permuted, by: score)
    expectClose(other, context, within: 1e-14)
    expectClose(otherWeights, weights.gathered(order, axis: 1), within: 1e-14)
    #expect((context - values.mean(1)).scalars.contains { abs($0) > 0.01 })
  }

  @Test func aMemoryOfOneItemServesAllQueries() {
    let queries = Tensor<Double>.normal([3, 2], key: Self.key)
    let values = Tensor<Double>.normal([1, 4, 2], key: Self.key.folding(in: 1))
    let mask: Tensor<Bool> = [[true, false, true, true]]
    func check(_ score: some AttentionScore<Double>) {
      let one = AttentionMemory(of: values, mask: mask, for: score)
      let repeated = AttentionMemory(
        of: values.broadcasted(to: [3, 4, 2]), mask: mask.broadcasted(to: [3, 4]), for: score)
      expectClose(
        attend(queries, to: one, by: score).context,
        attend(queries, to: repeated, by: score).context, within: 1e-14)
    }
    check(DotScore())
    check(GeneralScore(querySize: 2, keySize: 2, key: Self.key))
    check(AdditiveScore(querySize: 2, keySize: 2, hiddenSize: 3, key: Self.key))
  }

  @Test func everyScoreCompilesInsideAScanAndEqualsTheUnrolledLoop() {
    let inputs = Tensor<Double>.normal([4, 3, 2], key: Self.key)
    let memory = Tensor<Double>.normal([3, 5, 2], key: Self.key.folding(in: 1))
    let mask = Tensor<Bool>.bernoulli([3, 5], probability: 0.7, key: Self.key)
    func check<Score: AttentionScore<Double>>(_ score: Score) {
      let own = score.parameters()
      let first = Tensor<Double>.zeros([3, 2])
      func run(
        _ executor: (Tensor<Double>, @escaping (Tensor<Double>, Tensor<Double>) -> Tensor<Double>)
          -> Tensor<Double>
      ) -> [Tensor<Double>?] {
        valueAndGradients(at: [inputs, memory] + own.values) { tensors in
          own.withValues(Array(tensors[2...])) {
            let memory = AttentionMemory(of: tensors[1], mask: mask, for: score)
            return square(
              executor(tensors[0]) { tanh($0 + attend($1, to: memory, by: score).context) }
            ).sum()
          }
        }.gradients
      }
      let compiled = run { inputs, cell in
        #expect(
          describeScan(inputs, from: first, cell).reasonForUnrolling == nil, "\(Score.self)")
        return scan(inputs, from: first, cell).outputs
      }
      let unrolled = run { unroll($0, from: first, $1).outputs }
      for (a, b) in zip(compiled, unrolled) { expectClose(a!, b!, within: 1e-12, "\(Score.self)") }
    }
    check(DotScore())
    check(DotScore(isScaled: true))
    check(GeneralScore(querySize: 2, keySize: 2, key: Self.key))
    check(AdditiveScore(querySize: 2, keySize: 2, hiddenSize: 3, key: Self.key))
  }

  @Test func shapesThatDoNotFitTrap() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = DotScore<Float>()(.zeros([2, 3]), .zeros([2, 4, 5])) }
    expectMessage(trapped, "queries have shape [2, 3], which must be [batch, features]")
  }

  @Test func poolingIsTheMeanWhileTheScorerIsZero() throws {
    let states = Tensor<Double>.normal([2, 4, 3], key: Self.key)
    let mask: Tensor<Bool> = [[true, true, true, true], [true, true, false, false]]
    let pooling = AttentivePooling<Double>(featureSize: 3, weight: .zeros, key: Self.key)
    expectClose(pooling(states), states.mean(1), within: 1e-14)
    expectClose(pooling(states, mask: mask)[1], states[1, ..<2].mean(0), within: 1e-14)
    let learnt = AttentivePooling<Double>(featureSize: 3, key: Self.key)
    learnt.scorer.bias!.value = [0.3]
    let scores = (0..<4).map { states[0, $0] * learnt.scorer.weight[.all, 0] }
      .map { Foundation.tanh($0.sum().scalar + 0.3) }
    let weights = scores.map { exp($0) / scores.map { exp($0) }.reduce(0, +) }
    let expected = (0..<4).map { states[0, $0] * Tensor(weights[$0]) }.reduce(0, +)
    expectClose(learnt(states)[0], expected, within: 1e-14)
    #expect((learnt(states) - states.mean(1)).scalars.contains { abs($0) > 0.01 })
    try checkGradients(of: learnt) { square(learnt(states, mask: mask)).sum() }
  }
}
