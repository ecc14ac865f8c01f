import Spool

extension GradientTable {
  mutating func addConcatenateRows() {
    let joinable: [[Operand]] = [
      [[2], [3]], [[1], [0]], [[2, 3], [1, 3]], [[2, 3], .same], [.transposed([2, 3]), [2, 3]],
      [.stepped([2, 3]), .reversed([2, 3])], [.inner([2, 2]), .stretched([3, 2])],
      [[0, 2], [2, 2]], [[1, 2, 2], [2, 2, 2]], [[2], [1], [3]], [[1, 1], [1, 1], [1, 1]],
      [.transposed([2, 3]), .same, .same], [[2, 1], [1, 1], [2, 1], [1, 1]],
    ]
    row("concatenated(_:axis:)", shapes: joinable) { concatenated($0) }
    row(
      "concatenated(_:axis:)", "axis -1",
      shapes: [[[2, 3], [2, 1]], [.transposed([2, 3]), .same], [[2, 0], [2, 2]]]
    ) { concatenated($0, axis: -1) }
    let alike: [[Operand]] = [
      [[], []], [[3], [3]], [[2, 3], [2, 3]], [[2, 3], .same], [[0], [0]],
      [.transposed([2, 3]), [2, 3]], [.stepped([2, 3]), .reversed([2, 3])], [[1, 1], [1, 1]],
      [[2, 1, 2], [2, 1, 2], [2, 1, 2]], [.inner([2]), .stretched([2]), [2], .same],
    ]
    row("stack(_:axis:)", shapes: alike) { stack($0) }
    row("stack(_:axis:)", "axis -1", shapes: alike) { stack($0, axis: -1) }

    unary(".unstacked(axis:)", shapes: Shapes.nonempty) { x in
      let parts = x.unstacked()
      return parts[0] * parts[parts.count - 1]
    }
    unary(".unstacked(axis:)", "axis -1", shapes: Shapes.nonempty) { x in
      let parts = x.unstacked(axis: -1)
      return exp(parts[0]) * parts[parts.count - 1]
    }
    let six: [[Operand]] = [
      [[6]], [.reversed([6])], [.stepped([6])], [.stretched([6])], [.inner([6])], [[6, 1]],
      [[6, 2]], [[6, 0]], [.transposed([6, 2])], [.stepped([6, 2])], [.reversed([6, 2])],
      [[6, 1, 2]],
    ]
    unary(".split(sizes:axis:)", shapes: six) { x in
      let parts = x.split(sizes: [1, 3, 2, 0])
      return concatenated([parts[1] * parts[0], parts[2], parts[3], exp(parts[1])])
    }
    unary(".chunked(_:axis:)", shapes: six) { x in
      let parts = x.chunked(3, axis: 0)
      return parts[0] * parts[1] + exp(parts[2])
    }
    unary(".chunked2(axis:)", shapes: six) { x in
      let (a, b) = x.chunked2(axis: 0)
      return a * exp(b)
    }
    unary(".chunked3(axis:)", shapes: six) { x in
      let (a, b, c) = x.chunked3(axis: 0)
      return a * b - exp(c)
    }
    let eight: [[Operand]] = [
      [[8]], [.reversed([8])], [.stepped([8])], [.stretched([8])], [.inner([8])], [[1, 8]],
      [[2, 8]], [[0, 8]], [.transposed([2, 8])], [.stepped([2, 4])], [.reversed([2, 4])],
      [[2, 1, 4]],
    ]
    unary(".chunked4(axis:)", shapes: eight) { x in
      let (i, f, g, o) = x.chunked4()
      return i * exp(g) + f * o
    }
  }
}
