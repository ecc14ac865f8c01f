/// The programs of the steps compiled so far. A step is traced at every call, which costs microseconds; its
/// pullback, and the program, are made once.
enum StepProgramCache {
  private struct Key: Hashable {
    let step: TracedStep.Key
    let batch: Int
  }

  /// What runs a step.
  enum Compiled {
    case program(StepProgram)
    /// A part of it is compiled.
    case split(StepSplit)
  }

  /// What runs the step, or why nothing does: side by side, since an enumeration keeps its tag in unused bits of its
  /// references, where LeakSanitizer does not find them.
  private struct Entry {
    private let program: StepProgram?
    private var split: StepSplit?
    private var refusal: ScanRefusal?
    /// The numbers that the derivative rules have of their own.
    let constants: ArraySlice<TensorHandle>

    init(_ step: TracedStep, _ key: TracedStep.Key, batch: Int) {
      let known = step.constants.count
      let graph = step.withPullback()
      constants = step.constants[known...]
      program = StepProgram(graph, batch: batch)
      if program == nil { split = step.split(key, batch: batch) }
      if program == nil && split == nil {
        let reason = key.graph.mixing(batch: batch) ?? graph.simplified().entanglement(batch: batch)
        refusal = .entanglement(reason ?? "")
      }
    }

    var compiled: Compiled {
      get throws(ScanRefusal) {
        if let program { return .program(program) }
        if let split { return .split(split) }
        throw refusal!
      }
    }
  }

  /// Enough for the steps of a model at many batch sizes; beyond, the cache starts anew.
  private static let capacity = 256
  private static let entries = Locked<[Key: Entry]>([:])

  /// What runs `step`, and the constants that it reads. Throws where too much of it depends on several items of
  /// the batch at once.
  static func compiled(
    _ step: TracedStep, batch: Int
  ) throws(ScanRefusal) -> (Compiled, constants: [TensorHandle]) {
    let key = Key(step: step.key, batch: batch)
    let constants = step.constants
    if let known = entries.withLock({ $0[key] }) {
      return (try known.compiled, constants + known.constants)
    }
    let entry = Entry(step, key.step, batch: batch)
    entries.withLock {
      if $0.count >= capacity { $0.removeAll() }
      $0[key] = entry
    }
    return (try entry.compiled, step.constants)
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

  func hash(into hasher: inout Hasher) { hasher.combine(source) }
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
