import Spool
import TestSupport
import Testing

struct GatherTests {
  private let table = Tensor<Float>.range(12).reshaped(to: [4, 3])

  @Test func rowsAreGatheredInTheShapeOfTheIndices() {
    let indices: Tensor<Int32> = [[3, 0], [0, 2]]
    #expect(
      table.gathered(indices)
        == [[[9, 10, 11], [0, 1, 2]], [[0, 1, 2], [6, 7, 8]]])
    #expect(table.gathered(Tensor<Int32>(2)) == [6, 7, 8])
  }

  @Test func anyAxisCanBeGatheredAlong() {
    let x = Tensor<Int32>.range(12).reshaped(to: [2, 3, 2])
    #expect(x.gathered([2, 0], axis: 1) == [[[4, 5], [0, 1]], [[10, 11], [6, 7]]])
    #expect(x[0].gathered([[1], [1]], axis: -1) == [[[1], [1]], [[3], [3]], [[5], [5]]])
    #expect(x.gathered([1], axis: 0) == x[1..<2])
  }

  @Test func viewsAreGatheredFromAndBy() {
    #expect(table.transposed().gathered([2, 0]) == [[2, 5, 8, 11], [0, 3, 6, 9]])
    let indices = Tensor<Int32>([0, 9, 3, 9])[.every(2)]
    #expect(table.gathered(indices) == [[0, 1, 2], [9, 10, 11]])
    #expect(table.gathered(Tensor<Int32>(1).broadcasted(to: [2])) == [[3, 4, 5], [3, 4, 5]])
    #expect(Tensor<Bool>([true, false, true]).gathered([1, 2]) == [false, true])
  }

  @Test func noIndicesGatherNothing() {
    #expect(table.gathered([]).shape == [0, 3])
    #expect(table.gathered(Tensor<Int32>.zeros([2, 0]), axis: 1).shape == [4, 2, 0])
    #expect(Tensor<Float>.zeros([0, 3]).gathered([]).shape == [0, 3])
    #expect(Tensor<Float>.zeros([3, 0]).gathered([2, 1]).shape == [2, 0])
  }

  @Test func gradientsOfRepeatedIndicesAddUp() {
    let weights: Tensor<Float> = [[1, 2, 3], [10, 20, 30], [100, 200, 300]]
    let slope = gradient(at: table) { ($0.gathered([1, 3, 1]) * weights).sum() }
    #expect(slope == [[0, 0, 0], [101, 202, 303], [0, 0, 0], [10, 20, 30]])
  }

  @Test func gradientsOfSeveralLookUpsAddUp() {
    let slope = gradient(at: table) { ($0.gathered([0, 1]) + 2 * $0.gathered([1, 2])).sum() }
    #expect(slope == [[1, 1, 1], [3, 3, 3], [2, 2, 2], [0, 0, 0]])
  }

  @Test func scatteredValuesAddUp() {
    let values: Tensor<Float> = [[1, 2], [10, 20], [100, 200]]
    #expect(
      scatterAdd(values, at: [2, 0, 2], count: 4) == [[10, 20], [0, 0], [101, 202], [0, 0]])
    let columns: Tensor<Float> = [[0, 3, 0], [0, 30, 0], [0, 300, 0]]
    #expect(scatterAdd(values, at: [1, 1], count: 3, axis: 1) == columns)
    #expect(scatterAdd(values, at: [1, 1], count: 3, axis: -1) == columns)
    let counts = scatterAdd(Tensor<Int32>.ones([2, 3]), at: [[0, 1, 0], [2, 0, 0]], count: 3)
    #expect(counts == [4, 1, 1])
    #expect(scatterAdd(values, at: Tensor<Int32>(1), count: 2)[1] == values)
    #expect(scatterAdd(Tensor<Float>.zeros([0, 2]), at: [], count: 2) == .zeros([2, 2]))
  }

  @Test func scatteredGradientsAreGathered() {
    let weights: Tensor<Double> = [[1, 2], [3, 4], [5, 6]]
    let slope = gradient(at: Tensor<Double>.zeros([4, 2])) { x in
      (scatterAdd(x, at: [2, 0, 2, 1], count: 3) * weights).sum()
    }
    #expect(slope == [[5, 6], [1, 2], [5, 6], [3, 4]])
  }

  @Test func badIndicesTrap() async {
    let tooLarge = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([5, 4]).gathered([[0, 1, 2], [3, 5, 9]]) }
    expectMessage(
      tooLarge,
      "gathered: index 5 at [1, 1] of the indices is outside axis 0 of shape [5, 4], whose indices "
        + "are 0 ... 4")
    let negative = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([2, 5]).gathered(Tensor<Int32>(-1), axis: 1) }
    expectMessage(
      negative, "gathered: index -1 is outside axis 1 of shape [2, 5], whose indices are 0 ... 4")
    let empty = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.zeros([0, 5]).gathered([0]) }
    expectMessage(
      empty,
      "gathered: index 0 at [0] of the indices is outside axis 0 of shape [0, 5], which is empty")
    let scattered = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = scatterAdd(Tensor<Float>.zeros([3]), at: [0, 2, 1], count: 2) }
    expectMessage(
      scattered,
      "scatterAdd: index 2 at [1] of the indices is outside axis 0 of shape [2], whose indices are "
        + "0 ... 1")
  }

  @Test func shapesThatDoNotFitTrap() async {
    let values = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = scatterAdd(Tensor<Float>.zeros([3, 2]), at: [0, 1], count: 2) }
    expectMessage(
      values,
      "scatterAdd: values of shape [3, 2] do not have the axes of the indices, [2], from axis 0 on")
    let rank = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let x = Tensor<Float>.zeros([1, 1, 1, 1, 1])
      _ = x.gathered(Tensor<Int32>.zeros([1, 1, 1, 1, 1]))
    }
    expectMessage(rank, "gives 9 axes; a tensor has at most 8")
  }
}
