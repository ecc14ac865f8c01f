import Foundation
import Spool
import SpoolData
import SpoolNN
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct StorySequencesTests {
  private let questions = [
    StoryQuestion(sentences: [["a", "b"]], question: ["c"], answer: "b", support: [], story: 0),
    StoryQuestion(
      sentences: [["a", "b"], ["b"]], question: ["c", "a"], answer: "a", support: [], story: 0),
    StoryQuestion(sentences: [["a", "b"]], question: ["c"], answer: "c", support: [], story: 1),
  ]
  // 1 ... 3 are a, b, c; 4 ends a sentence, 5 a question, 6 asks.
  private let vocabulary = StoryVocabulary(words: ["a", "b", "c"] + StoryVocabulary.marks)

  private let byWord = StoryEncoding(vocabularySize: 7, wordsPerStep: 1)

  @Test func aStoryIsReadOnceWithItsQuestions() throws {
    let sequences = try vocabulary.sequences(questions, bySentence: false, from: "")
    #expect(
      sequences == [
        StorySequence(
          steps: [1, 2, 4, 3, 5, 6, 2, 4, 3, 1, 5, 6].map { [$0] },
          answers: [-1, -1, -1, -1, -1, 2, -1, -1, -1, -1, -1, 1]),
        StorySequence(
          steps: [1, 2, 4, 3, 5, 6].map { [$0] }, answers: [-1, -1, -1, -1, -1, 3]),
      ])
    let batch = StorySequenceBatch(sequences, byWord)
    #expect(batch.words.shape == [12, 2, 1])
    #expect(batch.words[.all, 1].scalars == [1, 2, 4, 3, 5, 6, 0, 0, 0, 0, 0, 0])
    #expect(batch.answers[5].scalars == [2, 3] && batch.answers[11].scalars == [1, 0])
    #expect(batch.isAnswer[11].scalars == [true, false])
    #expect(batch.isAnswer.scalars.count { $0 } == 3)
  }

  @Test func aStepMayReadASentence() throws {
    let sequences = try vocabulary.sequences(questions, bySentence: true, from: "")
    #expect(
      sequences == [
        StorySequence(
          steps: [[1, 2, 4], [3, 5, 6], [2, 4], [3, 1, 5, 6]], answers: [-1, 2, -1, 1]),
        StorySequence(steps: [[1, 2, 4], [3, 5, 6]], answers: [-1, 3]),
      ])
    let encoding = StoryEncoding(vocabularySize: 7, wordsPerStep: 4)
    let batch = StorySequenceBatch(sequences, encoding)
    #expect(batch.words.shape == [4, 2, 4])
    #expect(batch.words[2].scalars == [2, 4, 0, 0, 0, 0, 0, 0])
    #expect(batch.answers[1].scalars == [2, 3] && batch.isAnswer[3].scalars == [true, false])
    // Each word has its own inputs at each place of a step.
    let inputs = EchoNetwork().logits(for: batch, encoding)
    #expect(inputs.shape == [4, 2, 28])
    let last = inputs[3, 0].scalars
    #expect(last.indices.filter { last[$0] == 1 } == [3, 8, 19, 27])
  }

  @Test func renamingExchangesNamesAndNothingElse() throws {
    let story = StorySequence(steps: [[1, 2, 4], [3, 2, 5], [1, 6]], answers: [-1, 2, 1])
    var orders: Set<[Int32]> = []
    for seed in 0..<40 {
      let renamed = story.renamed([1, 2, 3], key: RandomKey(seed: seed))
      let names = [renamed.steps[0][0], renamed.steps[0][1], renamed.steps[1][0]]
      #expect(names.sorted() == [1, 2, 3])
      #expect(
        renamed
          == StorySequence(
            steps: [[names[0], names[1], 4], [names[2], names[1], 5], [names[0], 6]],
            answers: [-1, names[1], names[0]]))
      orders.insert(names)
    }
    #expect(orders.count == 6)
    #expect(story.renamed([], key: RandomKey(seed: 1)) == story)
  }

  /// Nothing that is measured is learnt from.
  @Test func partsAreKeptApart() throws {
    let folder = try TemporaryFolder()
    func stories(_ names: [String]) -> [UInt8] {
      Array(names.map { "1 \($0) went home.\n2 Where is \($0)?\thome\t1\n" }.joined().utf8)
    }
    let people = (0..<20).map { "P\($0)" }
    try folder.put(stories(people), in: "qa1_a_train.txt")
    try folder.put(stories(["Zoe"]), in: "qa1_a_test.txt")
    let task = try StoryTask(1, in: folder.path)
    func asked(_ questions: [StoryQuestion]) -> [String] { questions.map { $0.question[2] } }
    #expect(asked(task.training) == people[..<18].map { $0.lowercased() })
    #expect(asked(task.validation) == ["p18", "p19"] && asked(task.test) == ["zoe"])
    let reading = try StoryReading(task, bySentence: false)
    func read(_ sequences: [StorySequence]) -> [String] {
      sequences.map { reading.vocabulary.words[Int($0.steps[0][0]) - 1] }
    }
    #expect(read(reading.training) == asked(task.training))
    #expect(read(reading.validation) == ["p18", "p19"] && read(reading.test) == ["zoe"])
    // Those that are generated, too.
    let generated = try StoryTask(1, in: nil)
    let test = generated.test.prefix(20).map(\.sentences)
    #expect(test.allSatisfy { !generated.training.map(\.sentences).contains($0) })
    #expect(generated.training.count == 9 * generated.validation.count)

    try folder.put(stories(Array(people[..<9])), in: "qa1_a_train.txt")
    let error = #expect(throws: (any Error).self) { try StoryTask(1, in: folder.path) }
    #expect("\(error!)".contains("task 1 has 9 questions to learn from, too few"))
  }

  @Test func whatPaddingHoldsHasNoEffect() throws {
    let sizes = NeuralComputerSizes(inputs: 7, outputs: 7, hidden: 6, slots: 4, width: 3)
    let network = MachineNetwork(
      DifferentiableNeuralComputer<Float>(sizes, key: RandomKey(seed: 1)), key: RandomKey(seed: 2)
    ) { GRUCell(inputSize: $0, hiddenSize: $1, key: $2) }
    let batch = StorySequenceBatch(
      try vocabulary.sequences(questions, bySentence: false, from: ""), byWord)
    func loss(_ words: Tensor<Int32>) -> (value: Tensor<Float>, gradients: Gradients<Float>) {
      valueAndGradient(of: network) {
        crossEntropy(
          logits: network(oneHot(words[.all, .all, 0], depth: 7)), labels: batch.answers,
          mask: batch.isAnswer)
      }
    }
    let other = `where`(batch.words .== 0, 5, batch.words)
    #expect(other != batch.words)
    let (a, b) = (loss(batch.words), loss(other))
    #expect(a.value == b.value)
    for entry in network.parameters() {
      expectClose(
        a.gradients[entry.parameter]!, b.gradients[entry.parameter]!, within: 1e-6, entry.name)
    }
  }

  @Test func aScoreCountsAnswersOnly() throws {
    // More than are read side by side. Always the word 2: right once in three.
    let some = try vocabulary.sequences(questions, bySentence: false, from: "")
    let rest = Array(repeating: some[1], count: 60)
    let sequences = rest + some
    let network = ConstantNetwork(word: 2, count: 7)
    let score = network.score(on: sequences, byWord)
    let loss = network.loss(on: StorySequenceBatch(some, byWord), byWord).scalar
    let right: Double = log1p(6 * exp(-10))
    let expected: Double = (2 * (10 + right) + right) / 3
    #expect(abs(Double(loss) - expected) < 1e-5)
    #expect(abs(score.accuracy - 1.0 / 63) < 1e-9)
    let expectedOfAll: Double = (62 * (10 + right) + right) / 63
    #expect(abs(score.loss - expectedOfAll) < 1e-4)
  }
}

/// Predicts one word whatever comes.
private struct ConstantNetwork: BitNetwork {
  let word: Int32
  let count: Int

  func callAsFunction(_ inputs: Tensor<Float>) -> Tensor<Float> {
    10
      * oneHot(
        Tensor<Int32>(repeating: word, shape: [inputs.shape[0], inputs.shape[1]]), depth: count)
  }
  func recordings(_ inputs: Tensor<Float>) -> [Recording] { [] }
}

/// Predicts its inputs.
private struct EchoNetwork: BitNetwork {
  func callAsFunction(_ inputs: Tensor<Float>) -> Tensor<Float> { inputs }
  func recordings(_ inputs: Tensor<Float>) -> [Recording] { [] }
}
