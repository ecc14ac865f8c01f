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

  @Test func aStoryIsReadOnceWithItsQuestions() throws {
    let sequences = try vocabulary.sequences(questions, from: "")
    #expect(
      sequences == [
        StorySequence(
          words: [1, 2, 4, 3, 5, 6, 2, 4, 3, 1, 5, 6],
          answers: [-1, -1, -1, -1, -1, 2, -1, -1, -1, -1, -1, 1]),
        StorySequence(words: [1, 2, 4, 3, 5, 6], answers: [-1, -1, -1, -1, -1, 3]),
      ])
    let batch = StorySequenceBatch(sequences)
    #expect(batch.words.shape == [12, 2])
    #expect(batch.words[.all, 1].scalars == [1, 2, 4, 3, 5, 6, 0, 0, 0, 0, 0, 0])
    #expect(batch.answers[5].scalars == [2, 3] && batch.answers[11].scalars == [1, 0])
    #expect(batch.isAnswer[11].scalars == [true, false])
    #expect(batch.isAnswer.scalars.count { $0 } == 3)
  }

  @Test func whatPaddingHoldsHasNoEffect() throws {
    let sizes = NeuralComputerSizes(inputs: 7, outputs: 7, hidden: 6, slots: 4, width: 3)
    let network = MachineNetwork(
      DifferentiableNeuralComputer<Float>(sizes, key: RandomKey(seed: 1)), key: RandomKey(seed: 2)
    ) { GRUCell(inputSize: $0, hiddenSize: $1, key: $2) }
    let batch = StorySequenceBatch(try vocabulary.sequences(questions, from: ""))
    func loss(_ words: Tensor<Int32>) -> (value: Tensor<Float>, gradients: Gradients<Float>) {
      valueAndGradient(of: network) {
        crossEntropy(
          logits: network(oneHot(words, depth: 7)), labels: batch.answers, mask: batch.isAnswer)
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
    let sequences = try vocabulary.sequences(questions, from: "")
    // Always the word 2: right once in three.
    let network = ConstantNetwork(word: 2, count: 7)
    let score = network.score(on: sequences, vocabularySize: 7)
    #expect(abs(score.accuracy - 1.0 / 3) < 1e-9)
    #expect(abs(score.loss - (2 * 10 + 3 * log1p(6 * exp(-10.0))) / 3) < 1e-4)
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
}
