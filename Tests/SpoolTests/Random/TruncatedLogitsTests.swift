import Foundation
import Spool
import TestSupport
import Testing

@Suite struct TruncatedLogitsTests {
  /// Probabilities 0.1, 0.4, 0.2, 0.3, and the same turned round.
  private let logits: Tensor<Double> = log([[0.1, 0.4, 0.2, 0.3], [0.3, 0.2, 0.4, 0.1]])

  private func kept(_ truncated: Tensor<Double>) -> [[Int]] {
    (0..<2).map { row in
      let left = truncated[row].scalars
      for (place, value) in left.enumerated() where value != -.infinity {
        #expect(value == logits[row, place].scalar)
      }
      return left.indices.filter { left[$0] != -.infinity }
    }
  }

  @Test func theLikeliestAreLeft() {
    #expect(kept(truncatedLogits(logits)) == [[0, 1, 2, 3], [0, 1, 2, 3]])
    #expect(kept(truncatedLogits(logits, topK: 1)) == [[1], [2]])
    #expect(kept(truncatedLogits(logits, topK: 3)) == [[1, 2, 3], [0, 1, 2]])
    #expect(kept(truncatedLogits(logits, topK: 9)) == [[0, 1, 2, 3], [0, 1, 2, 3]])
    #expect(truncatedLogits([1, 1, 1, 0] as Tensor<Float>, topK: 2).scalars[2] == -.infinity)
  }

  @Test func theNucleusHasThatProbabilityAtLeast() {
    #expect(kept(truncatedLogits(logits, topP: 0.05)) == [[1], [2]])
    #expect(kept(truncatedLogits(logits, topP: 0.39)) == [[1], [2]])
    #expect(kept(truncatedLogits(logits, topP: 0.41)) == [[1, 3], [0, 2]])
    #expect(kept(truncatedLogits(logits, topP: 0.89)) == [[1, 2, 3], [0, 1, 2]])
    #expect(kept(truncatedLogits(logits, topP: 1)) == [[0, 1, 2, 3], [0, 1, 2, 3]])
    #expect(kept(truncatedLogits(logits, topK: 2, topP: 0.89)) == [[1, 3], [0, 2]])
    #expect(kept(truncatedLogits(logits, topK: 3, topP: 0.41)) == [[1, 3], [0, 2]])
  }

  /// A hundred thousand draws have the probabilities of what is left, within three deviations.
  @Test func drawsHaveTheProbabilitiesOfWhatIsLeft() {
    let count = 100_000
    let truncated = truncatedLogits(logits[0], topP: 0.8).broadcasted(to: [count, 4])
    var frequencies = [Int](repeating: 0, count: 4)
    for index in categorical(logits: truncated, key: RandomKey(seed: 1)).scalars {
      frequencies[Int(index)] += 1
    }
    for (place, probability) in [0, 4.0 / 9, 2.0 / 9, 3.0 / 9].enumerated() {
      let expected = probability * Double(count)
      let deviation = (expected * (1 - probability)).squareRoot()
      #expect(Swift.abs(Double(frequencies[place]) - expected) <= 3 * deviation)
    }
  }

  @Test func gradientsAreThoseOfWhatIsLeft() throws {
    try checkGradients(at: logits) { softmax(truncatedLogits($0, topK: 3, topP: 0.8)) }
  }

  @Test func limitsThatLeaveNothingTrap() async {
    let none = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = truncatedLogits(Tensor<Float>.zeros([3]), topK: 0)
    }
    expectMessage(none, "truncatedLogits: topK is 0, which leaves no class")
    let outside = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = truncatedLogits(Tensor<Float>.zeros([3]), topP: 1.5)
    }
    expectMessage(outside, "truncatedLogits: topP is 1.5, outside 0 < topP ≤ 1")
  }
}
