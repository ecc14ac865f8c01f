import Spool

extension GradientTable {
  mutating func addSelectionRows() {
    binary("where(_:_:_:)") { a, b in
      let mask = Tensor<S>.range(1, from: 0) .< 1
      return `where`(mask, a, b)
    }
    binary("where(_:_:_:)", "of a mask made from both") { a, b in
      `where`(stopGradient(a * b) .> 0, exp(a), b * a)
    }
    row(
      "where(_:_:_:)", "of a mask that broadcasts",
      shapes: [[[2, 3], [2, 3]], [[3], []], [[], [2, 1]], [.transposed([2, 3]), .same]]
    ) { `where`(Tensor<Bool>([true, false, true]), $0[0], $0[1]) }
    let distinct = Domain.distinct(-2...2)
    binary("max(_:_:)", in: distinct) { max($0, $1) }
    binary("min(_:_:)", in: distinct) { min($0, $1) }
    let awayFromZero = Domain.uniform(-2 ... -0.1, 0.1...2)
    unary("abs(_:)", in: awayFromZero) { abs($0) }
    unary("sign(_:)", in: awayFromZero) { sign($0) }
    unary("clamp(_:to:)", in: .uniform(-2 ... -1.1, -0.9...0.9, 1.1...2)) { clamp($0, to: -1...1) }
  }
}
