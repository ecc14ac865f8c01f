import Spool
import TestSupport
import Testing

@Suite struct CreationTests {
  @Test func rowsMakeAMatrix() {
    let matrix = Tensor<Float>([[1, 2, 3], [4, 5, 6]])
    #expect(matrix.shape == [2, 3])
    #expect(matrix == [[1, 2, 3], [4, 5, 6]])
    let rows: [[Int32]] = (0..<2).map { row in [row, row + 1] }
    #expect(Tensor(rows).scalars == [0, 1, 1, 2])
    #expect(Tensor([[true], [false]]).shape == [2, 1])
    #expect(Tensor<Double>([[], []]).shape == [2, 0])
    #expect(Tensor<Double>([]).shape == [0])
  }

  @Test func unequalRowsTrap() async {
    let result = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = Tensor<Float>([[1, 2], [3]])
    }
    expectMessage(result, "Tensor: row 1 has 1 elements, but the first one has 2")
  }
}
