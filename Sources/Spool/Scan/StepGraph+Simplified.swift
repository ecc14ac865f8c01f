extension StepGraph {
  /// The same dataflow with less work: the passes of `Rewrites`, in an order in which each finds what those
  /// before it made.
  func simplified() -> StepGraph {
    withTransposedProducts().withoutRepetition().withJoinedParts().withFusableNorms()
      .withMergedProducts().withAlignedSums()
      .withJoinedSums().withSplitGradients().withMergedGradients()
      .withReorderedSums().withAlignedSums(isByPhase: true).withFusedProductSums()
      .withContractions()
      .withoutRepetition().withRecomputation()
  }

  /// The values that `roots` need, themselves included.
  func needed(by roots: [Int]) -> [Bool] {
    var isNeeded = [Bool](repeating: false, count: values.count)
    for root in roots { isNeeded[root] = true }
    for value in values.indices.reversed() where isNeeded[value] {
      for input in inputs(of: value) { isNeeded[input] = true }
    }
    return isNeeded
  }

  var roots: [Int] {
    outputs + states + inputGradients.compactMap(\.self) + stateGradients.compactMap(\.self)
      + capturedGradients.compactMap(\.self)
  }
}
