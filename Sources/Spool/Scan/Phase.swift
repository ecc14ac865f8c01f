/// When a value of a step is computed.
enum Phase: Int, Comparable, CaseIterable {
  /// Given from outside.
  case given
  /// Once: it depends on no time step.
  case setup
  /// For all time steps at once, before the forward loop: it depends on inputs alone.
  case beforeForward
  case forwardLoop
  /// For all time steps at once, after the forward loop: no later step depends on it.
  case afterForward
  case beforeBackward
  case backwardLoop
  /// For all time steps at once, after the backward loop. Gradients of what all steps share end up here,
  /// each as one product or sum over time and batch together.
  case afterBackward

  static func < (a: Phase, b: Phase) -> Bool { a.rawValue < b.rawValue }

  var isLoop: Bool { self == .forwardLoop || self == .backwardLoop }
  var isBackward: Bool { self >= .beforeBackward }
}

extension StepGraph {
  /// Which of what changes from one time step to the next a value depends on.
  struct Dependence: OptionSet {
    let rawValue: Int
    static let input = Dependence(rawValue: 1)
    static let state = Dependence(rawValue: 2)
    static let cotangent = Dependence(rawValue: 4)
    static let stateCotangent = Dependence(rawValue: 8)

    /// The same at all time steps.
    var isInvariant: Bool { isEmpty }
  }

  func dependences() -> [Dependence] {
    var result: [Dependence] = []
    result.reserveCapacity(values.count)
    for value in values {
      switch value.source {
      case .input: result.append(.input)
      case .state: result.append(.state)
      case .outputCotangent: result.append(.cotangent)
      case .stateCotangent: result.append([.cotangent, .stateCotangent])
      // In a loop only is it the same at all time steps.
      case .operation(let operation, _) where operation is AtEachStep:
        result.append([.state, .stateCotangent])
      case .operation(_, let inputs):
        result.append(inputs.reduce(into: []) { $0.formUnion(result[$1]) })
      default: result.append([])
      }
    }
    return result
  }

  /// When each value is computed. `kinds` are those of the values.
  func phases(_ kinds: [RowKind]) -> [Phase] {
    phases(dependences()) { kinds[$0] == .summed }
  }

  /// The same, sums over the items of the batch told by `isSummed`.
  func phases(_ dependences: [Dependence], isSummed: (Int) -> Bool = { _ in false }) -> [Phase] {
    let readers = values.indices.filter { inputs(of: $0).contains(where: isAtEachStep) }
    let carriesState = needed(
      by: states + readers.filter { !dependences[$0].contains(.cotangent) })
    let carriesCotangent = needed(
      by: stateGradients.compactMap(\.self)
        + readers.filter { dependences[$0].contains(.cotangent) })
    func phase(of i: Int) -> Phase {
      guard case .operation = values[i].source else { return .given }
      if isAtEachStep(i) { return .setup }
      let dependence = dependences[i]
      if dependence.isInvariant { return .setup }
      if !dependence.contains(.cotangent) {
        if !dependence.contains(.state) { return .beforeForward }
        return carriesState[i] ? .forwardLoop : .afterForward
      }
      if isSummed(i) { return .afterBackward }
      if isRunningSum(i) { return .backwardLoop }
      if !dependence.contains(.stateCotangent) { return .beforeBackward }
      return carriesCotangent[i] ? .backwardLoop : .afterBackward
    }
    var phases: [Phase] = []
    phases.reserveCapacity(values.count)
    for i in values.indices { phases.append(phase(of: i)) }
    summarizeInLoops(&phases, isSummed: isSummed)
    expandInLoops(&phases)
    for i in values.indices where isRunningSum(i) {
      phases[inputs(of: i)[0]] = min(phases[inputs(of: i)[0]], .backwardLoop)
    }
    deferToBackward(&phases)
    return phases
  }

  func isRunningSum(_ i: Int) -> Bool {
    if case .operation(let operation, _) = values[i].source { return operation is RunningSum }
    return false
  }

  private func isAtEachStep(_ i: Int) -> Bool {
    if case .operation(let operation, _) = values[i].source { return operation is AtEachStep }
    return false
  }

  /// Elementwise values that only the backward pass reads are computed there, rather than kept for every time
  /// step between the passes.
  private func deferToBackward(_ phases: inout [Phase]) {
    var firstUse = [Phase?](repeating: nil, count: values.count)
    for root in roots { firstUse[root] = .given }
    for i in values.indices.reversed() {
      guard case .operation(let operation, let inputs) = values[i].source else { continue }
      let isCheap = operation is any PointwiseOperation || operation is any ViewOperation
      if isCheap, phases[i] == .beforeForward || phases[i] == .afterForward,
        let use = firstUse[i], use.isBackward
      {
        phases[i] = use
      }
      for input in inputs { firstUse[input] = min(firstUse[input] ?? .afterBackward, phases[i]) }
    }
  }
}
