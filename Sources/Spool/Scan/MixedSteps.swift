/// What mixes the items of the batch in the steps of a scan: run behind the loop of the rest, operation by operation,
/// one time step after another.
struct MixedSteps {
  let split: StepSplit
  /// What the scan of the whole step is given.
  let inputs: [TensorHandle]
  let state: [TensorHandle]
  let captured: [TensorHandle]
  let constants: [TensorHandle]
  let isReversed: Bool

  /// The outputs over time and the last state of the whole step, from those of the loop.
  func run(
    behind loop: (outputs: [TensorHandle], state: [TensorHandle])
  ) -> (outputs: [TensorHandle], state: [TensorHandle]) {
    let graph = split.graph
    let rows = Dictionary(uniqueKeysWithValues: zip(split.loopOutputs, loop.outputs))
    let mixedOutputs = graph.outputs.filter { rows[$0] == nil }
    var values = graph.given(inputs, state, captured, constants)
    graph.run(split.invariants, on: &values)
    let sequences =
      split.readInputs.map { ($0, values[$0]!) } + split.readOutputs.map { ($0, rows[$0]!) }
    let length = inputs[0].shape[0]
    var steps = StepTensors(count: length)
    for time in TimeStep.order(of: length, reverse: isReversed) {
      TimeStep.$current.withValue(time) {
        for (value, sequence) in sequences { values[value] = sequence.step(time) }
        graph.run(split.mixed, on: &values)
        steps[time] = mixedOutputs.map { values[$0]! }
        // All are read before one is replaced: a state may become what another was.
        let next = split.mixedStates.map { values[graph.states[$0.place]]! }
        for (state, next) in zip(split.mixedStates, next) { values[state.value] = next }
      }
    }
    var mixed = steps.stacked()[...]
    let outputs = graph.outputs.map { rows[$0] ?? mixed.removeFirst() }
    var last = state
    for (place, handle) in zip(split.rowStates, loop.state) { last[place] = handle }
    for (place, value) in split.mixedStates { last[place] = values[value]! }
    return (outputs, last)
  }
}
