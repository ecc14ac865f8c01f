/// What the items of a batch share or mix in the steps of a scan: run ahead of and behind the loop of the rest, operation
/// by operation, one time step after another.
struct StepsAround {
  let split: StepSplit
  /// The whole step's state: the first, but the last where that is known.
  private var state: [TensorHandle]
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
    times = TimeStep.order(of: inputs[0].shape[0], reverse: isReversed)
    values = split.graph.given([], state, captured, constants)
    graph.run(split.invariants, on: &values)
    for (value, sequence) in zip(split.inputs, inputs) { sequences[value] = sequence }
    let kept = Set(split.keptAhead + split.loopInputs.map(\.source)).sorted()
    run(split.ahead, split.statesAhead, keeping: kept)
    for (value, source) in split.loopInputs {
      let shape = graph.values[value].shape.inserting(times.count, at: 0)
      sequences[value] = sequences[source]!.forEachItem(shape, axis: 1)
    }
  }

  /// What the loop reads over time: the scan's inputs, and rows of what has run ahead.
  var loopInputs: [TensorHandle] { split.inputs.map { sequences[$0]! } }

  /// The outputs over time and the last state of the whole step, from those of the loop.
  mutating func run(
    behind loop: (outputs: [TensorHandle], state: [TensorHandle])
  ) -> (outputs: [TensorHandle], state: [TensorHandle]) {
    for (value, sequence) in zip(split.loopOutputs, loop.outputs) { sequences[value] = sequence }
    let others = Set(graph.outputs.filter { sequences[$0] == nil }).sorted()
    run(split.behind, split.statesBehind, keeping: others)
    return (graph.outputs.map { sequences[$0]! }, split.replacing(state, by: loop.state))
  }

  /// Computes values at each time step, hands on states, and keeps some of the values for all time steps.
  private mutating func run(
    _ computed: [Int], _ states: [StepSplit.State], keeping kept: [Int]
  ) {
    if computed.isEmpty && kept.isEmpty && states.isEmpty { return }
    let next = states.map { graph.states[$0.place] }
    let read = Set(computed.flatMap(graph.inputs) + next).filter { sequences[$0] != nil }.sorted()
    var steps = StepTensors(count: times.count)
    for time in times {
      TimeStep.$current.withValue(time) {
        for value in read { values[value] = sequences[value]!.step(time) }
        graph.run(computed, on: &values)
        steps[time] = kept.map { values[$0]! }
        split.handOn(states, in: &values, &state)
      }
    }
    for (value, sequence) in zip(kept, steps.stacked()) { sequences[value] = sequence }
  }
}
