import Foundation
import Spool
import SpoolNN
import Testing

@Suite struct AttentionSpreadTests {
  @Test func equalWeightsAreEvenAndOneAloneIsNot() {
    let spread = AttentionSpread(
      of: [[0.25, 0.25, 0.25, 0.25], [1, 0, 0, 0], [0.5, 0, 0, 0.5]], recent: 1)
    #expect(spread.evenness == [1, 0, 0.5])
    #expect(spread.distance == [1.5, 3, 1.5])
    #expect(spread.recentShare == [0.25, 0, 0.5])
    #expect(spread.meanEvenness == 0.5 && spread.meanDistance == 2)
    #expect(!spread.isUniform && !spread.isRecentOnly)
  }

  @Test func theTwoFailuresAreToldApart() {
    let keys = Tensor<Double>.normal([8, 20], key: RandomKey(seed: 1))
    let uniform = AttentionSpread(of: softmax(0.1 * keys))
    #expect(uniform.isUniform && !uniform.isRecentOnly)
    let places = Tensor<Double>.range(20)
    let recent = AttentionSpread(of: softmax(3 * places + keys))
    #expect(recent.isRecentOnly && !recent.isUniform)
    #expect(recent.meanDistance < 0.5 && abs(uniform.meanDistance - 9.5) < 1)
    let sharp = AttentionSpread(of: softmax(9 * keys))
    #expect(!sharp.isUniform && !sharp.isRecentOnly)
  }

  /// Positions that are not there neither count nor move the end.
  @Test func paddingDoesNotCount() {
    let weights = Tensor<Float>(shape: [2, 4], [0.5, 0.5, 0, 0, 0, 0.25, 0.25, 0.5])
    let mask = Tensor<Bool>(shape: [2, 4], [true, true, false, false, true, true, true, true])
    let spread = AttentionSpread(of: weights, mask: mask, recent: 1)
    #expect(spread.evenness == [1, 0.75] && spread.distance == [0.5, 0.75])
    #expect(spread.recentShare == [0.5, 0.5])
  }

  /// Where there are no more positions than the last ones, all weight is on them whatever attention does.
  @Test func whoHasNoChoiceIsLeftOut() {
    let spread = AttentionSpread(of: [[1], [0.2, 0.8], [0.1, 0.1, 0.8]], recent: 2)
    #expect(spread.evenness.count == 1 && spread.recent == 2)
    let none = AttentionSpread(of: [[1]])
    #expect(none.meanEvenness.isNaN && !none.isUniform && !none.isRecentOnly)
  }
}
