/// The programs of the steps compiled so far, found by their graphs: a step is traced at every call, which costs
/// microseconds, and compiled once.
enum StepProgramCache {
  private struct Key: Hashable {
    let graph: StepGraph
    let batch: Int
  }

  /// Enough for the steps of a model at many batch sizes; beyond, the cache starts anew.
  private static let capacity = 256
  private static let programs = Locked<[Key: StepProgram?]>([:])

  /// The program of `graph`; nil where a value depends on several items of the batch at once.
  static func program(for graph: StepGraph, batch: Int) -> StepProgram? {
    let key = Key(graph: graph, batch: batch)
    if let known = programs.withLock({ $0[key] }) { return known }
    let program = StepProgram(graph, batch: batch)
    programs.withLock {
      if $0.count >= capacity { $0.removeAll() }
      $0[key] = .some(program)
    }
    return program
  }
}

extension StepGraph: Hashable {
  static func == (a: StepGraph, b: StepGraph) -> Bool {
    a.outputs == b.outputs && a.states == b.states && a.inputGradients == b.inputGradients
      && a.stateGradients == b.stateGradients && a.capturedGradients == b.capturedGradients
      && a.values == b.values
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(outputs)
    hasher.combine(states)
    hasher.combine(values)
  }
}

extension StepGraph.Value: Hashable {
  static func == (a: StepGraph.Value, b: StepGraph.Value) -> Bool {
    a.source == b.source && a.scalarType == b.scalarType && a.shape == b.shape
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(shape)
    hasher.combine(source)
  }
}

extension StepGraph.Source: Hashable {
  static func == (a: StepGraph.Source, b: StepGraph.Source) -> Bool {
    switch (a, b) {
    case (.input(let a), .input(let b)), (.state(let a), .state(let b)),
      (.captured(let a), .captured(let b)), (.constant(let a), .constant(let b)),
      (.outputCotangent(let a), .outputCotangent(let b)),
      (.stateCotangent(let a), .stateCotangent(let b)):
      a == b
    case (.operation(let a, let inputs), .operation(let b, let others)):
      inputs == others && a.isEqual(to: b)
    default: false
    }
  }

  func hash(into hasher: inout Hasher) {
    switch self {
    case .input(let i), .state(let i), .captured(let i), .constant(let i),
      .outputCotangent(let i), .stateCotangent(let i):
      hasher.combine(i)
    case .operation(let operation, let inputs):
      hasher.combine(ObjectIdentifier(type(of: operation)))
      operation.hash(into: &hasher)
      hasher.combine(inputs)
    }
  }
}

extension Operation {
  func isEqual(to other: any Operation) -> Bool { (other as? Self) == self }
}
