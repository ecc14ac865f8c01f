import CKernels

/// When a value of a step is computed.
enum Phase: Int, Comparable {
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
}

/// A step compiled for execution over time: what of it runs when, and which values are kept.
///
/// Compiled only where every operation treats the items of the batch independently (sums over the batch in
/// gradients aside), which lets each thread run its rows through the whole sequence.
final class StepProgram {
  let graph: StepGraph
  /// The size of the batch.
  let batch: Int
  let kinds: [RowKind]
  private(set) var phases: [Phase]
  /// For a view, the value whose memory it looks at; else the value itself.
  private(set) var homes: [Int]
  /// Whether a value is kept for every time step.
  private(set) var isSequence: [Bool]
  /// For each state, whether the value that the step returns for it is computed right into the memory of
  /// the states (else it is copied there).
  private(set) var isStateInPlace: [Bool] = []
  private(set) var isStateGradientInPlace: [Bool] = []

  /// Nil where a value of the step depends on several items of the batch at once.
  init?(_ traced: StepGraph, batch: Int) {
    let graph = traced.simplified()
    self.graph = graph
    self.batch = batch
    guard let kinds = StepProgram.kinds(of: graph, batch: batch) else { return nil }
    self.kinds = kinds
    homes = StepProgram.homes(of: graph)
    phases = StepProgram.phases(of: graph, kinds, homes)
    isSequence = []
    isSequence = sequences()
    var taken = Set<Int>()
    isStateInPlace = graph.states.map { canBePlaced($0, &taken) }
    isStateGradientInPlace = graph.stateGradients.map { value in
      value.map { canBePlaced($0, &taken) } ?? false
    }
  }

  private static func kinds(of graph: StepGraph, batch: Int) -> [RowKind]? {
    var kinds: [RowKind] = []
    for value in graph.values {
      switch value.source {
      case .captured, .constant: kinds.append(.invariant)
      case .operation(let operation, let inputs):
        let operands = inputs.map { RowOperand(kind: kinds[$0], shape: graph.values[$0].shape) }
        kinds.append(operation.rowKind(operands, output: value.shape))
      default: kinds.append(value.shape.first == batch ? .row : .entangled)
      }
    }
    let rows = graph.outputs + graph.inputGradients.compactMap(\.self)
    let states = graph.states + graph.stateGradients.compactMap(\.self)
    let isRowwise =
      !kinds.contains(.entangled) && rows.allSatisfy { kinds[$0] == .row }
      && states.allSatisfy { kinds[$0] == .row }
      && graph.capturedGradients.allSatisfy { $0.map { kinds[$0] == .summed } ?? true }
    return isRowwise ? kinds : nil
  }

  /// Views are told by running them on memory of the traced shapes: one that had to copy is none.
  private static func homes(of graph: StepGraph) -> [Int] {
    var homes = Array(graph.values.indices)
    var samples: [TensorHandle] = []
    for (i, value) in graph.values.enumerated() {
      var sample: TensorHandle?
      if case .operation(let operation, let inputs) = value.source,
        let view = operation as? any ViewOperation
      {
        let candidate = view.view(of: samples[inputs[0]])
        if candidate.sharesMemory(with: samples[inputs[0]]) {
          sample = candidate
          homes[i] = homes[inputs[0]]
        }
      }
      samples.append(sample ?? TensorHandle(uninitialized: value.shape, value.scalarType))
    }
    return homes
  }

  private struct Dependence: OptionSet {
    let rawValue: Int
    static let state = Dependence(rawValue: 1)
    static let cotangent = Dependence(rawValue: 2)
    static let stateCotangent = Dependence(rawValue: 4)
  }

  private static func phases(of graph: StepGraph, _ kinds: [RowKind], _ homes: [Int]) -> [Phase] {
    var dependence: [Dependence] = []
    for value in graph.values {
      switch value.source {
      case .state: dependence.append(.state)
      case .outputCotangent: dependence.append(.cotangent)
      case .stateCotangent: dependence.append([.cotangent, .stateCotangent])
      case .operation(_, let inputs):
        dependence.append(inputs.reduce(into: []) { $0.formUnion(dependence[$1]) })
      default: dependence.append([])
      }
    }
    let carriesState = graph.needed(by: graph.states)
    let carriesCotangent = graph.needed(by: graph.stateGradients.compactMap(\.self))
    return graph.values.indices.map { i in
      guard case .operation = graph.values[i].source else { return .given }
      let dependence = dependence[i]
      if kinds[i] == .invariant { return .setup }
      if !dependence.contains(.cotangent) {
        if !dependence.contains(.state) { return .beforeForward }
        return carriesState[i] ? .forwardLoop : .afterForward
      }
      if kinds[i] == .summed { return .afterBackward }
      if !dependence.contains(.stateCotangent) { return .beforeBackward }
      return carriesCotangent[i] ? .backwardLoop : .afterBackward
    }
  }

  /// Values of a loop that something outside of it needs.
  private func sequences() -> [Bool] {
    var result = [Bool](repeating: false, count: graph.values.count)
    for (i, value) in graph.values.enumerated() {
      if !phases[i].isLoop, homes[i] == i { result[i] = true }
      guard case .operation(_, let inputs) = value.source else { continue }
      let phase = phases[homes[i] == i ? i : homes[i]]
      for input in inputs where phases[homes[input]].isLoop && phases[homes[input]] != phase {
        result[homes[input]] = true
      }
      // A view takes its place from its home; what uses the view counts as using the home.
      if homes[i] != i, phases[i] != phases[homes[i]], phases[homes[i]].isLoop {
        result[homes[i]] = true
      }
    }
    for root in graph.roots { result[homes[root]] = true }
    return result
  }

  private func canBePlaced(_ value: Int, _ taken: inout Set<Int>) -> Bool {
    guard case .operation = graph.values[value].source, kinds[value] == .row, homes[value] == value
    else { return false }
    return taken.insert(value).inserted
  }

  /// The operations that run in `phase`, in order. Views run nowhere.
  func operations(in phase: Phase) -> [Int] {
    graph.values.indices.filter { phases[$0] == phase && homes[$0] == $0 }
  }
}
