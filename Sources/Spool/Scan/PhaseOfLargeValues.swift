/// Where a few numbers are made of many, or many of a few, in a phase next to a loop: done in the loop, so that the few are
/// kept for every time step rather than the many (the products of a memory's rows with a key, rather than the memory).
extension StepGraph {
  /// Has a loop compute after all what comes after it and is a few numbers made of many that the loop has, but no sum
  /// over the items of the batch.
  func summarizeInLoops(_ phases: inout [Phase], isSummed: (Int) -> Bool) {
    let counts = useCounts()
    for (after, loop) in [(Phase.afterForward, Phase.forwardLoop), (.afterBackward, .backwardLoop)]
    {
      for i in values.indices where phases[i] == after && !isSummed(i) && isSummary(i) {
        let size = values[i].shape.elementCount
        var computed = [i]
        var next = 0
        var isReady = true
        var isOfMany = false
        while next < computed.count {
          for input in inputs(of: computed[next]) {
            if phases[input] == after && isPartOfSummary(input, counts) {
              computed.append(input)
              continue
            }
            isReady = isReady && phases[input] < after
            isOfMany =
              isOfMany
              || (isOf(loop, input, phases) && values[input].shape.elementCount > size)
          }
          next += 1
        }
        if isReady && isOfMany { for value in computed { phases[value] = loop } }
      }
    }
  }

  /// Has a loop compute what comes before it, is many numbers made of a few, and is read nowhere else.
  func expandInLoops(_ phases: inout [Phase]) {
    for (before, loop) in [
      (Phase.beforeForward, Phase.forwardLoop), (.beforeBackward, .backwardLoop),
    ] {
      var canMove = values.indices.map { phases[$0] == before && isComputedByItem($0) }
      var isRead = [Bool](repeating: false, count: values.count)
      for root in roots { canMove[root] = false }
      for i in values.indices.reversed() {
        canMove[i] = canMove[i] && isRead[i]
        let isInLoop = phases[i] == loop || canMove[i]
        for input in inputs(of: i) {
          isRead[input] = true
          canMove[input] = canMove[input] && isInLoop
        }
      }
      for i in values.indices where canMove[i] {
        let inputs = inputs(of: i)
        let most = inputs.map { values[home($0)].shape.elementCount }.max() ?? 0
        let isExpansion = !isView(i) && values[i].shape.elementCount >= 4 * most
        if isExpansion || inputs.contains(where: { canMove[$0] && phases[$0] == loop }) {
          phases[i] = loop
        }
      }
    }
  }

  /// Whether a value may be a few numbers made of many: a product of each item's matrices, or a reduction of its rows.
  private func isSummary(_ i: Int) -> Bool {
    guard case .operation(let operation, let inputs) = values[i].source,
      values[inputs[0]].shape.first == values[i].shape.first
    else { return false }
    if isProductOfItems(i) { return true }
    switch operation.blockCode(of: values[inputs[0]].shape) {
    case .deviations, .reduction: return inputs.count == 1
    default: return false
    }
  }

  /// Whether a value can be computed along with the summary that reads it: a view, or elements that it alone reads.
  private func isPartOfSummary(_ i: Int, _ counts: [Int]) -> Bool {
    guard case .operation(let operation, _) = values[i].source else { return false }
    return isView(i) || (operation is any PointwiseOperation && counts[i] == 1)
  }

  /// Whether a value is made element by element, row by row or of each item's own matrices.
  private func isComputedByItem(_ i: Int) -> Bool {
    guard case .operation(let operation, let inputs) = values[i].source else { return false }
    if isView(i) || isProductOfItems(i) { return true }
    return operation.blockCode(of: values[inputs[0]].shape) != nil
  }

  private func isProductOfItems(_ i: Int) -> Bool {
    guard case .operation(let operation, let inputs) = values[i].source else { return false }
    return operation is MatrixProduct
      && inputs.allSatisfy {
        values[$0].shape.rank > 2 && values[$0].shape.rank == values[i].shape.rank
      }
  }

  /// Whether `loop` computes or hands on a value.
  private func isOf(_ loop: Phase, _ i: Int, _ phases: [Phase]) -> Bool {
    switch values[i].source {
    case .operation: phases[i] == loop
    case .state: loop == .forwardLoop
    case .stateCotangent: loop == .backwardLoop
    default: false
    }
  }

  private func isView(_ i: Int) -> Bool {
    guard case .operation(let operation, _) = values[i].source else { return false }
    return operation is any ViewOperation
  }

  /// What a view looks at, or would if it did not have to copy.
  private func home(_ i: Int) -> Int {
    var i = i
    while isView(i) { i = inputs(of: i)[0] }
    return i
  }
}
