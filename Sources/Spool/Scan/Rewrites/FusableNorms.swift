extension StepGraph {
  /// Makes of a norm, which is two kernels, a sum of squares and a square root, which fuse with what is around.
  func withFusableNorms() -> StepGraph {
    var editor = GraphEditor(self)
    var isChanged = false
    for (i, value) in values.enumerated() {
      guard case .operation(let operation, let inputs) = value.source,
        let norm = operation as? EuclideanNorm
      else { continue }
      let squares = editor.append(
        SumOfSquares(axes: norm.axes), inputs, value.shape, value.scalarType)
      editor.replace(
        i, by: editor.append(SquareRoot(), [squares], value.shape, value.scalarType))
      isChanged = true
    }
    return isChanged ? editor.finished() : self
  }
}
