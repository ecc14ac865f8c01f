extension StepGraph {
  /// Makes matrix products of sums Σⱼ Xᵢⱼ vⱼ and Σᵢ vᵢ Xᵢⱼ that are written with broadcasting, as derivative rules
  /// leave them, too: the elements are not written to memory only to be added up.
  func withContractions() -> StepGraph {
    let counts = useCounts()
    let dependences = dependences()
    var editor = GraphEditor(self)
    var isChanged = false
    for (i, value) in values.enumerated() {
      guard case .operation(let operation, let inputs) = value.source,
        let axis = summedAxis(operation, of: values[inputs[0]].shape), counts[inputs[0]] == 1,
        case .operation(let operation, let factors) = values[inputs[0]].source,
        operation is Multiply, factors.allSatisfy({ !dependences[$0].isInvariant })
      else { continue }
      let shape = values[inputs[0]].shape
      var stretched = shape
      stretched[3 - axis] = 1
      for (matrix, vector) in [(factors[0], factors[1]), (factors[1], factors[0])]
      where values[matrix].shape == shape && values[vector].shape == stretched {
        let turned = editor.transpose(vector)
        let product =
          axis == 2 ? editor.product(matrix, turned) : editor.product(turned, matrix)
        let sum = editor.append(
          Reshape(shape: value.shape), [product], value.shape, value.scalarType)
        editor.replace(i, by: sum)
        isChanged = true
        break
      }
    }
    return isChanged ? editor.finished() : self
  }

  /// The one axis that is summed of a matrix for each item of the batch, where the matrix is large enough for
  /// a product.
  private func summedAxis(_ operation: any Operation, of shape: Shape) -> Int? {
    guard shape.rank == 3, min(shape[1], shape[2]) >= 8 else { return nil }
    let axes: AxisSet
    switch operation {
    case let sum as Sum: axes = sum.axes
    case let sum as SumToShape where sum.shape.rank == 3: axes = sum.stretchedAxes(of: shape)
    default: return nil
    }
    return [1, 2].first { axes == AxisSet([$0], of: shape, for: "sum") }
  }
}
