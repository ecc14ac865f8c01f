/// A step that is run again and again, each time from the state that the last one has left.
protocol StreamRun: AnyObject {
  /// The outputs for the next inputs, which are the caller's, as is the state; nil, and no step, where these are not of
  /// the shapes of the first ones.
  func step(_ inputs: [TensorHandle]) -> [TensorHandle]?
  var state: [TensorHandle] { get }
}

/// What runs `step`, traced once on the given inputs and state; nil where it cannot be compiled.
func streamRun(
  _ inputs: [TensorHandle], _ state: [TensorHandle], _ step: ScanCall.Step
) -> (any StreamRun)? {
  guard (inputs + state).allSatisfy({ $0.tape == nil }), let batch = inputs.first?.shape.first,
    batch > 0
  else { return nil }
  let traced = TracedStep.tracing(
    inputs, state, outer: nil, isDifferentiated: inputs.map { _ in false }
  ) { inputs, state in
    step(inputs, state).flatMap { $0.state.count == state.count ? $0 : nil }
  }
  guard let traced,
    zip(traced.graph.states, state).allSatisfy({ traced.graph.values[$0].shape == $1.shape })
  else { return nil }
  switch try? StepProgramCache.compiled(traced, batch: batch) {
  case (.program(let program), let constants)?:
    return CompiledStream(program, like: inputs, state, constants)
  case (.split(let split), let constants)?:
    return SplitStream(split, inputs, state, constants)
  case nil: return nil
  }
}

/// A scan of one time step that is run again and again on the same memory.
private final class CompiledStream: StreamRun {
  private let inputs: [TensorHandle]
  private let run: ScanRun

  init(
    _ program: StepProgram, like inputs: [TensorHandle], _ state: [TensorHandle],
    _ constants: [TensorHandle]
  ) {
    self.inputs = inputs.map { TensorHandle(uninitialized: $0.shape, $0.scalarType) }
    run = ScanRun(
      program, length: 1, isReversed: false,
      ScanRun.Given(inputs: self.inputs, state: state, captured: [], constants: constants))
    run.prepareSteps()
  }

  func step(_ inputs: [TensorHandle]) -> [TensorHandle]? {
    guard inputs.elementsEqual(self.inputs, by: { $0.shape == $1.shape }) else { return nil }
    for i in inputs.indices { self.inputs[i].copy(from: inputs[i]) }
    return run.step()
  }

  /// Copies, since the next step writes over them.
  var state: [TensorHandle] { run.lastState.map { $0.copied() } }
}

/// A step in parts, of which the loop's is compiled.
private final class SplitStream: StreamRun {
  private let split: StepSplit
  private let loop: any StreamRun
  /// The state, but for what the loop hands on.
  private var around: [TensorHandle]
  /// What is given, and what was computed last.
  private var values: [TensorHandle?]

  private var graph: StepGraph { split.graph }

  /// Nil where the loop's part cannot be compiled.
  init?(
    _ split: StepSplit, _ inputs: [TensorHandle], _ state: [TensorHandle],
    _ constants: [TensorHandle]
  ) {
    let rows = split.loopInputs.map { split.graph.values[$0.value] }
    let loopInputs = inputs + rows.map { TensorHandle(uninitialized: $0.shape, $0.scalarType) }
    let loopStep = split.loopStep(state, [], constants)
    guard let loop = streamRun(loopInputs, split.loopState(of: state), loopStep) else { return nil }
    self.split = split
    self.loop = loop
    around = state
    values = split.graph.given(inputs, state, [], constants)
    graph.run(split.invariants, on: &values)
  }

  func step(_ inputs: [TensorHandle]) -> [TensorHandle]? {
    let places = split.inputs.dropLast(split.loopInputs.count)
    guard inputs.elementsEqual(places, by: { $0.shape == graph.values[$1].shape }) else {
      return nil
    }
    for (value, input) in zip(places, inputs) { values[value] = input }
    graph.run(split.ahead, on: &values)
    for (value, source) in split.loopInputs {
      values[value] = values[source]!.forEachItem(graph.values[value].shape, axis: 0)
    }
    let rows = loop.step(split.inputs.map { values[$0]! })!
    for (value, row) in zip(split.loopOutputs, rows) { values[value] = row }
    graph.run(split.behind, on: &values)
    let outputs = graph.outputs.map { values[$0]! }
    split.handOn(split.statesAhead + split.statesBehind, in: &values, &around)
    return outputs
  }

  var state: [TensorHandle] { split.replacing(around, by: loop.state) }
}
