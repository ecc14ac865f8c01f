/// A step as it was traced: its graph, and the tensors from outside that it uses.
///
/// The step itself at first. Its pullback is traced when asked for, which is not where `key` finds a program; or
/// at once, where a derivative rule is more than an operation (a user's own, say), and so part of no key.
final class TracedStep {
  /// What a program is found by: the graph, and the tape that records it for the pullback, since a value may be
  /// tracked in one place and cut off in another.
  struct Key: Hashable {
    let graph: StepGraph
    /// Each node's number of parents and these, and the nodes of the results. From these back, the graph says what each node
    /// has computed.
    let links: [Int32]
  }

  /// What has been traced so far.
  var graph: StepGraph { trace.graph }
  /// The tensors tracked by the gradient scope around the scan that the step captured.
  private(set) var captured: [TensorHandle] = []
  /// The other tensors from outside.
  var constants: [TensorHandle] { trace.constants }

  private let trace = StepTrace()
  private let tape: Tape
  /// The gradient scope around the scan, and the one that records the step for its pullback.
  private let outer: Tape?
  private let inner: Tape?
  private var inputs: [TensorHandle] = []
  private var state: [TensorHandle] = []
  private var leaves: [Int32: TensorHandle] = [:]
  private var outputs: [TensorHandle] = []
  private var nextState: [TensorHandle] = []
  private var hasPullback = false

  /// Runs `step` once on the given inputs and state, recording it.
  ///
  /// - Parameter outer: the gradient scope around the scan, if any.
  init(
    inputs: [TensorHandle], state: [TensorHandle], outer: Tape?,
    isDifferentiated: [Bool],
    _ step: ([TensorHandle], [TensorHandle]) throws -> (
      outputs: [TensorHandle], state: [TensorHandle]
    )
  ) rethrows {
    tape = Tape(tracing: trace)
    self.outer = outer
    inner = outer.map { _ in Tape() }
    for (i, handle) in inputs.enumerated() {
      self.inputs.append(leaf(.input(i), handle, isTracked: isDifferentiated[i]))
    }
    for (i, handle) in state.enumerated() {
      self.state.append(leaf(.state(i), handle, isTracked: handle.scalarType.isReal))
    }
    (outputs, nextState) = try recording { try step(self.inputs, self.state) }
    inner?.mode = .sweeping
    trace.graph.outputs = outputs.map(value)
    trace.graph.states = nextState.map(value)
    if inner?.hasJointRules == true { tracePullback() }
  }

  /// The step of a scan on these inputs and this state; nil where it cannot be one.
  static func tracing(
    _ inputs: [TensorHandle], _ state: [TensorHandle], outer: Tape?, isDifferentiated: [Bool],
    _ step: ScanCall.Step
  ) -> TracedStep? {
    var isSupported = true
    let traced = TimeStep.tracing {
      TracedStep(inputs: inputs, state: state, outer: outer, isDifferentiated: isDifferentiated) {
        if let result = step($0, $1) { return result }
        isSupported = false
        return ([], [])
      }
    }
    return isSupported ? traced : nil
  }

  deinit {
    inner?.close()
    tape.close()
  }

  var key: Key {
    var links: [Int32] = []
    if let inner {
      links.reserveCapacity(4 * inner.nodeCount + outputs.count + nextState.count)
      for i in 0..<inner.nodeCount {
        let parents = inner.nodes[i].parents
        links.append(Int32(parents.count))
        for i in 0..<parents.count { links.append(parents[i]) }
      }
      for result in outputs + nextState { links.append(result.tape === inner ? result.index : -1) }
    }
    return Key(graph: trace.graph, links: links)
  }

  /// The graph of the step and, inside a gradient scope, its pullback.
  func withPullback() -> StepGraph {
    if !hasPullback { tracePullback() }
    return trace.graph
  }

  /// The part of this step, of key `key`, that treats the items of the batch independently, and the rest. Nil where
  /// there is no such part, or its operations alone do not say what is differentiated: it has derivatives of its own.
  func split(_ key: Key, batch: Int) -> StepSplit? {
    let graph = key.graph
    guard inner?.hasJointRules != true, let split = StepSplit(graph, batch: batch) else {
      return nil
    }
    let again = TracedStep(
      inputs: inputs.map { $0.alias() }, state: state.map { $0.alias() }, outer: outer,
      isDifferentiated: inputs.map { inner != nil && $0.tape === inner }
    ) { [captured, constants] inputs, state in
      var values = graph.given(inputs, state, captured, constants)
      graph.run(Array(graph.values.indices), on: &values)
      return (graph.outputs.map { values[$0]! }, graph.states.map { values[$0]! })
    }
    return again.key == key ? split : nil
  }

  private func tracePullback() {
    guard let outer, let inner else { return }
    hasPullback = true
    traceConstants(of: inner)
    var seeds: [(node: Int32, cotangent: TensorHandle)] = []
    func seed(_ source: StepGraph.Source, _ handle: TensorHandle) {
      guard handle.tape === inner else { return }
      let cotangent = TensorHandle(uninitialized: handle.shape, handle.scalarType)
      trace.add(source, as: cotangent, on: tape)
      seeds.append((handle.index, cotangent))
    }
    for (i, output) in outputs.enumerated() { seed(.outputCotangent(i), output) }
    for (i, state) in nextState.enumerated() { seed(.stateCotangent(i), state) }
    // What is checkpointed inside the step runs again in the sweep.
    let cotangents = outer.substituting(capturedLeaf) { inner.sweep(from: seeds, keeping: false) }
    func gradient(_ leaf: TensorHandle) -> Int? {
      guard leaf.tape === inner, let cotangent = cotangents[Int(leaf.index)] else { return nil }
      return value(cotangent)
    }
    trace.graph.inputGradients = inputs.map(gradient)
    trace.graph.stateGradients = state.map(gradient)
    trace.graph.capturedGradients = captured.map { gradient(leaves[$0.index]!) }
  }

  /// Has what derivative rules compute from constants recorded, too: steps of the same key differ in them.
  private func traceConstants(of inner: Tape) {
    for i in 0..<inner.nodeCount {
      let node = inner.nodes + i
      for input in 0..<node.pointee.operands.count {
        let operand = node.pointee.operands[input]
        if operand.tape === tape { continue }
        node.pointee.operands[input] = trace.leaf(for: operand, on: tape)
      }
    }
  }

  private func recording<R>(_ body: () throws -> R) rethrows -> R {
    guard let outer, let inner else { return try body() }
    return try outer.substituting(capturedLeaf) {
      try GradientScope.$current.withValue(GradientScope(tape: inner), operation: body)
    }
  }

  /// What stands for an input or a state in the step.
  private func leaf(
    _ source: StepGraph.Source, _ handle: TensorHandle, isTracked: Bool
  ) -> TensorHandle {
    let leaf = handle.alias()
    trace.add(source, as: leaf, on: tape)
    return isTracked ? inner?.watch(leaf) ?? leaf : leaf
  }

  /// What stands in the step for a tensor that it captured.
  private func capturedLeaf(_ handle: TensorHandle) -> TensorHandle {
    if let known = leaves[handle.index] { return known }
    let leaf = leaf(.captured(captured.count), handle.outside(outer!), isTracked: true)
    leaves[handle.index] = leaf
    captured.append(handle)
    return leaf
  }

  private func value(_ handle: TensorHandle) -> Int { trace.value(of: resolve(handle), on: tape) }
}
