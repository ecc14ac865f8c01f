import Spool

extension GradientTable {
  mutating func addReductionRows() {
    let distinct = Domain.distinct(-2...2)
    unary(".sum(_:keepDims:)") { $0.sum() }
    unary(".sum(_:keepDims:)", "axis 0", shapes: Shapes.ranked) { $0.sum(0) }
    unary(".sum(_:keepDims:)", "kept", shapes: Shapes.ranked) { $0.sum(-1, keepDims: true) }
    unary(".sum(over:keepDims:)") { $0.sum(over: nil) }
    unary(".sum(over:keepDims:)", "all kept") { $0.sum(over: nil, keepDims: true) }
    unary(".sum(over:keepDims:)", "none") { $0.sum(over: []) }
    unary(".sum(over:keepDims:)", "first and last", shapes: Shapes.matrices) {
      $0.sum(over: [-1, 0])
    }
    unary(".mean(_:keepDims:)", shapes: Shapes.nonempty + [[[]]]) { $0.mean() }
    unary(".mean(_:keepDims:)", "axis 0 kept", shapes: Shapes.nonempty) {
      $0.mean(0, keepDims: true)
    }
    unary(".mean(over:keepDims:)", shapes: Shapes.nonempty) { $0.mean(over: [-1]) }
    unary(".mean(over:keepDims:)", "all kept", shapes: Shapes.nonempty) {
      $0.mean(over: nil, keepDims: true)
    }
    unary(".variance(_:correction:keepDims:)", shapes: Shapes.nonempty) { $0.variance() }
    unary(
      ".variance(_:correction:keepDims:)", "corrected",
      shapes: [[[3]], [[2, 3]], [.transposed([2, 3])], [.stretched([2, 2])]]
    ) { $0.variance(-1, correction: 1, keepDims: true) }

    unary(".product(_:keepDims:)") { $0.product() }
    unary(".product(_:keepDims:)", "axis 0", shapes: Shapes.ranked) { $0.product(0) }
    unary(".product(_:keepDims:)", "first and last", shapes: Shapes.matrices) {
      $0.product(-1, 0, keepDims: true)
    }
    unary(
      ".product(_:keepDims:)", "with zeros", in: .uniform(0...0, 0.5...2),
      shapes: [[[3]], [[4, 2]], [.transposed([3, 2])], [[2, 2, 3]], [.stepped([2, 3])]]
    ) { $0.product(-1) }

    let ties = Shapes.nonempty.filter { $0[0].layout != .stretched }
    unary(".max(_:keepDims:)", in: distinct, shapes: ties + [[[]]]) { $0.max() }
    unary(".max(_:keepDims:)", "axis 0", in: distinct, shapes: ties) { $0.max(0) }
    unary(".max(_:keepDims:)", "kept", in: distinct, shapes: ties) {
      $0.max(-1, keepDims: true)
    }
    unary(".min(_:keepDims:)", in: distinct, shapes: ties + [[[]]]) { $0.min() }
    unary(".min(_:keepDims:)", "axis 0", in: distinct, shapes: ties) { $0.min(0) }
    unary(".min(_:keepDims:)", "kept", in: distinct, shapes: ties) {
      $0.min(-1, keepDims: true)
    }

    unary(".logSumExp(_:keepDims:)") { $0.logSumExp() }
    unary(".logSumExp(_:keepDims:)", "axis 0", shapes: Shapes.ranked) { $0.logSumExp(0) }
    unary(".logSumExp(_:keepDims:)", "first and last", shapes: Shapes.matrices) {
      $0.logSumExp(0, -1, keepDims: true)
    }
    unary(".logSumExp(_:keepDims:)", "far out", in: .uniform(800...802)) { $0.logSumExp() }
    let awayFromZero = Domain.uniform(-2 ... -0.5, 0.5...2)
    unary(".norm(_:keepDims:)", in: awayFromZero) { $0.norm() }
    unary(".norm(_:keepDims:)", "kept", in: awayFromZero, shapes: Shapes.ranked) {
      $0.norm(-1, keepDims: true)
    }
    unary(".norm(_:keepDims:)", "axis 0", in: awayFromZero, shapes: Shapes.ranked) {
      $0.norm(0)
    }

    constant(".argmax(_:keepDims:)") { $0[0].argmax(0) }
    constant(".argmin(_:keepDims:)") { $0[0].argmin(-1, keepDims: true) }
    constant(".any(_:keepDims:)") { ($0[0] .> 0).any() }
    constant(".all(_:keepDims:)") { ($0[0] .> 0).all(0, keepDims: true) }
  }
}
