extension StepGraph {
  /// Makes one product of those that share their left operand, x·W₁ and x·W₂, with what depends on no time
  /// step on the right: x·[W₁ W₂], of which each takes its columns. The left operand is read once, and
  /// weights written gate by gate cost what packed ones do.
  func withMergedProducts() -> StepGraph {
    struct Key: Hashable {
      let left: Int
      let phase: Phase
    }
    let dependences = dependences()
    let phases = phases(dependences)
    var groups: [Key: [(value: Int, right: Int)]] = [:]
    for (i, factors) in matrixProducts()
    where dependences[factors.right].isInvariant && !dependences[factors.left].isInvariant {
      groups[Key(left: factors.left, phase: phases[i]), default: []].append((i, factors.right))
    }
    groups = groups.filter { $0.value.count > 1 }
    if groups.isEmpty { return self }
    var editor = GraphEditor(self)
    for (key, members) in groups.sorted(by: { $0.value[0].value < $1.value[0].value }) {
      let members = members.sorted { transposed($0.right).base < transposed($1.right).base }
      let right = editor.join(members.map(\.right), axis: 1, transposed)
      editor.replace(members.map(\.value), byPartsOf: editor.product(key.left, right), axis: 1)
    }
    return editor.finished()
  }

  /// The products of two matrices.
  func matrixProducts() -> [(value: Int, factors: (left: Int, right: Int))] {
    values.indices.compactMap { i in
      guard case .operation(let operation, let inputs) = values[i].source,
        operation is MatrixProduct, values[inputs[0]].shape.rank == 2,
        values[inputs[1]].shape.rank == 2
      else { return nil }
      return (i, (inputs[0], inputs[1]))
    }
  }

  /// The value that `i` is the transpose of, if it is one; else itself.
  func transposed(_ i: Int) -> (base: Int, isTransposed: Bool) {
    guard case .operation(let operation, let inputs) = values[i].source,
      let permute = operation as? Permute, permute.permutation == [1, 0]
    else { return (i, false) }
    return (inputs[0], true)
  }
}

extension GraphEditor {
  /// Matrices one after another; transposes as the transpose of one matrix, which the products of the
  /// other pass use, too.
  mutating func join(
    _ parts: [Int], axis: Int, _ transposed: (Int) -> (base: Int, isTransposed: Bool)
  ) -> Int {
    let sources = parts.map(transposed)
    guard sources.allSatisfy(\.isTransposed) else { return concatenate(parts, axis: axis) }
    return transpose(concatenate(sources.map(\.base), axis: 1 - axis))
  }

  /// Replaces each of `parts` by its part of `whole`, in their order along `axis`.
  mutating func replace(_ parts: [Int], byPartsOf whole: Int, axis: Int) {
    var start = 0
    for part in parts {
      let size = value(part).shape[axis]
      replace(part, by: slice(whole, start..<(start + size), axis: axis))
      start += size
    }
  }
}
