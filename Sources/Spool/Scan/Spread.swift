/// How an operand runs through the rows of an output: its strides over the output's axes.
struct Spread {
  private(set) var strides = InlineArray<8, Int>(repeating: 0)
  private(set) var isDense = true
  /// Whether one element serves a whole row.
  private(set) var isScalar = true

  init(of i: Int, over shape: Shape, _ layout: StepLayout) {
    let own = layout.graph.values[i].shape
    let ownStrides =
      layout.kinds[i] == .invariant ? own.denseStrides : layout.addresses[i].strides
    let extra = shape.rank - own.rank
    for axis in 0..<own.rank where own[axis] != 1 { strides[axis + extra] = ownStrides[axis] }
    let dense = shape.denseStrides
    for axis in 1..<max(shape.rank, 1) where shape[axis] != 1 {
      isDense = isDense && strides[axis] == dense[axis]
      isScalar = isScalar && strides[axis] == 0
    }
    // Rows of one element each: dense ones may be taken together.
    if isDense && isScalar { isScalar = layout.kinds[i] == .invariant }
  }
}
