import Foundation
import Spool
import SpoolTraining
import Testing

/// Searches over a model whose next word depends on all words before it.
@Suite struct SearchTests {
  private static let start: Int32 = 0
  private static let end: Int32 = 1
  private static let first = Tensor<Double>.zeros([1, 1])

  /// Random logits after each sequence of words, which the state holds as a number.
  private final class Model {
    let vocabulary: Int
    let key: RandomKey
    /// How many sequences each call extended.
    var calls: [Int] = []

    init(vocabulary: Int, seed: Int) {
      self.vocabulary = vocabulary
      key = RandomKey(seed: seed)
    }

    func step(
      _ words: Tensor<Int32>, _ state: Tensor<Double>
    ) -> (logits: Tensor<Double>, state: Tensor<Double>) {
      calls.append(words.count)
      let word = words.converted(to: Double.self).expandingAxis(at: 1)
      let next = state * Tensor(Double(vocabulary)) + word + 1
      let rows = next.scalars.map {
        Tensor<Double>.normal(
          [1, vocabulary], standardDeviation: 2, key: key.folding(in: Int($0)))
      }
      return (concatenated(rows, axis: 0), next)
    }

    func greedy(length: Int) -> (tokens: [Int32], logProbability: Double, isFinished: Bool) {
      let found = greedySearch(
        from: first, start: start, end: end, maximumLength: length, step)
      return (found.tokens, found.logProbability, found.isFinished)
    }

    func beam(width: Int, length: Int, penalty: Double) -> [Hypothesis] {
      beamSearch(
        from: first, start: start, end: end, width: width, maximumLength: length,
        lengthPenalty: penalty, step)
    }

    /// All sequences of up to `length` words with their log probabilities, ended or not.
    func all(
      length: Int, after tokens: [Int32] = [], _ state: Tensor<Double> = first, _ sum: Double = 0
    ) -> [(tokens: [Int32], logProbability: Double, isFinished: Bool)] {
      if length == 0 { return [(tokens, sum, false)] }
      let (logits, next) = step(Tensor([tokens.last ?? start]), state)
      return logSoftmax(logits)[0].scalars.enumerated().flatMap { word, logProbability in
        word == Int(end)
          ? [(tokens, sum + logProbability, true)]
          : all(length: length - 1, after: tokens + [Int32(word)], next, sum + logProbability)
      }
    }
  }

  @Test func greedySearchTakesTheLikeliestWordAtEachStep() {
    var ended: Set<Bool> = []
    for seed in 0..<10 {
      let model = Model(vocabulary: 5, seed: seed)
      let found = model.greedy(length: 4)
      var (state, last, sum) = (Self.first, Self.start, 0.0)
      for word in found.tokens + (found.isFinished ? [Self.end] : []) {
        let (logits, next) = model.step(Tensor([last]), state)
        #expect(logits[0].argmax(0).scalar == word)
        sum += logSoftmax(logits)[0, Int(word)].scalar
        (state, last) = (next, word)
      }
      #expect(abs(found.logProbability - sum) < 1e-12)
      #expect(found.isFinished || found.tokens.count == 4)
      ended.insert(found.isFinished)
    }
    #expect(ended == [true, false])
  }

  @Test(arguments: 0..<20) func aBeamOfOneIsGreedy(seed: Int) {
    let model = Model(vocabulary: 4, seed: seed)
    let greedy = model.greedy(length: 5)
    let found = model.beam(width: 1, length: 5, penalty: 0.7)
    #expect(found.count == 1)
    #expect(found[0].tokens == greedy.tokens && found[0].isFinished == greedy.isFinished)
    #expect(abs(found[0].logProbability - greedy.logProbability) < 1e-12)
  }

  @Test(arguments: [0, 0.6, 1, 2]) func aBeamThatLeavesNothingOutIsExhaustive(penalty: Double) {
    var better = 0
    for seed in 0..<10 {
      let model = Model(vocabulary: 4, seed: seed)
      let all = model.all(length: 4)
      let total: Double = all.reduce(0) { $0 + exp($1.logProbability) }
      #expect(abs(total - 1) < 1e-12)
      let scores = all.map { entry in
        let length = entry.tokens.count + (entry.isFinished ? 1 : 0)
        return entry.logProbability / pow(Double(5 + length) / 6, penalty)
      }
      let best = all.indices.sorted { scores[$0] > scores[$1] }
      let found = model.beam(width: 256, length: 4, penalty: penalty)
      #expect(found.map(\.tokens) == best.map { all[$0].tokens })
      #expect(found.map(\.isFinished) == best.map { all[$0].isFinished })
      if found[0].tokens != model.greedy(length: 4).tokens { better += 1 }
    }
    #expect(better > 0, "the greedy search finds the best ones, too: the models are too simple")
  }

  /// K sequences are extended by all V words; of these K · V and of those that have ended, K are kept.
  @Test func aBeamHoldsNoMoreThanItsWidth() {
    for seed in 0..<10 {
      let model = Model(vocabulary: 6, seed: seed)
      #expect(model.beam(width: 3, length: 6, penalty: 0).count == 3)
      #expect(model.calls.first == 1 && model.calls.allSatisfy { (1...3).contains($0) })
    }
  }

  @Test func whatHasEndedStaysAsItIs() {
    // At first the end is likely; after the other words all are equally unlikely.
    var calls: [[Int32]] = []
    let found = beamSearch(
      from: Self.first, start: Self.start, end: Self.end, width: 2, maximumLength: 3
    ) { (words: Tensor<Int32>, state: Tensor<Double>) in
      calls.append(words.scalars)
      let rows = words.scalars.map { word in
        Tensor<Double>(shape: [1, 4], word == Self.start ? [-9, 2, 1, -9] : [0, 0, 0, 0])
      }
      return (logits: concatenated(rows, axis: 0), state: state)
    }
    let first = logSoftmax([-9, 2, 1, -9] as Tensor<Double>).scalars
    #expect(calls[1...].allSatisfy { $0.count == 1 }, "only what has not ended is extended")
    #expect(found[0].tokens == [] && found[0].isFinished)
    #expect(found[0].logProbability == first[1])
    #expect(found[1].logProbability < first[2])
  }

  @Test func theLengthPenaltyFavoursLongSequences() {
    let short = Hypothesis(tokens: [2], logProbability: -3, isFinished: true)
    let long = Hypothesis(tokens: [2, 3, 4, 5, 6, 7], logProbability: -4, isFinished: true)
    #expect(short.score(lengthPenalty: 0) > long.score(lengthPenalty: 0))
    #expect(short.score(lengthPenalty: 1) < long.score(lengthPenalty: 1))
    // Wu et al. (2016), equation 14: ((5 + |Y|) / 6)^α.
    #expect(abs(long.score(lengthPenalty: 0.5) + 4 / 2.0.squareRoot()) < 1e-12)
  }
}
