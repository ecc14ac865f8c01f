import Spool

extension GradientTable {
  mutating func addViewRows() {
    let matrices = Shapes.matrices
    unary(".reshaped(to:)") { x in x.reshaped(to: Shape([1, x.count, 1])) }
    unary(".reshaped(to:)", "of a size to be found", shapes: Shapes.nonempty) {
      $0.reshaped(to: [-1, 1])
    }
    unary(".flattened()") { $0.flattened() }
    unary(".permuted(_:)", shapes: matrices) { x in x.permuted([-1] + Array(0..<(x.rank - 1))) }
    unary(".permuted(_:)", "of three axes", shapes: [[[2, 1, 3]], [.transposed([2, 3, 2])]]) {
      $0.permuted(1, 2, 0)
    }
    unary(".transposed(_:_:)", shapes: matrices) { $0.transposed() }
    unary(".transposed(_:_:)", "first and last", shapes: matrices) { $0.transposed(0, -1) }
    unary(".broadcasted(to:)") { x in x.broadcasted(to: Shape([2] + Array(x.shape))) }
    unary(".broadcasted(to:)", "along inner axes", shapes: [[[2, 1, 3]], [[1, 1]], [[1]]]) {
      $0.broadcasted(to: [2, 2, 3])
    }
    unary(".expandingAxis(at:)") { $0.expandingAxis(at: 0) }
    unary(".expandingAxis(at:)", "at the end") { $0.expandingAxis(at: -1) }
    unary(
      ".squeezingAxis(at:)",
      shapes: [
        [[1]], [[1, 1]], [[2, 1]], [[2, 3, 1]], [[0, 1]], [.transposed([3, 1])],
        [.transposed([2, 3, 1])], [.stepped([2, 1])], [.reversed([2, 1])], [.reversed([1])],
        [.inner([2, 1])], [.stretched([2, 1])],
      ]
    ) { $0.squeezingAxis(at: -1) }
    unary(".movingAxis(_:to:)", shapes: matrices) { $0.movingAxis(0, to: -1) }
    unary(".movingAxis(_:to:)", "to the front", shapes: matrices) { $0.movingAxis(-1, to: 0) }
  }
}
