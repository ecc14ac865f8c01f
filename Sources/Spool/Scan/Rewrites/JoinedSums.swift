extension StepGraph {
  /// Makes one product of a sum of products, dz₁·U₁ᵀ + dz₂·U₂ᵀ + … = [dz₁ dz₂ …]·[U₁ U₂ …]ᵀ, where the
  /// gradients of U₁, U₂, … want dz₁, dz₂, … side by side anyway. The sum is done inside of the product.
  func withJoinedSums() -> StepGraph {
    let counts = useCounts()
    let dependences = dependences()
    let phases = phases(dependences)
    var joins = Joins(of: self)
    var editor = GraphEditor(self)
    var isChanged = false
    for sum in flatSums(useCounts: counts) where values[sum.value].shape.rank == 2 {
      var groups: [Phase: [(place: Int, left: Int, right: Int)]] = [:]
      for (place, term) in sum.terms.enumerated()
      where !term.isNegative && counts[term.value] == 1 {
        guard let factors = factors(term.value), dependences[factors.right].isInvariant,
          !dependences[factors.left].isInvariant,
          values[term.value].shape == values[sum.value].shape
        else { continue }
        groups[phases[term.value], default: []].append((place, factors.left, factors.right))
      }
      var taken = Set<Int>()
      var products: [SumTerm] = []
      for (_, group) in groups.sorted(by: { $0.key < $1.key }) {
        let sorted = group.sorted { transposed($0.right).base < transposed($1.right).base }
        guard let order = joins.order(of: sorted.map(\.left)) else { continue }
        let members = order.map { sorted[$0] }
        let left = joins.join(members.map(\.left), in: &editor)
        let right = editor.join(members.map(\.right), axis: 0, transposed)
        products.append(SumTerm(value: editor.product(left, right), isNegative: false))
        taken.formUnion(members.map(\.place))
      }
      if products.isEmpty { continue }
      let others = sum.terms.indices.filter { !taken.contains($0) }.map { sum.terms[$0] }
      editor.replace(sum.value, by: editor.plain(editor.sum(products + others)))
      isChanged = true
    }
    return isChanged ? editor.finished() : self
  }

  func factors(_ i: Int) -> (left: Int, right: Int)? {
    guard case .operation(let operation, let inputs) = values[i].source,
      operation is MatrixProduct, values[inputs[0]].shape.rank == 2,
      values[inputs[1]].shape.rank == 2
    else { return nil }
    return (inputs[0], inputs[1])
  }
}
