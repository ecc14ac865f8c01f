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
  }
}
