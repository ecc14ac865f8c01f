extension StepGraph {
  /// Without values that nothing needs and without repeated ones, and each in its simplest form.
  func withoutRepetition() -> StepGraph {
    var result = StepGraph()
    var known: [OperationKey: [Int]] = [:]
    var place = [Int](repeating: -1, count: values.count)
    let isNeeded = needed(by: roots)
    for (i, value) in values.enumerated() {
      switch value.source {
      case .operation(let operation, let inputs):
        guard isNeeded[i] else { continue }
        place[i] = result.emit(
          operation, inputs.map { place[$0] }, value.shape, value.scalarType, &known)
      default: place[i] = result.append(value.source, value.shape, value.scalarType)
      }
    }
    result.outputs = outputs.map { place[$0] }
    result.states = states.map { place[$0] }
    result.inputGradients = inputGradients.map { $0.map { place[$0] } }
    result.stateGradients = stateGradients.map { $0.map { place[$0] } }
    result.capturedGradients = capturedGradients.map { $0.map { place[$0] } }
    return GraphEditor(result).finished()
  }

  /// The value of an operation: a known one, if there is one.
  private mutating func emit(
    _ operation: any Operation, _ inputs: [Int], _ shape: Shape, _ type: ScalarType,
    _ known: inout [OperationKey: [Int]]
  ) -> Int {
    switch simplified(operation, inputs, shape) {
    case .value(let value)?: return value
    case .operation(let operation, let inputs)?:
      return emit(operation, inputs, shape, type, &known)
    case .negated(let operation, let inputs)?:
      let value = emit(operation, inputs, shape, type, &known)
      return emit(Negate(), [value], shape, type, &known)
    case nil: break
    }
    let key = OperationKey(type: ObjectIdentifier(Swift.type(of: operation)), inputs: inputs)
    for value in known[key, default: []] {
      if case .operation(let other, _) = values[value].source, operation.isEqual(to: other) {
        return value
      }
    }
    let value = append(.operation(operation, inputs), shape, type)
    known[key, default: []].append(value)
    return value
  }
}

/// What repeated operations have in common; their attributes are compared then.
private struct OperationKey: Hashable {
  let type: ObjectIdentifier
  let inputs: [Int]
}
