extension StepGraph {
  /// Adds up first what is known first, so that it is done outside of the loop: of h·U + x·W + b, x·W + b
  /// for all time steps at once. Products come after other terms, each to be added to the rest as it is
  /// computed.
  func withReorderedSums() -> StepGraph {
    let counts = useCounts()
    let sums = flatSums(useCounts: counts).filter { $0.terms.count > 2 }
    if sums.isEmpty { return self }
    let dependences = dependences()
    var editor = GraphEditor(self)
    for sum in sums {
      let ranks = sum.terms.map { term in
        let isAccumulated =
          !term.isNegative && counts[term.value] == 1 && isProduct(term.value)
        return 2 * dependences[term.value].rank + (isAccumulated ? 1 : 0)
      }
      let order = ranks.indices.sorted { (ranks[$0], $0) < (ranks[$1], $1) }
      editor.replace(sum.value, by: editor.plain(editor.sum(order.map { sum.terms[$0] })))
    }
    return editor.finished()
  }

  func isProduct(_ i: Int) -> Bool {
    if case .operation(let operation, _) = values[i].source { return operation is MatrixProduct }
    return false
  }
}

extension StepGraph.Dependence {
  /// What is made of lower ranks is known earlier.
  fileprivate var rank: Int {
    if contains(.stateCotangent) { return 4 }
    if contains(.cotangent) { return 3 }
    if contains(.state) { return 2 }
    return contains(.input) ? 1 : 0
  }
}
