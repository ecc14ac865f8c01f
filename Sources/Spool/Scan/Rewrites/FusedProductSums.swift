extension StepGraph {
  /// Makes one operation of a product and what is added to it, where they are computed at the same time:
  /// the sum costs no pass over memory of its own.
  func withFusedProductSums() -> StepGraph {
    let counts = useCounts()
    let dependences = dependences()
    let phases = phases(dependences)
    var editor = GraphEditor(self)
    var isChanged = false
    for (i, value) in values.enumerated() where value.shape.rank == 2 {
      guard case .operation(let operation, let inputs) = value.source, operation is Add else {
        continue
      }
      for (product, addend) in [(inputs[1], inputs[0]), (inputs[0], inputs[1])] {
        guard case .operation(let operation, let factors) = values[product].source,
          operation is MatrixProduct, counts[product] == 1, phases[product] == phases[i],
          values[product].shape == value.shape, values[factors[1]].shape.rank == 2,
          dependences[factors[1]].isInvariant, !dependences[factors[0]].isInvariant,
          ProductSum.takes(
            values[addend].shape, isInvariant: dependences[addend].isInvariant, in: value.shape)
        else { continue }
        let fused = editor.append(
          ProductSum(), factors + [addend], value.shape, value.scalarType)
        editor.replace(i, by: fused)
        isChanged = true
        break
      }
    }
    return isChanged ? editor.finished() : self
  }
}
