import CKernels

extension StepGraph {
  /// Lets the backward pass compute cheap elementwise values of the forward loop once more from what is kept
  /// anyway, rather than have them kept for every time step: memory is slower than arithmetic.
  func withRecomputation() -> StepGraph {
    let phases = phases(dependences())
    let isRecomputed = recomputed(phases)
    guard isRecomputed.contains(true) else { return self }
    var result = StepGraph()
    // Where each value is for the forward pass, and where for the backward pass.
    var forward: [Int] = []
    var backward: [Int] = []
    for (i, value) in values.enumerated() {
      guard case .operation(let operation, let inputs) = value.source else {
        forward.append(result.append(value.source, value.shape, value.scalarType))
        backward.append(forward[i])
        continue
      }
      func append(_ places: [Int]) -> Int {
        result.append(
          .operation(operation, inputs.map { places[$0] }), value.shape, value.scalarType)
      }
      if phases[i].isBackward {
        backward.append(append(backward))
        forward.append(backward[i])
      } else {
        forward.append(append(forward))
        backward.append(isRecomputed[i] ? append(backward) : forward[i])
      }
    }
    result.outputs = outputs.map { forward[$0] }
    result.states = states.map { forward[$0] }
    result.inputGradients = inputGradients.map { $0.map { backward[$0] } }
    result.stateGradients = stateGradients.map { $0.map { backward[$0] } }
    result.capturedGradients = capturedGradients.map { $0.map { backward[$0] } }
    return GraphEditor(result).finished()
  }

  /// The values of the forward loop that can be computed from what the backward pass has.
  private func recomputed(_ phases: [Phase]) -> [Bool] {
    var isKept = values.indices.map { phases[$0] != .forwardLoop }
    for root in roots { isKept[root] = true }
    var result = [Bool](repeating: false, count: values.count)
    let isRead = isRead(by: { phases[$0].isBackward })
    for i in values.indices where !isKept[i] {
      guard case .operation(let operation, let inputs) = values[i].source else { continue }
      result[i] = isCheap(operation) && inputs.allSatisfy { isKept[$0] || result[$0] }
      isKept[i] = isRead[i]
    }
    return result
  }

  /// Whether the value is an input of an operation that `isReader` holds for.
  private func isRead(by isReader: (Int) -> Bool) -> [Bool] {
    var result = [Bool](repeating: false, count: values.count)
    for i in values.indices where isReader(i) {
      for input in inputs(of: i) { result[input] = true }
    }
    return result
  }

  private func isCheap(_ operation: any Operation) -> Bool {
    guard let pointwise = operation as? any PointwiseOperation else {
      return operation is any ViewOperation
    }
    switch type(of: pointwise).kernel {
    case SPOOL_ADD, SPOOL_SUBTRACT, SPOOL_MULTIPLY, SPOOL_NEGATE, SPOOL_SQUARE, SPOOL_ABS,
      SPOOL_RELU, SPOOL_SIGN, SPOOL_MINIMUM, SPOOL_MAXIMUM, SPOOL_WHERE, SPOOL_EQUAL,
      SPOOL_NOT_EQUAL, SPOOL_LESS, SPOOL_LESS_EQUAL, SPOOL_GREATER, SPOOL_GREATER_EQUAL,
      SPOOL_AND, SPOOL_OR, SPOOL_NOT:
      return true
    default: return false
    }
  }
}
