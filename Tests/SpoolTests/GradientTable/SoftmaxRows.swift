import Spool

extension GradientTable {
  mutating func addSoftmaxRows() {
    unary("softmax(_:axis:)", shapes: Shapes.ranked) { softmax($0) }
    unary("softmax(_:axis:)", "axis 0", shapes: Shapes.ranked) { softmax($0, axis: 0) }
    unary("softmax(_:axis:)", "far out", in: .uniform(-802 ... -798), shapes: Shapes.ranked) {
      softmax($0)
    }
    unary("logSoftmax(_:axis:)", shapes: Shapes.ranked) { logSoftmax($0) }
    unary("logSoftmax(_:axis:)", "axis 0", shapes: Shapes.ranked) { logSoftmax($0, axis: 0) }
    let logits: [[Operand]] = [
      [[3]], [[1, 3]], [[2, 3]], [[2, 1, 3]], [[2, 2, 3]], [[0, 3]], [.transposed([2, 3])],
      [.transposed([2, 1, 3])], [.stepped([3])], [.stepped([2, 3])], [.reversed([2, 3])],
      [.inner([2, 3])], [.stretched([2, 3])],
    ]
    unary("logLikelihood(of:under:)", shapes: logits) { x in
      let labels = Tensor<Int32>([2, 0, 1, 2])[..<(x.shape.elementCount / 3)]
      return logLikelihood(of: labels.reshaped(to: x.shape.removing(x.rank - 1)), under: x)
    }
  }
}
