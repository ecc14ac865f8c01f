import Spool

extension GradientTable {
  mutating func addGatherRows() {
    let four: [[Operand]] = [
      [[4]], [[4, 1]], [[4, 3]], [[4, 0]], [[4, 2, 2]], [.transposed([4, 2])],
      [.transposed([4, 1, 2])], [.stepped([4])], [.stepped([4, 2])], [.reversed([4, 2])],
      [.inner([4, 2])], [.stretched([4, 2])],
    ]
    let repeated = Tensor<Int32>([3, 0, 3, 1, 3])
    unary(".gathered(_:axis:)", shapes: four) { $0.gathered(repeated) }
    unary(".gathered(_:axis:)", "by a scalar, a matrix and none", shapes: four) { x in
      let grid = repeated[..<4].reshaped(to: [2, 2])
      return exp(x.gathered(grid)) * x.gathered(Tensor<Int32>(2)) + x.gathered([]).sum()
    }
    unary(
      ".gathered(_:axis:)", "axis -1",
      shapes: [[[1, 4]], [[2, 4]], [[0, 4]], [.transposed([2, 4])], [.stepped([2, 2, 4])]]
    ) { $0.gathered(repeated.reshaped(to: [5, 1]), axis: -1) }

    let five: [[Operand]] = [
      [[5]], [[5, 1]], [[5, 2]], [[5, 0]], [[5, 2, 2]], [.transposed([5, 2])],
      [.transposed([5, 1, 2])], [.stepped([5])], [.stepped([5, 2])], [.reversed([5, 2])],
      [.inner([5, 2])], [.stretched([5, 2])],
    ]
    unary("scatterAdd(_:at:count:axis:)", shapes: five) { scatterAdd($0, at: repeated, count: 4) }
    unary(
      "scatterAdd(_:at:count:axis:)", "axis 1, by a matrix",
      shapes: [[[2, 2, 3]], [[1, 2, 3, 2]], [.transposed([2, 2, 3])], [.reversed([2, 2, 3])]]
    ) { x in
      let indices: Tensor<Int32> = [[0, 2, 0], [1, 0, 2]]
      return square(scatterAdd(exp(x), at: indices, count: 3, axis: 1))
    }
  }

  mutating func addTakeAlongRows() {
    let rows: [[Operand]] = [
      [[3]], [[1, 3]], [[2, 3]], [[2, 1, 3]], [[0, 3]], [.transposed([2, 3])],
      [.transposed([2, 1, 3])], [.stepped([3])], [.stepped([2, 3])], [.reversed([2, 3])],
      [.inner([2, 3])], [.stretched([2, 3])],
    ]
    unary(".takeAlong(_:axis:)", shapes: rows) { x in
      let indices = Tensor<Int32>([2, 0, 2, 2])
      return x.takeAlong(indices.reshaped(to: x.shape.withSizeOnes(last: 4)))
    }
    unary(".takeAlong(_:axis:)", "axis 0", shapes: [[[2, 3]], [.transposed([2, 3])]]) { x in
      exp(x.takeAlong([[1, 1, 0], [1, 0, 0], [0, 0, 1]], axis: 0)) * x[0]
    }
    unary("scatterAddAlong(_:at:count:axis:)", shapes: rows) { x in
      let indices = Tensor<Int32>([1, 3, 1])
      return scatterAddAlong(x, at: indices.reshaped(to: x.shape.withSizeOnes(last: 3)), count: 4)
    }
    unary(
      "scatterAddAlong(_:at:count:axis:)", "axis 0", shapes: [[[2, 3]], [.transposed([2, 3])]]
    ) { x in
      square(scatterAddAlong(exp(x), at: [[1, 2, 0], [1, 0, 0]], count: 3, axis: 0))
    }
  }

  mutating func addEmbeddingRows() {
    let tables: [[Operand]] = [
      [[4, 3]], [[4, 1]], [[4, 0]], [[5, 2]], [.transposed([4, 3])], [.transposed([5, 2])],
      [.stepped([4, 3])], [.stepped([5, 1])], [.reversed([4, 3])], [.inner([4, 2])],
      [.stretched([4, 2])], [.stretched([5, 1])],
    ]
    unary("embedding(_:table:)", shapes: tables) { embedding([[1, 0, 1], [3, 1, 3]], table: $0) }
    unary("embedding(_:table:)", "twice", shapes: tables) {
      exp(embedding([1, 3], table: $0)) * embedding([3, 3], table: $0)
    }
    constant("oneHot(_:depth:as:)", shapes: [[[3]], [[2, 3]], [[0]]]) { operands in
      let isPositive = (operands[0] .> 0).converted(to: Int32.self)
      return oneHot(isPositive, depth: 2, as: S.self)
    }
  }
}

extension Shape {
  /// As many axes, all of size 1 but the last.
  fileprivate func withSizeOnes(last: Int) -> Shape {
    Shape([Int](repeating: 1, count: rank - 1) + [last])
  }
}
