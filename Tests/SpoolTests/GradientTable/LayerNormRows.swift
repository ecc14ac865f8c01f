import Spool

extension GradientTable {
  mutating func addLayerNormRows() {
    let function = "layerNorm(_:gain:bias:epsilon:)"
    // Of a row with next to no variance, single precision leaves nothing to compare.
    let varied = Shapes.ranked.filter { $0[0].layout != .stretched && $0[0].shape.last != 1 }
    unary(function, in: .distinct(-2...2), shapes: varied) { layerNorm($0) }
    unary(function, "of a large epsilon", shapes: Shapes.ranked) { layerNorm($0, epsilon: 0.5) }
    row(
      function, "with gain and bias",
      shapes: [
        [[3], [3], [3]], [[2, 4], [4], [4]], [[2, 2, 3], [3], [3]], [[0, 3], [3], [3]],
        [.transposed([2, 3]), .reversed([3]), .stepped([3])], [[3], .same, .same],
      ]
    ) { layerNorm($0[0], gain: $0[1], bias: $0[2], epsilon: 0.1) }
    row(function, "with gain", shapes: [[[2, 4], [4]], [.stepped([2, 3]), .stretched([3])]]) {
      layerNorm($0[0], gain: $0[1], epsilon: 0.1)
    }
    row(function, "with bias", shapes: [[[2, 4], [4]], [.reversed([2, 3]), .inner([3])]]) {
      layerNorm($0[0], bias: $0[1], epsilon: 0.1)
    }
  }
}
