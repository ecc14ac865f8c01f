import Spool
import SpoolData
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct MemoryNetworkTests {
  private let questions = [
    NumberedQuestion(sentences: [[1, 2, 3], [4, 2, 5]], question: [6, 1], answer: 3),
    NumberedQuestion(sentences: [[1, 2, 5, 3]], question: [6, 4, 4], answer: 5),
    NumberedQuestion(
      sentences: [[4, 5], [2, 2, 1], [3, 1, 4]], question: [6, 1], answer: 2),
  ]

  private func network() -> MemoryNetwork<Double> {
    MemoryNetwork(vocabulary: 7, width: 4, hops: 3, sentences: 5, key: RandomKey(seed: 1))
  }

  private func loss(
    _ network: MemoryNetwork<Double>, _ stories: StoryBatch, isLinear: Bool = false
  ) -> Tensor<Double> {
    crossEntropy(
      logits: network(stories, isLinear: isLinear).logits, labels: stories.answers, reduction: .sum)
  }

  @Test(arguments: [false, true]) func gradientsAgreeWithDifferences(isLinear: Bool) throws {
    let network = network()
    let stories = StoryBatch(questions, limit: 5)
    try checkGradients(of: network) { loss(network, stories, isLinear: isLinear) }
  }

  @Test func positionsAreEncodedAsInThePaper() {
    // l(k, j) = (1 − j/J) − (k/d) (1 − 2j/J) for J = 2 and 1, d = 3; 0 past the end.
    let encoding = positionEncoding(
      of: Tensor(shape: [3, 2], [5, 6, 7, 0, 0, 0]), width: 3, as: Double.self)
    let (third, two) = (1.0 / 3, 2.0 / 3)
    expectClose(
      encoding,
      Tensor(
        shape: [3, 2, 3],
        [0.5, 0.5, 0.5, third, two, 1, third, two, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0]), within: 1e-15)
  }

  /// One hop, written out; at first the matches are weights as they are.
  @Test(arguments: [false, true]) func aHopIsTheSoftmaxOfTheMatches(isLinear: Bool) {
    let network = MemoryNetwork<Double>(
      vocabulary: 7, width: 4, hops: 1, sentences: 5, key: RandomKey(seed: 2))
    let stories = StoryBatch([questions[0]], limit: 5)
    let (a, c) = (network.tables[0].value, network.tables[1].value)
    func sum(_ words: [Int], _ table: Tensor<Double>) -> Tensor<Double> {
      var sum = Tensor<Double>.zeros([4])
      for (place, word) in words.enumerated() {
        let share = Double(place + 1) / Double(words.count)
        let k = Tensor<Double>([0.25, 0.5, 0.75, 1])
        sum += (Tensor(1 - share) - k * Tensor(1 - 2 * share)) * table[word]
      }
      return sum
    }
    let told = [[1, 2, 3], [4, 2, 5]]
    let u = sum([6, 1], a)
    // The last sentence is of age 0.
    let m = told.enumerated().map { sum($1, a) + network.times[0].value[1 - $0] }
    let o = told.enumerated().map { sum($1, c) + network.times[1].value[1 - $0] }
    let matches = stack(m.map { ($0 * u).sum() })
    let p = isLinear ? matches : softmax(matches)
    let next = u + p[0] * o[0] + p[1] * o[1]
    let answers = network(stories, isLinear: isLinear)
    expectClose(answers.attention[0][0], p, within: 1e-14)
    expectClose(
      answers.logits[0], matmul(c, next.expandingAxis(at: 1)).squeezingAxis(at: 1), within: 1e-14)
  }

  @Test func aBatchIsItsItems() {
    let network = network()
    let together = network(StoryBatch(questions, limit: 5)).logits
    for (item, question) in questions.enumerated() {
      let alone = network(StoryBatch([question], limit: 5)).logits
      expectClose(alone[0], together[item], within: 1e-14)
    }
  }

  /// Every question counts once, those past the first hundred, too.
  @Test func aScoreIsOverAllQuestions() throws {
    let network = MemoryNetwork<Float>(
      vocabulary: 7, width: 4, hops: 2, sentences: 5, key: RandomKey(seed: 1))
    let many = (0..<250).map { questions[$0 < 240 ? 0 : 1] }
    let score = network.score(on: many)
    func loss(_ question: NumberedQuestion) -> Double {
      let stories = StoryBatch([question], limit: 5)
      return Double(
        crossEntropy(logits: network(stories).logits, labels: stories.answers).scalar)
    }
    let expected = (240 * loss(questions[0]) + 10 * loss(questions[1])) / 250
    #expect(abs(score.loss - expected) < 1e-5)
    func isRight(_ question: NumberedQuestion) -> Double {
      network(StoryBatch([question], limit: 5)).logits.argmax(1).scalars[0] == question.answer
        ? 1 : 0
    }
    let right = 240 * isRight(questions[0]) + 10 * isRight(questions[1])
    #expect(abs(score.accuracy - right / 250) < 1e-12)
  }

  @Test(arguments: [false, true]) func whatPaddingHoldsHasNoEffect(isLinear: Bool) {
    let network = network()
    let stories = StoryBatch(questions, limit: 5)
    var other = stories
    let isTold = stories.isTold
    other.sentences = `where`(isTold.expandingAxis(at: 2), stories.sentences, 4)
    other.ages = `where`(isTold, stories.ages, 3)
    #expect(other.sentences != stories.sentences)
    let (a, b) = (
      valueAndGradient(of: network) { loss(network, stories, isLinear: isLinear) },
      valueAndGradient(of: network) { loss(network, other, isLinear: isLinear) }
    )
    #expect(a.value == b.value)
    for entry in network.parameters() {
      expectClose(
        a.gradients[entry.parameter]!, b.gradients[entry.parameter]!, within: 1e-15, entry.name)
    }
  }

  @Test func agesCountFromTheLastSentence() {
    let stories = StoryBatch(questions, limit: 2)
    #expect(stories.sentences.shape == [3, 2, 4])
    #expect(stories.ages.scalars == [1, 0, 0, 0, 1, 0])
    // The first of three sentences is no more there.
    #expect(stories.sentences[2].scalars == [2, 2, 1, 0, 3, 1, 4, 0])
    #expect(stories.isTold.scalars == [true, true, true, false, true, true])
  }

  @Test func gapsMakeEarlierSentencesOlder() {
    func ages(_ gaps: [Bool], limit: Int) -> [Int32] {
      StoryBatch(
        [questions[2]], limit: limit, gaps: Tensor(shape: [1, limit], gaps)
      ).ages.scalars
    }
    #expect(ages([false, false, false, false, false], limit: 5) == [2, 1, 0])
    #expect(ages([true, false, false, false, false], limit: 5) == [3, 2, 0])
    #expect(ages([true, true, false, false, false], limit: 5) == [4, 2, 0])
    // No age reaches the limit.
    #expect(ages([true, true, true, true], limit: 4) == [3, 2, 0])
    #expect(ages([true, true, true], limit: 3) == [2, 1, 0])
  }

  @Test func learnsWherePeopleAre() throws {
    let parser = ArgumentParser(
      command: "zoo train memn2n", declarations: TrainVerb.declarations(of: MemN2N()))
    let settings = try parser.parse([
      "--epochs", "12", "--linear-epochs", "0", "--learning-rate", "0.02",
    ])
    let task = try StoryTask(1, in: nil)
    let vocabulary = StoryVocabulary(of: task.training + task.test)
    let network = MemoryNetwork<Float>(
      vocabulary: vocabulary.count, width: 20, hops: 2, sentences: 20, key: RandomKey(seed: 1))
    let training = try StoryTraining(
      network, on: vocabulary.numbered(Array(task.training.prefix(1000)), from: ""), settings)
    let test = try vocabulary.numbered(task.test, from: "")
    let before = network.score(on: test).accuracy
    for _ in 0..<training.stepCount { _ = try training.takeStep() }
    let after = network.score(on: test).accuracy
    #expect(before < 0.4)
    #expect(after > 0.9)
  }

  @Test func anUnknownWordIsNamed() throws {
    let vocabulary = StoryVocabulary(words: ["is", "where"])
    let question = StoryQuestion(
      sentences: [["is"]], question: ["where", "is", "zoe"], answer: "is", support: [])
    let error = #expect(throws: StoryVocabulary.UnknownWord.self) {
      try vocabulary.numbered([question], from: "stories.txt")
    }
    #expect(error?.description.hasPrefix("stories.txt uses the word \"zoe\"") == true)
  }
}
