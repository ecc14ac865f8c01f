import Spool

extension GradientTable {
  mutating func addSortRows() {
    let distinct = Domain.distinct(-2...2)
    // What lies in one place has no order that differences could leave as it is.
    let shapes: [[Operand]] = [
      [[1]], [[5]], [[2, 3]], [[1, 1]], [[2, 1, 3]], [[0]], [[2, 0]], [.transposed([3, 2])],
      [.transposed([2, 3, 2])], [.stepped([2, 3])], [.reversed([4])], [.reversed([3, 2])],
      [.inner([2, 2])],
    ]
    unary(".sorted(axis:descending:)", in: distinct, shapes: shapes) { $0.sorted() }
    unary(".sorted(axis:descending:)", "axis 0", in: distinct, shapes: shapes) { x in
      exp(x.sorted(axis: 0, descending: true)) * x
    }
    unary(".topK(_:axis:)", in: distinct, shapes: shapes) { x in
      x.topK(min(x.shape[x.rank - 1], 2)).values
    }
    unary(".topK(_:axis:)", "axis 0", in: distinct, shapes: shapes) { x in
      exp(x.topK(min(x.shape[0], 2), axis: 0).values)
    }
    constant(".argsort(axis:descending:)", shapes: shapes) { $0[0].argsort() }
  }
}
