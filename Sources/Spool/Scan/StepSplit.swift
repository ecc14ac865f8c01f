/// A step in two parts, where something in it mixes the items of the batch that the rest does not read: a loss, say,
/// or a statistic.
///
/// The rest treats the items independently, and is a step of its own, which is compiled. What mixes them runs behind
/// its loop (`MixedSteps`), on the rows that it needs.
struct StepSplit {
  let graph: StepGraph
  /// The places of the states that the loop hands on.
  let rowStates: [Int]
  /// The states that are handed on behind it, each with the value that a step receives.
  let mixedStates: [(place: Int, value: Int)]
  /// The values that are the loop's outputs: outputs of the step, and what is read behind the loop.
  let loopOutputs: [Int]
  /// The values that are computed behind the loop: once, and at each time step.
  let invariants: [Int]
  let mixed: [Int]
  /// The inputs of the step that are read at each time step behind the loop, and the outputs of the loop.
  let readInputs: [Int]
  let readOutputs: [Int]

  /// Nil where nothing mixes the items, or every state depends on what does.
  init?(_ step: StepGraph, batch: Int) {
    let graph = step.withSumsByItem(batch: batch)
    let (kinds, mixedStates) = graph.mixing(batch: batch)
    let roots = graph.outputs + mixedStates.map { graph.states[$0] }
    guard mixedStates.count < graph.states.count, roots.contains(where: { kinds[$0] != .row })
    else { return nil }
    // From the results back to the first rows on the way.
    var isBehind = [Bool](repeating: false, count: kinds.count)
    var isRead = isBehind
    for root in roots where kinds[root] != .row { isBehind[root] = true }
    for i in kinds.indices.reversed() where isBehind[i] {
      for input in graph.inputs(of: i) {
        if kinds[input] == .row { isRead[input] = true } else { isBehind[input] = true }
      }
    }
    let outputs = graph.outputs.filter { kinds[$0] == .row }
    self.graph = graph
    rowStates = graph.states.indices.filter { !mixedStates.contains($0) }
    self.mixedStates = graph.values.indices.compactMap { value in
      guard case .state(let place) = graph.values[value].source, mixedStates.contains(place) else {
        return nil
      }
      return (place, value)
    }
    readInputs = kinds.indices.filter { isRead[$0] && graph.isInput($0) }
    readOutputs = kinds.indices.filter { isRead[$0] && !graph.isInput($0) }
    loopOutputs = Set(readOutputs + outputs).sorted()
    invariants = kinds.indices.filter { isBehind[$0] && kinds[$0] == .invariant }
    mixed = kinds.indices.filter { isBehind[$0] && kinds[$0] != .invariant }
  }

  /// The part that treats the items independently, as a step.
  func loopStep(captured: [TensorHandle], constants: [TensorHandle]) -> ScanCall.Step {
    let next = rowStates.map { graph.states[$0] }
    let isNeeded = graph.needed(by: loopOutputs + next)
    let computed = graph.values.indices.filter { isNeeded[$0] }
    return { [graph, rowStates, loopOutputs] inputs, states in
      var all = [TensorHandle?](repeating: nil, count: graph.states.count)
      for (place, state) in zip(rowStates, states) { all[place] = state }
      var values = graph.given(inputs, all, captured, constants)
      graph.run(computed, on: &values)
      return (loopOutputs.map { values[$0]! }, next.map { values[$0]! })
    }
  }
}

extension StepGraph {
  fileprivate func isInput(_ value: Int) -> Bool {
    if case .input = values[value].source { return true }
    return false
  }

  /// This step with sums over the items and within them in two: within each item first, which is a matter of its
  /// own rows.
  fileprivate func withSumsByItem(batch: Int) -> StepGraph {
    let kinds = mixing(batch: batch).kinds
    var editor = GraphEditor(self)
    for (i, value) in values.enumerated() {
      guard case .operation(let sum as Sum, let inputs) = value.source, sum.axes.contains(0),
        kinds[inputs[0]] == .row
      else { continue }
      let shape = values[inputs[0]].shape
      let others = (1..<shape.rank).filter(sum.axes.contains)
      guard !others.isEmpty else { continue }
      let within = Sum(axes: AxisSet(others, of: shape, for: Sum.name))
      let part = editor.append(within, inputs, within.axes.kept(in: shape), value.scalarType)
      let over = Sum(axes: AxisSet([0], of: shape, for: Sum.name))
      editor.replace(i, by: editor.append(over, [part], value.shape, value.scalarType))
    }
    return editor.finished()
  }
}
