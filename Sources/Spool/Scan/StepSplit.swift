/// A step in parts, where not all of it treats the items of the batch independently.
///
/// What does, and hands on a state, is a step of its own, which is compiled. What the items share or mix runs operation
/// by operation (`StepsAround`): ahead of that loop where it does not depend on the loop's states, such as a counter of
/// the steps, and behind it else, such as a loss, on the rows that it needs.
struct StepSplit {
  /// A state that the loop does not hand on, and the value that a step receives.
  typealias State = (place: Int, value: Int)

  /// An input of the loop that has rows of what is computed ahead, and the value that they are of.
  typealias LoopInput = (value: Int, source: Int)

  /// The whole step. What the loop reads of the values ahead are inputs after the step's own.
  let graph: StepGraph
  /// The values that are inputs of the loop, in order, those of the step first.
  let inputs: [Int]
  /// The places of the states that the loop hands on.
  let loopStates: [Int]
  let statesAhead: [State]
  let statesBehind: [State]
  let loopInputs: [LoopInput]
  /// The values ahead that are read behind the loop or are outputs of the step.
  let keptAhead: [Int]
  /// The values that are outputs of the loop: outputs of the step, and what is read behind.
  let loopOutputs: [Int]
  /// The values that are computed once, and at each time step ahead, in the loop and behind.
  let invariants: [Int]
  let ahead: [Int]
  let loop: [Int]
  let behind: [Int]

  /// Nil where no state can be handed on by a loop, or all of the step can be part of it.
  init?(_ step: StepGraph, batch: Int) {
    var graph = step.readingAhead(batch: batch)
    graph = graph.withSumsByItem(StepParts(of: graph, batch: batch))
    let parts = StepParts(of: graph, batch: batch).settled(graph, batch: batch)
    inputs = graph.values.indices.filter(graph.isInput)
    let (values, outputs) = (graph.values.indices, graph.outputs.prefix(step.outputs.count))
    let sources = Array(graph.outputs.dropFirst(outputs.count))
    loopInputs = zip(inputs.suffix(sources.count), sources).map { ($0, $1) }
    graph.outputs = Array(outputs)
    loopStates = graph.states.indices.filter { parts.states[$0] == .loop }
    let isWhole =
      loopStates.count == graph.states.count && loopInputs.isEmpty
      && outputs.allSatisfy { parts[$0] == .loop }
    if loopStates.isEmpty || isWhole { return nil }
    func states(_ part: StepParts.Part) -> [State] {
      values.compactMap { value in
        guard case .state(let place) = graph.values[value].source, parts.states[place] == part
        else { return nil }
        return (place, value)
      }
    }
    statesAhead = states(.ahead)
    statesBehind = states(.behind)

    // From the results back to what the other parts give.
    var isBehind = [Bool](repeating: false, count: values.count)
    var isRead = isBehind
    func mark(_ value: Int) {
      if parts[value] == .behind { isBehind[value] = true } else { isRead[value] = true }
    }
    for root in outputs + statesBehind.map({ graph.states[$0.place] }) { mark(root) }
    for i in values.reversed() where isBehind[i] { graph.inputs(of: i).forEach(mark) }
    let read = values.filter { isRead[$0] }
    keptAhead = read.filter { parts[$0] == .ahead }
    loopOutputs = read.filter { parts[$0] == .loop && !graph.isInput($0) }
    behind = values.filter { isBehind[$0] }
    let rootsAhead = sources + keptAhead + statesAhead.map { graph.states[$0.place] }
    let isNeededAhead = graph.needed(by: rootsAhead)
    ahead = values.filter { isNeededAhead[$0] && parts[$0] != .invariant }
    let isNeededInLoop = graph.needed(by: loopOutputs + loopStates.map { graph.states[$0] })
    loop = values.filter { isNeededInLoop[$0] }
    let isNeededOnce = graph.needed(by: rootsAhead + read.filter { parts[$0] == .invariant })
    invariants = values.filter { isNeededOnce[$0] && parts[$0] == .invariant }
    self.graph = graph
  }
}

extension StepSplit {
  /// Those of a step's states that the loop hands on.
  func loopState(of state: [TensorHandle]) -> [TensorHandle] { loopStates.map { state[$0] } }

  /// The loop's part of a step that is given a state, of which the loop hands on its own.
  func loopStep(
    _ state: [TensorHandle], _ captured: [TensorHandle], _ constants: [TensorHandle]
  ) -> ScanCall.Step {
    { [self] inputs, loopState in
      var values = graph.given(inputs, replacing(state, by: loopState), captured, constants)
      graph.run(loop, on: &values)
      return (loopOutputs.map { values[$0]! }, loopStates.map { values[graph.states[$0]]! })
    }
  }

  /// `state` with those that the loop hands on replaced.
  func replacing(_ state: [TensorHandle], by loopState: [TensorHandle]) -> [TensorHandle] {
    var state = state
    for (place, handle) in zip(loopStates, loopState) { state[place] = handle }
    return state
  }

  /// Has the next step receive what this one has made of `states`, and notes it in `state`.
  func handOn(
    _ states: [State], in values: inout [TensorHandle?], _ state: inout [TensorHandle]
  ) {
    // All are read before one is replaced: a state may become what another was.
    for (place, _) in states { state[place] = values[graph.states[place]]! }
    for (place, value) in states { values[value] = state[place] }
  }
}

extension TensorHandle {
  /// This tensor, which has no axis for the items of a batch or one of size 1, for each item: of shape `shape`, with the
  /// items along `axis`. Itself where it has that shape.
  func forEachItem(_ shape: Shape, axis: Int) -> TensorHandle {
    if self.shape == shape { return self }
    var shared = shape
    shared[axis] = 1
    return apply(BroadcastTo(shape: shape), apply(Reshape(shape: shared), self))
  }
}
