/// A step as it was traced: its graph, and the tensors from outside that it uses.
struct TracedStep {
  let graph: StepGraph
  /// The tensors tracked by the gradient scope around the scan that the step captured.
  let captured: [TensorHandle]
  let constants: [TensorHandle]

  /// Runs `step` once on the given inputs and state, and its pullback, recording both.
  ///
  /// - Parameter outer: the gradient scope around the scan, if any.
  init(
    inputs: [TensorHandle], state: [TensorHandle], outer: Tape?,
    isDifferentiated: [Bool],
    _ step: ([TensorHandle], [TensorHandle]) throws -> (
      outputs: [TensorHandle], state: [TensorHandle]
    )
  ) rethrows {
    let trace = StepTrace()
    let tape = Tape(tracing: trace)
    defer { tape.close() }
    let inputLeaves = inputs.enumerated().map { i, handle in
      let leaf = handle.alias()
      trace.add(.input(i), as: leaf, on: tape)
      return leaf
    }
    let stateLeaves = state.enumerated().map { i, handle in
      let leaf = handle.alias()
      trace.add(.state(i), as: leaf, on: tape)
      return leaf
    }
    guard let outer else {
      let (outputs, states) = try step(inputLeaves, stateLeaves)
      let outputValues = outputs.map { trace.value(of: $0, on: tape) }
      let stateValues = states.map { trace.value(of: $0, on: tape) }
      trace.finish { graph in
        graph.outputs = outputValues
        graph.states = stateValues
      }
      graph = trace.graph
      captured = []
      constants = trace.constants
      return
    }
    var captured: [TensorHandle] = []
    var leafOf: [Int32: TensorHandle] = [:]
    let inner = Tape()
    defer { inner.close() }
    let innerInputs = zip(inputLeaves, isDifferentiated).map { $1 ? inner.watch($0) : $0 }
    let innerState = stateLeaves.map { $0.scalarType.isReal ? inner.watch($0) : $0 }
    let leaf = { (handle: TensorHandle) -> TensorHandle in
      if let known = leafOf[handle.index] { return known }
      let leaf = inner.watch(trace.addCaptured(handle.outside(outer), on: tape))
      leafOf[handle.index] = leaf
      captured.append(handle)
      return leaf
    }
    let (outputs, states) = try outer.substituting(leaf) {
      try GradientScope.$current.withValue(GradientScope(tape: inner)) {
        try step(innerInputs, innerState)
      }
    }
    inner.mode = .sweeping
    func value(_ handle: TensorHandle) -> Int { trace.value(of: resolve(handle), on: tape) }
    let outputValues = outputs.map(value)
    let stateValues = states.map(value)
    var seeds: [(node: Int32, cotangent: TensorHandle)] = []
    func seed(_ source: StepGraph.Source, _ handle: TensorHandle) {
      guard handle.tape === inner else { return }
      let cotangent = TensorHandle.zeros(handle.shape, handle.scalarType)
      trace.add(source, as: cotangent, on: tape)
      seeds.append((handle.index, cotangent))
    }
    for (i, output) in outputs.enumerated() { seed(.outputCotangent(i), output) }
    for (i, state) in states.enumerated() { seed(.stateCotangent(i), state) }
    // What is checkpointed inside the step runs again in the sweep.
    let cotangents = outer.substituting(leaf) { inner.sweep(from: seeds, keeping: false) }
    func gradient(_ leaf: TensorHandle) -> Int? {
      guard leaf.tape === inner, let cotangent = cotangents[Int(leaf.index)] else { return nil }
      return value(cotangent)
    }
    let inputGradients = innerInputs.map(gradient)
    let stateGradients = innerState.map(gradient)
    let capturedGradients = captured.map { gradient(leafOf[$0.index]!) }
    trace.finish { graph in
      graph.outputs = outputValues
      graph.states = stateValues
      graph.inputGradients = inputGradients
      graph.stateGradients = stateGradients
      graph.capturedGradients = capturedGradients
    }
    graph = trace.graph
    self.captured = captured
    constants = trace.constants
  }
}
