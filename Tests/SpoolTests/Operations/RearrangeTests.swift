import Spool
import TestSupport
import Testing

struct RearrangeTests {
  private let x: Tensor<Float> = [[1, 2, 3], [4, 5, 6]]

  @Test func axesAreFlipped() {
    #expect(x.flipped() == [[6, 5, 4], [3, 2, 1]])
    #expect(x.flipped(0) == [[4, 5, 6], [1, 2, 3]])
    #expect(x.flipped(-1) == [[3, 2, 1], [6, 5, 4]])
    #expect(x.flipped(1).flipped(0) == x.flipped())
    #expect(x.transposed().flipped(0) == [[3, 6], [2, 5], [1, 4]])
    #expect(x[0..., .every(2)].flipped(1) == [[3, 1], [6, 4]])
    #expect(Tensor<Float>(1).flipped() == 1)
    #expect(Tensor<Float>.zeros([0, 2]).flipped(0).shape == [0, 2])
    #expect(gradient(at: x) { ($0.flipped(1) * x).sum() } == x.flipped(1))
  }

  @Test func axesAreRolled() {
    #expect(x.rolled(by: 1, axis: 1) == [[3, 1, 2], [6, 4, 5]])
    #expect(x.rolled(by: -1, axis: 1) == [[2, 3, 1], [5, 6, 4]])
    #expect(x.rolled(by: 1) == [[4, 5, 6], [1, 2, 3]])
    #expect(x.rolled(by: 7, axis: -1) == x.rolled(by: 1, axis: 1))
    #expect(x.rolled(by: -8, axis: -1) == x.rolled(by: 1, axis: 1))
    #expect(x.rolled(by: 3, axis: 1) == x)
    #expect(Tensor<Float>.zeros([2, 0]).rolled(by: 5, axis: 1).shape == [2, 0])
    #expect(gradient(at: x) { ($0.rolled(by: 1, axis: 1) * x).sum() } == x.rolled(by: -1, axis: 1))
  }

  @Test func elementsAreRepeatedSideBySide() {
    #expect(x.repeated(2, axis: 0) == [[1, 2, 3], [1, 2, 3], [4, 5, 6], [4, 5, 6]])
    #expect(x.repeated(2, axis: -1) == [[1, 1, 2, 2, 3, 3], [4, 4, 5, 5, 6, 6]])
    #expect(x.repeated(1, axis: 0) == x)
    #expect(x.repeated(0, axis: 1).shape == [2, 0])
    #expect(Tensor<Float>.zeros([2, 0]).repeated(3, axis: 0).shape == [6, 0])
    let weights: Tensor<Float> = [[1, 2, 3, 4, 5, 6], [0, 0, 0, 0, 0, 7]]
    let slope = gradient(at: x) { ($0.repeated(2, axis: 1) * weights).sum() }
    #expect(slope == [[3, 7, 11], [0, 0, 7]])
  }

  @Test func tensorsAreTiled() {
    #expect(x.tiled(2) == [[1, 2, 3, 1, 2, 3], [4, 5, 6, 4, 5, 6]])
    #expect(x.tiled(2, 1) == [[1, 2, 3], [4, 5, 6], [1, 2, 3], [4, 5, 6]])
    #expect(Tensor<Int32>([1, 2]).tiled(2, 3) == [[1, 2, 1, 2, 1, 2], [1, 2, 1, 2, 1, 2]])
    #expect(Tensor<Bool>(true).tiled(2) == [true, true])
    #expect(x.tiled(1, 1) == x)
    #expect(x.tiled(3, 0).shape == [6, 0])
    let deep = Tensor<Int32>.range(2).reshaped(to: [1, 1, 1, 1, 1, 1, 1, 2])
    #expect(deep.tiled(2, 1, 1, 1, 1, 1, 1, 2).flattened() == [0, 1, 0, 1, 0, 1, 0, 1])
    let weights = Tensor<Float>.range(12).reshaped(to: [2, 6])
    let slope = gradient(at: x) { ($0.tiled(2) * weights).sum() }
    #expect(slope == [[3, 5, 7], [15, 17, 19]])
  }

  @Test func mistakesTrap() async {
    let axis = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([2, 3]).flipped(2) }
    expectMessage(axis, "flipped: axis 2 is outside shape [2, 3]")
    let count = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([2, 3]).repeated(-1, axis: 0) }
    expectMessage(count, "repeated: the count -1 is negative")
    let size = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([4]).tiled(.max) }
    expectMessage(size, "tiled: axis 0 of shape [4] cannot be 9223372036854775807 times as long")
  }
}
