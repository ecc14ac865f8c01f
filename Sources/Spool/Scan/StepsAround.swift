/// What the items of a batch share or mix in the steps of a scan: run ahead of and behind the loop of the rest, operation
/// by operation, one time step after another.
struct StepsAround {
  let split: StepSplit
  /// What the loop reads over time: the scan's inputs, and rows of what has run ahead.
  private(set) var loopInputs: [TensorHandle]
  /// What the scan of the whole step is given.
  private let state: [TensorHandle]
  private let captured: [TensorHandle]
  private let constants: [TensorHandle]
  private let times: [Int]
  /// What all time steps share, and states between two of them.
  private var values: [TensorHandle?]
  /// Values at all time steps.
  private var sequences: [Int: TensorHandle] = [:]

  private var graph: StepGraph { split.graph }

  /// Runs what is ahead of the loop.
  init(
    _ split: StepSplit, inputs: [TensorHandle], state: [TensorHandle], captured: [TensorHandle],
    constants: [TensorHandle], isReversed: Bool
  ) {
    self.split = split
    self.state = state
    self.captured = captured
    self.constants = constants
    loopInputs = inputs
    times = TimeStep.order(of: inputs[0].shape[0], reverse: isReversed)
    values = split.graph.given(inputs, state, captured, constants)
    graph.run(split.invariants, on: &values)
    let own = graph.values.indices.filter { values[$0] != nil && graph.isInput($0) }
    for i in own { sequences[i] = values[i] }
    run(split.ahead, split.statesAhead, keeping: Set(split.keptAhead + split.loopInputs).sorted())
    for i in graph.values.indices where graph.isInput(i) && values[i] == nil {
      let rows = rows(of: split.loopInputs[loopInputs.count - inputs.count], like: i)
      sequences[i] = rows
      loopInputs.append(rows)
    }
  }

  /// The states of the loop, before its first step.
  var loopState: [TensorHandle] { split.loopStates.map { state[$0] } }

  /// The step of the loop.
  var loopStep: ScanCall.Step {
    { [split, state, captured, constants] inputs, loopState in
      var state = state
      for (place, handle) in zip(split.loopStates, loopState) { state[place] = handle }
      var values = split.graph.given(inputs, state, captured, constants)
      split.graph.run(split.loop, on: &values)
      return (
        split.loopOutputs.map { values[$0]! },
        split.loopStates.map { values[split.graph.states[$0]]! }
      )
    }
  }

  /// The outputs over time and the last state of the whole step, from those of the loop.
  mutating func run(
    behind loop: (outputs: [TensorHandle], state: [TensorHandle])
  ) -> (outputs: [TensorHandle], state: [TensorHandle]) {
    for (value, sequence) in zip(split.loopOutputs, loop.outputs) { sequences[value] = sequence }
    let others = Set(graph.outputs.filter { sequences[$0] == nil }).sorted()
    run(split.behind, split.statesBehind, keeping: others)
    var last = state
    for (place, handle) in zip(split.loopStates, loop.state) { last[place] = handle }
    for (place, value) in split.statesAhead + split.statesBehind { last[place] = values[value]! }
    return (graph.outputs.map { sequences[$0]! }, last)
  }

  /// Computes values at each time step, hands on states, and keeps some of the values for all time steps.
  private mutating func run(
    _ computed: [Int], _ states: [StepSplit.State], keeping kept: [Int]
  ) {
    if computed.isEmpty && kept.isEmpty { return }
    let read = Set(computed.flatMap(graph.inputs)).filter { sequences[$0] != nil }.sorted()
    var steps = StepTensors(count: times.count)
    for time in times {
      TimeStep.$current.withValue(time) {
        for value in read { values[value] = sequences[value]!.step(time) }
        graph.run(computed, on: &values)
        steps[time] = kept.map { values[$0]! }
        // All are read before one is replaced: a state may become what another was.
        let next = states.map { values[graph.states[$0.place]]! }
        for (state, next) in zip(states, next) { values[state.value] = next }
      }
    }
    for (value, sequence) in zip(kept, steps.stacked()) { sequences[value] = sequence }
  }

  /// The sequence of a value ahead as that of `input`, which has a row for each item.
  private func rows(of value: Int, like input: Int) -> TensorHandle {
    let (sequence, shape) = (sequences[value]!, graph.values[input].shape)
    if graph.values[value].shape == shape { return sequence }
    let shared = Shape([times.count, 1] + shape.dropFirst())
    let rows = apply(Reshape(shape: shared), sequence)
    return apply(BroadcastTo(shape: shape.inserting(times.count, at: 0)), rows)
  }
}
