import Spool

extension GradientTable {
  mutating func addSliceRows() {
    let function = ".subscript(_:)"
    let large: [[Operand]] = [
      [[4, 5]], [[4, 3, 2]], [.transposed([4, 5])], [.stepped([4, 3])], [.reversed([4, 3])],
      [.inner([4, 3])], [.stretched([4, 3])], [[4, 1]], [[4, 0]],
    ]
    unary(function, "[1]", shapes: large) { $0[1] }
    unary(function, "[-1]", shapes: large) { $0[-1] }
    unary(function, "[1..<3]", shapes: large) { $0[1..<3] }
    unary(function, "[1...2]", shapes: large) { $0[1...2] }
    unary(function, "[2...]", shapes: large) { $0[2...] }
    unary(function, "[..<2]", shapes: large) { $0[..<2] }
    unary(function, "[...(-2)], [...]", shapes: large) { $0[...(-2)] * $0[(-3)...] }
    unary(function, "[2..<2]", shapes: large) { $0[2..<2] }
    unary(function, "[every 2]", shapes: large) { $0[.every(2)] }
    unary(function, "[every -1]", shapes: large) { $0[.every(-1)] }
    unary(function, "[every -2 from 3]", shapes: large) { $0[.every(-2, from: 3, to: 0)] }
    unary(function, "[rest, newAxis]", shapes: large) { $0[.rest, .newAxis] }
    unary(function, "[newAxis, all, every -1]", shapes: large) { $0[.newAxis, .all, .every(-1)] }
    unary(function, "twice the same part", shapes: large) { exp($0[1]) * $0[1] + $0[0] }
    covers("TensorIndex.every(_:from:to:)")

    row(
      function, "assignment",
      shapes: [
        [[4, 5], [2, 5]], [[4, 2], [2]], [[4, 1], []], [.transposed([4, 2]), .reversed([2, 2])],
        [.stretched([4, 2]), .stretched([2, 2])], [[4, 0], [2, 0]], [[4], [1]],
        [.stepped([4, 2]), .transposed([2, 2])], [[4, 1, 2], [1, 2]], [.inner([3]), []],
      ]
    ) { operands in
      var x = operands[0]
      x[1..<3] = operands[1]
      return x
    }
    row(
      function, "assignment backward, from itself", shapes: [[[4]], [[4, 2]], [.stepped([4, 2])]]
    ) { operands in
      var x = exp(operands[0])
      x[.every(-2)] = operands[0][1..<3] * x[0]
      return x * x
    }
  }
}
