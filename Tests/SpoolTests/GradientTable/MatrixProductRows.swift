import Spool

extension GradientTable {
  mutating func addMatrixProductRows() {
    row(
      "matmul(_:_:)",
      shapes: [
        [[2, 3], [3, 2]], [[1, 1], [1, 1]], [[2, 0], [0, 3]], [[0, 2], [2, 3]],
        [[2, 2], [2, 0]], [[3], [3, 2]], [[2, 3], [3]], [[3], [3]], [[0], [0]],
        [[1, 4], [4, 1]], [[4, 1], [1, 3]], [[2, 2, 3], [3, 2]], [[2, 2, 3], [2, 3, 2]],
        [[2, 3], [2, 3, 2]], [[2, 1, 2, 2], [3, 2, 1]], [[1, 2, 2], [2, 2, 2]],
        [[2, 2, 2], [2]], [[2], [2, 2, 2]], [.transposed([2, 3]), [3, 2]],
        [[2, 3], .transposed([3, 2])], [.transposed([2, 3]), .transposed([3, 2])],
        [.stepped([2, 3]), .reversed([3, 2])], [.inner([2, 2]), .stretched([2, 3])],
        [.transposed([2, 3, 2]), .stepped([2, 2])], [.transposed([2, 2, 2]), [2, 2, 2]],
        [[2, 2], .same], [.transposed([2, 2]), .same], [[2, 2, 2], .same], [[3], .same],
      ]
    ) { matmul($0[0], $0[1]) }
    row(
      "matmul(_:_:)", "of many matrices with one",
      shapes: [
        [[1, 2, 3], [3, 2]], [[2, 1, 1], [1, 3]], [[2, 2, 2, 3], [3, 1]], [[2, 0, 3], [3, 2]],
        [[0, 2, 3], [3, 2]], [[2, 2, 0], [0, 2]], [[2, 2, 3], .transposed([3, 2])],
        [.transposed([2, 3, 2]), [2, 3]], [.stepped([2, 2, 2]), .reversed([2, 2])],
        [.inner([2, 2, 3]), .stretched([3, 2])], [.stretched([2, 2, 2]), [2, 2]],
        [.reversed([2, 2, 2]), .transposed([2, 2])],
      ]
    ) { matmul($0[0], $0[1]) }
    row(
      "matmul(_:_:)", "of a tensor and its transpose, twice", shapes: [[[2, 3]], [[2, 2, 2]]]
    ) { matmul($0[0], $0[0].transposed()) - 2 * matmul($0[0], $0[0].transposed()) }
    row(
      "linear(_:weight:bias:)",
      shapes: [
        [[2, 3], [3, 2], [2]], [[1, 1], [1, 1], [1]], [[2, 0], [0, 3], [3]],
        [[0, 2], [2, 3], [3]], [[2, 2], [2, 0], [0]], [[3], [3, 2], [2]], [[1, 4], [4, 1], [1]],
        [[4, 1], [1, 3], [3]], [[2, 2, 3], [3, 2], [2]], [[2, 1, 2, 2], [2, 1], [1]],
        [.transposed([2, 3]), [3, 2], .stepped([2])],
        [[2, 3], .transposed([3, 2]), .reversed([2])],
        [.stepped([2, 3]), .reversed([3, 2]), .stretched([2])], [.inner([2, 2]), .same, [2]],
        [.transposed([2, 3, 2]), .stepped([2, 2]), .inner([2])],
      ]
    ) { linear($0[0], weight: $0[1], bias: $0[2]) }
    row(
      "linear(_:weight:bias:)", "twice by the same weight", shapes: [[[2, 2], [2, 2], [2]]]
    ) { linear(tanh(linear($0[0], weight: $0[1], bias: $0[2])), weight: $0[1], bias: $0[2]) }
    row(
      "outer(_:_:)",
      shapes: [
        [[2], [3]], [[1], [4]], [[4], [1]], [[1], [1]], [[0], [2]], [[2], [0]],
        [.reversed([3]), [2]], [[2], .stepped([3])], [.inner([2]), .stretched([2])],
        [.stretched([2]), .reversed([2])], [[3], .same], [.reversed([3]), .same],
      ]
    ) { outer($0[0], $0[1]) }
  }
}
