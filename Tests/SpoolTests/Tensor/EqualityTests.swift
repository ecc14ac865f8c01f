import Spool
import Testing

struct EqualityTests {
  @Test func equalTensorsHaveEqualShapesAndElements() {
    let x: Tensor<Float> = [[1, 2], [3, 4]]
    #expect(x == [[1, 2], [3, 4]])
    #expect(x != [[1, 2], [3, 5]])
    #expect(x != [1, 2, 3, 4])
    #expect(x != [[1, 2]])
    #expect(x.transposed() == [[1, 3], [2, 4]])
    #expect(Tensor<Float>([0]) == [-0.0])
    #expect(Tensor<Float>(1) != [1])
    #expect(Tensor<Int32>([1, 2]) == [1, 2])
    #expect(Tensor<Bool>([true, false]) != [true, true])
  }

  @Test func notANumberEqualsNothing() {
    let x = Tensor<Double>([1, .nan])
    #expect(x != x)
    #expect(Tensor<Double>([.infinity]) == [.infinity])
  }

  @Test func emptyTensorsOfOneShapeAreEqual() {
    #expect(Tensor<Float>.zeros([2, 0]) == .zeros([2, 0]))
    #expect(Tensor<Float>.zeros([2, 0]) != .zeros([0, 2]))
  }

  @Test func tolerancesAddUp() {
    let x = Tensor<Double>([100, -1, 0])
    let near = Tensor<Double>([100.5, -1.25, 0.125])
    func isNear(_ absolute: Double, _ relative: Double) -> Bool {
      let there = x.isApproximatelyEqual(
        to: near, absoluteTolerance: absolute, relativeTolerance: relative)
      let back = near.isApproximatelyEqual(
        to: x, absoluteTolerance: absolute, relativeTolerance: relative)
      #expect(there == back)
      return there
    }
    #expect(isNear(0.5, 0))
    #expect(!isNear(0.49, 0))
    #expect(isNear(0.125, 0.1))
    #expect(!isNear(0.125, 0.09), "|−1 + 1.25| exceeds 0.125 + 0.09 · 1.25")
    #expect(!isNear(0.05, 0.5), "|0 − 0.125| exceeds 0.05 + 0.5 · 0.125")
    #expect(x.isApproximatelyEqual(to: x, absoluteTolerance: 0, relativeTolerance: 0))
  }

  @Test func infinitiesAreNearTheirEqualsAndNotANumberNothing() {
    let x = Tensor<Float>([.infinity, -.infinity, 1])
    #expect(x.isApproximatelyEqual(to: x))
    #expect(!x.isApproximatelyEqual(to: -x, absoluteTolerance: 3))
    #expect(!Tensor<Float>([.infinity]).isApproximatelyEqual(to: [3e38]))
    #expect(!Tensor<Float>([.nan]).isApproximatelyEqual(to: [.nan], absoluteTolerance: .infinity))
    #expect(!Tensor<Float>([1]).isApproximatelyEqual(to: [[1]]))
    #expect(Tensor<Float>([]).isApproximatelyEqual(to: []))
  }

  @Test func theGreatestDifferenceIsFound() {
    let x: Tensor<Double> = [[1, 2, 3], [4, .infinity, 6]]
    let y: Tensor<Double> = [[1, 2.5, 3], [3, .infinity, 6]]
    #expect(x.maximumDifference(to: y) == .element(at: [1, 0], 4, 3))
    #expect(x.maximumDifference(to: y).description == "4.0 and 3.0 differ by 1.0 at [1, 0]")
    #expect(x.maximumDifference(to: x) == .none)
    #expect(x.maximumDifference(to: x).description == "no difference")
    let shapes = x.maximumDifference(to: y.transposed())
    #expect(shapes.description == "the shapes [2, 3] and [3, 2] differ")
    let broken = y.maximumDifference(to: ([[1, 2.5, .nan], [0, 0, 6]] as Tensor<Double>))
    guard case .element(at: [0, 2], 3, let other) = broken else {
      Issue.record("\(broken)")
      return
    }
    #expect(other.isNaN)
  }
}
