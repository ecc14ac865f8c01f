import Spool

extension GradientTable {
  mutating func addEinsumRows() {
    let function = "einsum(_:_:)"
    row(
      function, "ij,jk->ik",
      shapes: [
        [[2, 3], [3, 2]], [[2, 2], .same], [[2, 0], [0, 2]], [[1, 3], [3, 1]],
        [.transposed([2, 3]), .stepped([3, 2])], [.reversed([2, 3]), .stretched([3, 2])],
      ]
    ) { einsum("ij,jk->ik", $0) }
    row(
      function, "bqd,bkd->bqk",
      shapes: [[[2, 2, 3], [2, 1, 3]], [.transposed([2, 3, 2]), .same]]
    ) { einsum("bqd,bkd->bqk", $0) }
    row(function, "i,i->", shapes: [[[3], [3]], [[3], .same], [[0], [0]]]) {
      einsum("i,i->", $0)
    }
    row(function, "ii->", shapes: [[[3, 3]], [.transposed([2, 2])], [[0, 0]]]) {
      einsum("ii->", $0)
    }
    row(function, "ii->i", shapes: [[[3, 3]], [.reversed([2, 2])]]) { einsum("ii->i", $0) }
    row(function, "...ij->...ji", shapes: [[[2, 3]], [[2, 1, 3]]]) { einsum("...ij->...ji", $0) }
    row(function, "i,j,k->ikj", shapes: [[[2], [3], [2]], [[2], .same, .same]]) {
      einsum("i,j,k->ikj", $0)
    }
    row(function, "...i,...i", shapes: [[[2, 1, 3], [2, 3]], [[2], [2]]]) {
      einsum("...i,...i", $0)
    }
    row(function, "variadic", shapes: [[[2, 3], [3]], [[2, 2], [2]]]) {
      einsum("ij,j->i", $0[0], $0[1])
    }
  }
}
