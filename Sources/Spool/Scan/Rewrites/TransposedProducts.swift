extension StepGraph {
  /// Computes (A B)ᵀ as Bᵀ Aᵀ where a product of each item's own matrices is used in no other way, as derivative rules
  /// leave products with transposed matrices: transposes of the factors are views, that of the product is read along
  /// columns by all that follows.
  func withTransposedProducts() -> StepGraph {
    let counts = useCounts()
    var editor = GraphEditor(self)
    var isChanged = false
    for (i, value) in values.enumerated() {
      guard case .operation(let operation, let inputs) = value.source,
        let permute = operation as? Permute, permute.isTransposeOfMatrices,
        counts[inputs[0]] == 1,
        case .operation(let operation, let factors) = values[inputs[0]].source,
        operation is MatrixProduct,
        factors.allSatisfy({ values[$0].shape.dropLast(2) == value.shape.dropLast(2) })
      else { continue }
      let (left, right) = (editor.transpose(factors[1]), editor.transpose(factors[0]))
      editor.replace(i, by: editor.product(left, right))
      isChanged = true
    }
    return isChanged ? editor.finished() : self
  }
}

extension Permute {
  /// Whether it swaps the last two axes, and nothing else, of a batch of matrices.
  fileprivate var isTransposeOfMatrices: Bool {
    let rank = permutation.count
    return rank > 2 && permutation[rank - 2] == rank - 1
      && (0..<(rank - 2)).allSatisfy { permutation[$0] == $0 }
  }
}
