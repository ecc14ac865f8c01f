import Foundation
import Spool
import SpoolData
import SpoolPlot
import Testing

@testable import SpoolZoo

/// Copies with logits of ±0.3 in the last steps, but for two bits, and says the opposite in the first ones.
private struct AlmostCopying: BitNetwork {
  func callAsFunction(_ inputs: Tensor<Float>) -> Tensor<Float> {
    let length = (inputs.shape[0] - 1) / 2
    var logits = 0.6 * inputs[..<length, .all, ..<8] - 0.3
    let copied = logits
    logits[-1, .all, 0] = -1 * logits[-1, .all, 0]
    logits[0, .all, 5] = -1 * logits[0, .all, 5]
    return concatenated([-1 * copied, .zeros([1, inputs.shape[1], 8]), logits])
  }

  func recordings(_ inputs: Tensor<Float>) -> [Recording] {
    [Recording(name: "inputs", activations: inputs[.all, 0], range: 0...1)]
  }
}

@Suite struct AlgorithmAccuracyTests {
  @Test func wrongBitsAreThoseOfTheAnswers() {
    let accuracy = AlgorithmAccuracy(of: AlmostCopying(), on: AlgorithmTask(.copy), size: 3)
    #expect(accuracy.wrongBits == [Int](repeating: 2, count: 64))
    #expect(accuracy.meanWrongBits == 2 && abs(accuracy.errorRate - 2.0 / 24) < 1e-12)
    #expect(accuracy.description == "length 3: 2.00 wrong bits of 24, 0 of 64 exact")
  }

  /// The page about a sequence of half the greatest length: what should be answered, what is, and what happens inside.
  @Test func oneSequenceIsShown() {
    var page = HTMLReport(title: "")
    for part in AlgorithmTask(.copy, longest: 6).inspection(of: AlmostCopying()) { page.add(part) }
    #expect(page.html.contains("2 of 24 bits are wrong"))
    let sequence = AlgorithmTask(.copy).sequences(
      size: 3, batch: 1, key: RandomKey(seed: 0).folding(in: 2).folding(in: 3))
    let rows = (0..<8).map { bit in sequence.targets[.all, 0, bit].scalars.map { Double($0) } }
    let map = HeatMap(
      title: "the true answer", columns: ["", "", ""], rows: (0..<8).map { "bit \($0)" },
      values: rows)
    #expect(page.html.contains(map.svg(cell: 14)))
    #expect(page.html.contains("the network's answer") && page.html.contains("<td>inputs</td>"))
  }

  @Test func theLossIsOfTheAnswersOnly() {
    let sequences = AlgorithmTask(.copy).sequences(size: 3, batch: 5, key: RandomKey(seed: 1))
    let loss = Double(AlmostCopying().loss(on: sequences).scalar)
    let expected = (22 * log1p(exp(-0.3)) + 2 * log1p(exp(0.3))) / 24
    #expect(abs(loss - expected) < 1e-6)
  }

  /// Sizes to learn from are drawn from the whole range, both its ends included.
  @Test func sizesAreDrawnFromTheWholeRange() {
    let task = AlgorithmTask(.repeatCopy, longest: 3)
    var drawn: Set<Int> = []
    for seed in 0..<200 {
      let sequences = task.sequences(batch: 1, key: RandomKey(seed: seed))
      // length · (copies + 1) + 2 steps, of which length · copies + 1 are answers.
      drawn.insert(sequences.inputs.shape[0] - sequences.targets.shape[0] - 1)
    }
    #expect(drawn == [1, 2, 3])
    let lengths = (0..<200).map { seed in
      AlgorithmTask(.repeatCopy, longest: 3).sequences(batch: 1, key: RandomKey(seed: seed))
        .targets.shape[0]
    }
    #expect(lengths.min() == 2 && lengths.max() == 31)
  }
}
