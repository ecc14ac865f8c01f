import Spool
import TestSupport
import Testing

struct TakeAlongTests {
  private let x: Tensor<Float> = [[10, 11, 12], [20, 21, 22]]

  @Test func eachPlaceHasItsOwnIndex() {
    #expect(x.takeAlong([[2, 0], [1, 1]]) == [[12, 10], [21, 21]])
    #expect(x.takeAlong([[1, 0, 1]], axis: 0) == [[20, 11, 22]])
    #expect(x.takeAlong([[1, 0, 1], [0, 0, 0]], axis: -2) == [[20, 11, 22], [10, 11, 12]])
    let cube = Tensor<Int32>.range(8).reshaped(to: [2, 2, 2])
    #expect(cube.takeAlong([[[1, 0]], [[0, 1]]], axis: 1) == [[[2, 1]], [[4, 7]]])
  }

  @Test func otherAxesBroadcast() {
    #expect(x.takeAlong([[1]]) == [[11], [21]])
    #expect(([[5, 6, 7]] as Tensor<Float>).takeAlong([[0], [2]]) == [[5], [7]])
    let slope = gradient(at: [[5, 6, 7]] as Tensor<Float>) { $0.takeAlong([[0], [2], [0]]).sum() }
    #expect(slope == [[2, 0, 1]])
  }

  @Test func viewsAreTakenFromAndBy() {
    #expect(x.transposed().takeAlong([[1], [0], [1]]) == [[20], [11], [22]])
    #expect(
      x.takeAlong(([[0, 1], [2, 0]] as Tensor<Int32>).transposed()) == [[10, 12], [21, 20]])
  }

  @Test func noIndicesTakeNothing() {
    #expect(x.takeAlong(Tensor<Int32>.zeros([2, 0])).shape == [2, 0])
    #expect(Tensor<Float>.zeros([2, 0]).takeAlong(Tensor<Int32>.zeros([2, 0])).shape == [2, 0])
  }

  @Test func gradientsGoBackToTheirPlaces() {
    let slope = gradient(at: x) { x in
      (x.takeAlong([[2, 2], [0, 1]]) * ([[1, 10], [100, 1000]])).sum()
    }
    #expect(slope == [[0, 0, 11], [100, 1000, 0]])
  }

  @Test func scatteredValuesAddUpAlongAnAxis() {
    let values: Tensor<Float> = [[1, 2], [3, 4]]
    #expect(scatterAddAlong(values, at: [[2, 2], [0, 1]], count: 3) == [[0, 0, 3], [3, 4, 0]])
    #expect(
      scatterAddAlong(values, at: [[1, 0], [1, 1]], count: 2, axis: 0) == [[0, 2], [4, 4]])
    #expect(scatterAddAlong(values, at: [[0, 1]], count: 2) == values)
    #expect(scatterAddAlong(Tensor<Int32>([1, 2, 3]), at: [0, 0, 0], count: 1) == [6])
    let slope = gradient(at: values) { values in
      let sums = scatterAddAlong(values, at: [[2, 2], [0, 1]], count: 3)
      return (sums * ([[1, 2, 3], [4, 5, 6]])).sum()
    }
    #expect(slope == [[3, 3], [4, 5]])
  }

  @Test func badIndicesTrap() async {
    let taken = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([2, 3]).takeAlong([[0, 1], [2, 3]]) }
    expectMessage(
      taken,
      "takeAlong: index 3 at [1, 1] of the indices is outside axis 1 of shape [2, 3], whose indices "
        + "are 0 ... 2")
    let scattered = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = scatterAddAlong(Tensor<Float>.zeros([2, 2]), at: [[0, -1]], count: 3) }
    expectMessage(
      scattered,
      "scatterAddAlong: index -1 at [0, 1] of the indices is outside axis 1 of shape [2, 3]")
  }

  @Test func shapesThatDoNotFitTrap() async {
    let ranks = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([2, 3]).takeAlong([0]) }
    expectMessage(
      ranks, "takeAlong: shape [2, 3] has 2 axes, but the indices, of shape [1], have 1")
    let sizes = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([2, 3]).takeAlong(Tensor<Int32>.zeros([3, 3])) }
    expectMessage(
      sizes, "takeAlong: shape [2, 3] and indices of shape [3, 3] differ in axes other than axis 1")
    let counts = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = scatterAddAlong(Tensor<Float>.zeros([2, 3]), at: [[0, 1]], count: 2) }
    expectMessage(counts, "scatterAddAlong: 3 values along axis 1, but 2 indices")
  }
}
