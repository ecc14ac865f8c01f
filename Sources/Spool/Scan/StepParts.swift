/// Which part of a split step computes each of its values, and hands on each of its states.
struct StepParts {
  enum Part {
    /// None: it is the same at all time steps.
    case invariant
    case ahead, loop, behind
  }

  private var values: [Part] = []
  private(set) var states: [Part]

  subscript(value: Int) -> Part { values[value] }

  /// The parts if every state that has rows is the loop's.
  init(of graph: StepGraph, batch: Int) {
    states = graph.states.enumerated().map { place, next in
      if graph.values[next].shape.first == batch { return .loop }
      if case .state(place) = graph.values[next].source { return .invariant }
      return .ahead
    }
    // Those ahead must not depend on others.
    var dependence = dependence(graph)
    while let reached = graph.states.indices.first(where: {
      states[$0] == .ahead && dependence[graph.states[$0]]
    }) {
      states[reached] = .behind
      dependence = self.dependence(graph)
    }
    assignValues(graph, batch)
  }

  /// The parts where states that depend on several items are handed on behind the loop.
  func settled(_ graph: StepGraph, batch: Int) -> StepParts {
    var result = self
    while let mixed = graph.states.indices.first(where: {
      result.states[$0] == .loop && result[graph.states[$0]] != .loop
    }) {
      result.states[mixed] = .behind
      result.assignValues(graph, batch)
    }
    return result
  }

  private mutating func assignValues(_ graph: StepGraph, _ batch: Int) {
    let kinds = graph.kinds(
      batch: batch,
      states: states.map { part in
        switch part {
        case .invariant: .invariant
        case .loop: .row
        case .ahead, .behind: .entangled
        }
      })
    let dependence = dependence(graph)
    values = kinds.indices.map { i in
      switch kinds[i] {
      case .invariant: .invariant
      case .row: .loop
      default: dependence[i] ? .behind : .ahead
      }
    }
  }

  /// Which values depend on states of the loop, or behind it.
  private func dependence(_ graph: StepGraph) -> [Bool] {
    var result: [Bool] = []
    for value in graph.values {
      switch value.source {
      case .state(let place): result.append(states[place] == .loop || states[place] == .behind)
      case .operation(_, let inputs): result.append(inputs.contains { result[$0] })
      default: result.append(false)
      }
    }
    return result
  }
}

extension StepGraph {
  func isInput(_ value: Int) -> Bool {
    if case .input = values[value].source { return true }
    return false
  }

  /// This step with sums behind the loop, over the items and within them, in two: within each item first, which is a
  /// matter of its own rows.
  func withSumsByItem(_ parts: StepParts) -> StepGraph {
    var editor = GraphEditor(self)
    for (i, value) in values.enumerated() where parts[i] == .behind {
      guard case .operation(let sum as Sum, let inputs) = value.source, sum.axes.contains(0),
        parts[inputs[0]] == .loop
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

  /// What it is that makes states depend on several items of the batch at once; nil where no state has rows, or nothing
  /// does.
  func mixing(batch: Int) -> String? {
    let graph = readingAhead(batch: batch)
    let parts = StepParts(of: graph, batch: batch)
    guard parts.states.contains(.loop) else { return nil }
    for (i, value) in graph.values.enumerated() where parts[i] == .behind {
      guard case .operation(let operation, let inputs) = value.source,
        inputs.allSatisfy({ parts[$0] != .behind })
      else { continue }
      let shapes = inputs.map { "\(graph.values[$0].shape)" }.joined(separator: ", ")
      return "\(type(of: operation).name) of \(shapes) "
        + (inputs.contains { parts[$0] == .ahead }
          ? "takes what all items share and changes over time, which only operations on each element do"
          : "mixes the items of the batch")
    }
    return nil
  }

  /// This step with rows for the loop in place of values ahead, as far as the loop can read them: inputs after those of
  /// the step, while the values themselves are outputs after its own.
  func readingAhead(batch: Int) -> StepGraph {
    // Without values that nothing needs, which would count as readers.
    var graph = GraphEditor(self).finished()
    // What is made part of the loop makes others so.
    while let next = graph.readingAhead(
      StepParts(of: graph, batch: batch), outputCount: outputs.count, batch: batch)
    {
      graph = next
    }
    return graph
  }

  /// The same where operands have rows by now. Nil where there is no such operation.
  private func readingAhead(_ parts: StepParts, outputCount: Int, batch: Int) -> StepGraph? {
    let areRows = rowsAhead(parts, outputCount)
    var editor = GraphEditor(self)
    var inputCount = values.indices.filter(isInput).count
    var isChanged = false
    for (i, value) in values.enumerated() where parts[i] == .behind || areRows[i] {
      guard case .operation(let operation, var operands) = value.source else { continue }
      let ahead = operands.indices.filter {
        parts[operands[$0]] == .ahead && !areRows[operands[$0]]
      }
      if ahead.isEmpty || operands.contains(where: { parts[$0] == .behind }) { continue }
      var rows = operands.map { operand in
        RowOperand(
          kind: parts[operand] == .invariant ? .invariant : .row, shape: values[operand].shape)
      }
      if operation is any PointwiseOperation {
        for place in ahead {
          let shape = rows[place].shape.asRows(of: value.shape, batch: batch)
          rows[place] = RowOperand(kind: .row, shape: shape)
        }
      }
      guard rows.allSatisfy({ $0.isInvariant || $0.shape.first == batch }),
        operation.rowKind(rows, output: value.shape) == .row
      else { continue }
      for place in ahead {
        editor.appendOutput(operands[place])
        operands[place] = editor.appendInput(
          inputCount, rows[place].shape, values[operands[place]].scalarType)
        inputCount += 1
      }
      editor.replace(i, by: editor.append(operation, operands, value.shape, value.scalarType))
      isChanged = true
    }
    return isChanged ? editor.finished() : nil
  }

  /// The values ahead that the loop can compute, and that nothing needs ahead: each has rows once what is shared has.
  private func rowsAhead(_ parts: StepParts, _ outputCount: Int) -> [Bool] {
    var areRows = [Bool](repeating: false, count: values.count)
    for (i, value) in values.enumerated() where parts[i] == .ahead {
      guard case .operation(let operation, let inputs) = value.source else { continue }
      let operands = inputs.map { input in
        let isRow = parts[input] == .loop || areRows[input]
        return RowOperand(kind: isRow ? .row : .invariant, shape: values[input].shape)
      }
      areRows[i] =
        operands.contains(where: \.isRow)
        && operation.rowKind(operands, output: value.shape) == .row
        && (operation is any PointwiseOperation
          || inputs.allSatisfy { parts[$0] != .ahead || areRows[$0] })
    }
    for loopInput in outputs.dropFirst(outputCount) { areRows[loopInput] = false }
    for i in values.indices.reversed() where parts[i] == .ahead && !areRows[i] {
      for input in inputs(of: i) { areRows[input] = false }
    }
    return areRows
  }
}

extension Shape {
  /// The shape of a row for each item that broadcasts to `output` as this shape does: this one where it has such rows.
  fileprivate func asRows(of output: Shape, batch: Int) -> Shape {
    let own = rank == output.rank ? removing(0) : self
    let ones = [Int](repeating: 1, count: output.rank - 1 - own.rank)
    return Shape([batch] + ones + own)
  }
}
