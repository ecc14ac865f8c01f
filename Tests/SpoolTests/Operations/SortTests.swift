import Spool
import TestSupport
import Testing

struct SortTests {
  private let x: Tensor<Float> = [[3, 1, 2], [-1, 5, 0]]

  @Test func rowsAndColumnsAreSorted() {
    #expect(x.sorted() == [[1, 2, 3], [-1, 0, 5]])
    #expect(x.sorted(descending: true) == [[3, 2, 1], [5, 0, -1]])
    #expect(x.sorted(axis: 0) == [[-1, 1, 0], [3, 5, 2]])
    #expect(x.argsort() == [[1, 2, 0], [0, 2, 1]])
    #expect(x.argsort(axis: -2, descending: true) == [[0, 1, 0], [1, 0, 1]])
    #expect(x.transposed().sorted() == [[-1, 3], [1, 5], [0, 2]])
    #expect(Tensor<Int32>([3, -2, 7]).sorted() == [-2, 3, 7])
  }

  @Test func equalElementsKeepTheirOrder() {
    let x = Tensor<Double>([1, 0, 1, 0, 1])
    #expect(x.argsort() == [1, 3, 0, 2, 4])
    #expect(x.argsort(descending: true) == [0, 2, 4, 1, 3])
  }

  @Test func notANumberComesLast() {
    let x = Tensor<Float>([.nan, 2, -.infinity, .nan, .infinity])
    #expect(x.argsort() == [2, 1, 4, 0, 3])
    #expect(x.argsort(descending: true) == [4, 1, 2, 0, 3])
    #expect(x.sorted()[..<3] == [-.infinity, 2, .infinity])
    #expect(x.topK(3).values == [.infinity, 2, -.infinity])
    #expect(x.topK(4).values[3].scalar.isNaN)
  }

  @Test func smallAndEmptyTensorsAreSorted() {
    #expect(Tensor<Float>([7]).sorted() == [7])
    #expect(Tensor<Float>([]).sorted() == [])
    #expect(Tensor<Float>.zeros([0, 3]).argsort().shape == [0, 3])
    #expect(Tensor<Float>.zeros([2, 0]).topK(0).values.shape == [2, 0])
  }

  @Test func theGreatestElementsComeFirst() {
    let (values, indices) = x.topK(2)
    #expect(values == [[3, 2], [5, 0]])
    #expect(indices == [[0, 2], [1, 2]])
    #expect(x.topK(1, axis: 0).indices == [[0, 1, 0]])
    #expect(x.topK(0).values.shape == [2, 0])
  }

  @Test func gradientsGoBackToWhereElementsCameFrom() {
    let weights = Tensor<Float>([1, 10, 100])
    #expect(gradient(at: x) { ($0.sorted() * weights).sum() } == [[100, 1, 10], [1, 100, 10]])
    let top = gradient(at: x) { ($0.topK(2).values * weights[..<2]).sum() }
    #expect(top == [[1, 0, 10], [0, 1, 10]])
  }

  @Test func tooManyElementsTrap() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([2, 3]).topK(4) }
    expectMessage(trapped, "topK: 4 elements of axis -1 of shape [2, 3], which has 3")
    let axis = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>(1).sorted() }
    expectMessage(axis, "sorted: axis -1 is outside shape []")
  }
}
