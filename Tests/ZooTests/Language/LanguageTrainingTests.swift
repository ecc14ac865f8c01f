import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

/// Truncated backpropagation, of a network that does not learn, so that its losses are comparable.
@Suite struct LanguageTrainingTests {
  private let text = (0..<26).map { Int32($0 * $0 % 7) }

  private func training(
    dropout: Double = 0, time: Int = 4
  ) throws -> LanguageTraining<WordNetwork<Float>> {
    let network = WordNetwork<Float>(
      WordNetworkSizes(
        vocabulary: 7, hidden: 8, layers: 1, initialBound: 0.8, dropout: dropout),
      key: RandomKey(seed: 1))
    return LanguageTraining(
      network, on: try ContiguousBatches(text, batch: 2, time: time),
      with: Trainer(
        network, SGD(for: network, learningRate: 0), schedule: .constant(0)),
      key: RandomKey(seed: 2))
  }

  private func losses(_ training: LanguageTraining<WordNetwork<Float>>, _ count: Int) throws
    -> [Double]
  {
    try (0..<count).map { _ in try training.takeStep().report.loss }
  }

  /// The chunks of an epoch have, together, the loss of the whole; the next epoch begins anew.
  @Test func theStateIsCarriedToTheEndOfTheTextAndNoFurther() throws {
    let chunks = try losses(training(), 6)
    let whole = try losses(training(time: 12), 1)[0]
    #expect(abs(chunks[..<3].reduce(0, +) / 3 - whole) < 1e-6)
    #expect(chunks[..<3] == chunks[3...])
    #expect(chunks[0] != chunks[1])
  }

  @Test func eachStepDropsOtherFeatures() throws {
    let whole = try losses(training(dropout: 0.5, time: 12), 3)
    #expect(Set(whole).count == 3)
  }

  /// The gradient of a chunk is that of its loss by the parameters alone: no chunk before it takes part.
  @Test func gradientsAreNotCarried() throws {
    let training = try training()
    _ = try training.takeStep()
    let report = try training.takeStep().report
    let network = training.network
    let chunks = try ContiguousBatches(text, batch: 2, time: 4)
    let state = network(chunks[0].inputTensor, from: nil).state
    let (_, gradients) = valueAndGradient(of: network) {
      crossEntropy(
        logits: network(chunks[1].inputTensor, from: state).logits, labels: chunks[1].targetTensor)
    }
    var copy = gradients
    let norm = try copy.clip(toNorm: .greatestFiniteMagnitude).before
    #expect(abs(report.gradientNorm - norm) < 1e-6)
  }

  /// Every word costs the same, whatever the chunk that it is in, and the last chunk may be short.
  @Test func theMeanIsOverWords() throws {
    let network = try training().network
    let loss = try network.meanCrossEntropy(of: text, batch: 1, time: 7)
    let logits = network(Tensor(shape: [25, 1], Array(text.dropLast())), from: nil).logits
    let expected = crossEntropy(
      logits: logits, labels: Tensor(shape: [25, 1], Array(text.dropFirst())))
    #expect(abs(loss - Double(expected.scalar)) < 1e-6)
  }
}
