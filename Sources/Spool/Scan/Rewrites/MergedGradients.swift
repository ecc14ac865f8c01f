extension StepGraph {
  /// Makes one product of the gradients of several weights of the same operand, hᵀ·dz₁, hᵀ·dz₂, … =
  /// parts of hᵀ·[dz₁ dz₂ …], and one sum of the gradients of their biases, so that h is read once, and
  /// dz₁, dz₂, … need not be kept apart.
  func withMergedGradients() -> StepGraph {
    var joins = Joins(of: self)
    var editor = GraphEditor(self)
    var isChanged = false
    for group in joins.gradients where group.rights.count > 1 {
      let productOf = Dictionary(uniqueKeysWithValues: zip(group.rights, group.products))
      for segment in joins.segments(of: group.rights) {
        let (matrix, parts) = joins.matrix(segment, in: &editor)
        let product = editor.product(group.left, matrix)
        editor.replace(parts.map { productOf[$0]! }, byPartsOf: product, axis: 1)
        isChanged = true
      }
    }
    for join in joins.all {
      let sums = join.parts.map { joins.rowSums[$0] ?? [] }
      let whole = joins.rowSums[join.value]?.first
      guard whole != nil || sums.allSatisfy({ !$0.isEmpty }), sums.contains(where: { !$0.isEmpty })
      else { continue }
      let columns = editor.value(join.value).shape[1]
      let sum =
        whole
        ?? editor.append(
          SumToShape(shape: [columns]), [join.value], [columns], editor.value(join.value).scalarType
        )
      var start = 0
      for (part, sums) in zip(join.parts, sums) {
        let range = start..<(start + editor.value(part).shape[1])
        start = range.upperBound
        for old in sums { editor.replaceSum(old, by: range, of: sum) }
      }
      isChanged = true
    }
    return isChanged ? editor.finished() : self
  }

  /// Takes products of gradients with matrices that stand side by side for them alone apart again, where
  /// some of these stand side by side for others, too: no matrix is copied twice.
  func withSplitGradients() -> StepGraph {
    let isCarried = needed(by: carriedRoots)
    var isPartOfCarried = Set<Int>()
    var split: [Int: [Int]] = [:]
    for (i, value) in values.enumerated() where value.shape.rank == 2 {
      guard case .operation(let operation, let inputs) = value.source,
        (operation as? Concatenate)?.axis == 1
      else { continue }
      if isCarried[i] { isPartOfCarried.formUnion(inputs) } else { split[i] = inputs }
    }
    split = split.filter { $0.value.contains(where: isPartOfCarried.contains) }
    for i in values.indices {
      for (place, input) in inputs(of: i).enumerated() where split[input] != nil {
        let isProduct = place == 1 && isProduct(i) && values[i].shape.rank == 2
        if !isProduct && !isSumOverRows(i) { split[input] = nil }
      }
    }
    if split.isEmpty { return self }
    var editor = GraphEditor(self)
    for i in values.indices {
      guard case .operation(let operation, let inputs) = values[i].source,
        let parts = inputs.last.flatMap({ split[$0] })
      else { continue }
      let pieces = parts.map { part in
        if operation is MatrixProduct { return editor.product(inputs[0], part) }
        var shape = values[i].shape
        shape[shape.rank - 1] = values[part].shape[1]
        return editor.append(SumToShape(shape: shape), [part], shape, values[i].scalarType)
      }
      editor.replace(i, by: editor.concatenate(pieces, axis: values[i].shape.rank - 1))
    }
    return editor.finished()
  }

  private func isSumOverRows(_ i: Int) -> Bool {
    guard case .operation(let operation, _) = values[i].source else { return false }
    return operation is SumToShape && rowSum(i) != nil
  }
}

extension Joins {
  /// The matrix of a segment, and the values that are its parts, in order.
  fileprivate mutating func matrix(
    _ segment: Segment, in editor: inout GraphEditor
  ) -> (matrix: Int, parts: [Int]) {
    switch segment {
    case .all(let rights):
      let sorted = presentOrder(of: rights).map { order in order.map { rights[$0] } } ?? rights
      return (join(sorted, in: &editor), sorted)
    case .part(let whole, let before, let parts):
      let start = before.reduce(0) { $0 + editor.value($1).shape[1] }
      let count = parts.reduce(0) { $0 + editor.value($1).shape[1] }
      return (editor.slice(whole, start..<(start + count), axis: 1), parts)
    }
  }
}

extension GraphEditor {
  /// Replaces a sum over rows by a range of a wider one.
  fileprivate mutating func replaceSum(_ old: Int, by range: Range<Int>, of sum: Int) {
    let shape = value(old).shape
    let part = slice(sum, range, axis: value(sum).shape.rank - 1)
    let isAlike = value(part).shape == shape
    replace(
      old, by: isAlike ? part : append(Reshape(shape: shape), [part], shape, value(old).scalarType))
  }
}
