import Spool
import TestSupport
import Testing

struct PaddingTests {
  private let x: Tensor<Float> = [[1, 2], [3, 4]]

  @Test func everyAxisIsPadded() {
    #expect(
      x.padded([(1, 0), (0, 2)], with: 9) == [[9, 9, 9, 9], [1, 2, 9, 9], [3, 4, 9, 9]])
    #expect(x.padded([(0, 0), (0, 0)]) == x)
    #expect(x.transposed().padded([(0, 1), (1, 0)]) == [[0, 1, 3], [0, 2, 4], [0, 0, 0]])
    #expect(Tensor<Float>(5).padded([]) == 5)
  }

  @Test func oneAxisIsPadded() {
    #expect(x.padded(axis: -1, before: 1) == [[0, 1, 2], [0, 3, 4]])
    #expect(x.padded(axis: 0, after: 1, with: -1) == [[1, 2], [3, 4], [-1, -1]])
    #expect(Tensor<Int32>([]).padded(axis: 0, before: 2, with: 3) == [3, 3])
    #expect(Tensor<Bool>([false]).padded(axis: 0, after: 1, with: true) == [false, true])
    #expect(Tensor<Bool>([true]).padded([(1, 1)]) == [false, true, false])
  }

  @Test func gradientsOfThePaddingAreLeftOut() {
    let weights = Tensor<Float>.range(12).reshaped(to: [3, 4])
    let slope = gradient(at: x) { ($0.padded([(1, 0), (0, 2)], with: 9) * weights).sum() }
    #expect(slope == [[4, 5], [8, 9]])
  }

  @Test func badWidthsTrap() async {
    let count = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([2, 3]).padded([(1, 1)]) }
    expectMessage(count, "padded: widths for 1 axes, but shape [2, 3] has 2")
    let negative = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([2, 3]).padded(axis: 1, before: -1) }
    expectMessage(negative, "padded: widths (-1, 0) of axis 1 of shape [2, 3] must not be negative")
    let size = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([2]).padded(axis: 0, before: .max, after: 1) }
    expectMessage(size, "padded: axis 0 of shape [2] cannot have 9223372036854775807 places before")
  }
}
