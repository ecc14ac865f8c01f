import Spool

extension GradientTable {
  mutating func addLinearAlgebraRows() {
    let tall: [[Operand]] = [
      [[2, 2]], [[3, 2]], [[4, 3]], [[1, 1]], [[3, 1]], [[3, 3]], [[2, 0]], [[0, 0]],
      [.transposed([3, 2])], [.stepped([3, 2])], [.reversed([2, 2])], [.inner([3, 2])],
      [.stretched([3, 2])],
    ]
    // With the diagonal moved away from 0, so that the columns are independent.
    unary("qr(_:)", "both factors", shapes: tall) { x in
      let (q, r) = qr(x + 4 * Self.diagonal(x.shape))
      return concatenated([q, r])
    }
    unary("qr(_:)", "Q alone", shapes: tall) { x in qr(x + 4 * Self.diagonal(x.shape)).q }
    unary("qr(_:)", "R alone", shapes: tall) { x in qr(x + 4 * Self.diagonal(x.shape)).r }
    for upper in [false, true] {
      row(
        "solveTriangular(_:_:upper:)", upper ? "upper" : "lower",
        shapes: [
          [[2, 2], [2, 3]], [[3, 3], [3]], [[1, 1], [1, 1]], [[3, 3], [3, 0]], [[0, 0], [0, 2]],
          [.transposed([3, 3]), .stepped([3, 2])], [.reversed([2, 2]), .transposed([2, 2])],
          [.inner([2, 2]), .stretched([2, 2])], [.stretched([2, 2]), .inner([2, 1])],
        ]
      ) { x in solveTriangular(x[0] + 4 * Self.diagonal(x[0].shape), x[1], upper: upper) }
    }
  }

  private static func diagonal(_ shape: Shape) -> Tensor<S> {
    let rows = Tensor<Int32>.range(shape[0]).expandingAxis(at: 1)
    return `where`(rows .== Tensor<Int32>.range(shape[1]), 1, 0)
  }
}
