import Spool
import TestSupport
import Testing

struct MaskTests {
  private let x: Tensor<Float> = [[1, 2, 3], [4, 5, 6]]

  @Test func elementsAreReplacedWhereAMaskIsTrue() {
    let mask: Tensor<Bool> = [[true], [false]]
    #expect(x.replacing(with: 0, where: mask) == [[0, 0, 0], [4, 5, 6]])
    let slope = gradient(at: x) { ($0.replacing(with: -.infinity, where: x .> 2)[0...0]).max() }
    #expect(slope == [[0, 1, 0], [0, 0, 0]])
  }

  @Test func partsAreSelectedWhereAMaskIsTrue() {
    #expect(x.selecting(where: x .> 2) == [3, 4, 5, 6])
    #expect(x.selecting(where: [false, true]) == [[4, 5, 6]])
    #expect(x.transposed().selecting(where: [true, false, true]) == [[1, 4], [3, 6]])
    #expect(x.selecting(where: x .> 9).shape == [0])
    #expect(x.selecting(where: [false, false]).shape == [0, 3])
    #expect(x.selecting(where: true) == x[.newAxis])
    let slope = gradient(at: x) { (square($0.selecting(where: x .> 4))).sum() }
    #expect(slope == [[0, 0, 0], [0, 10, 12]])
    #expect((x .> 2).trueIndices == [2, 3, 4, 5])
  }

  @Test func trianglesHaveADiagonal() {
    #expect(x.lowerTriangle() == [[1, 0, 0], [4, 5, 0]])
    #expect(x.lowerTriangle(diagonal: 1) == [[1, 2, 0], [4, 5, 6]])
    #expect(x.lowerTriangle(diagonal: -1) == [[0, 0, 0], [4, 0, 0]])
    #expect(x.lowerTriangle(diagonal: .max) == x)
    #expect(x.upperTriangle() == [[1, 2, 3], [0, 5, 6]])
    #expect(x.upperTriangle(diagonal: 2) == [[0, 0, 3], [0, 0, 0]])
    #expect(stack([x, x]).upperTriangle(diagonal: 1)[1] == [[0, 2, 3], [0, 0, 6]])
    let causal = Tensor<Bool>.lowerTriangle(rows: 2, columns: 3, diagonal: 1)
    #expect(causal == [[true, true, false], [true, true, true]])
    #expect(
      Tensor<Bool>.upperTriangle(rows: 3, columns: 1) == [[true], [false], [false]])
    #expect(gradient(at: x) { $0.lowerTriangle().sum() } == [[1, 0, 0], [1, 1, 0]])
  }

  @Test func shapesThatDoNotFitTrap() async {
    let mask = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([2, 3]).selecting(where: [true, false, true]) }
    expectMessage(
      mask, "selecting: the axes of a mask of shape [3] are not the first axes of shape [2, 3]")
    let vector = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([2]).lowerTriangle() }
    expectMessage(vector, "lowerTriangle: shape [2] has no rows and columns")
  }
}
