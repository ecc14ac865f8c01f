import CKernels

/// One execution of a step program over a sequence: its memory, its forward and its backward pass.
final class ScanRun {
  let program: StepProgram
  /// The number of time steps.
  let length: Int
  let isReversed: Bool
  private let given: Given
  private var places: [Place?]
  private var invariants: [TensorHandle?]
  /// For each state its values over time, one more than there are steps; for each its cotangents.
  private var states: [TensorHandle] = []
  private var stateCotangents: [TensorHandle] = []

  /// The tensors that a run works on: input sequences `[time, batch, …]`, the first state, what the step
  /// captures.
  struct Given {
    let inputs: [TensorHandle]
    let state: [TensorHandle]
    let captured: [TensorHandle]
    let constants: [TensorHandle]
  }

  /// Where a value with one row for each item lies: at time 0, and how far on at each later time.
  private struct Place {
    let memory: TensorHandle
    let offset: Int
    let stride: Int
  }

  init(_ program: StepProgram, length: Int, isReversed: Bool, _ given: Given) {
    self.program = program
    self.length = length
    self.isReversed = isReversed
    self.given = given
    places = Array(repeating: nil, count: program.graph.values.count)
    invariants = Array(repeating: nil, count: program.graph.values.count)
  }

  private var graph: StepGraph { program.graph }
  var stateIndices: Range<Int> { given.state.indices }

  // MARK: Memory

  private func sequence(_ shape: Shape, _ type: ScalarType, steps: Int) -> TensorHandle {
    TensorHandle(uninitialized: shape.inserting(steps, at: 0), type)
  }

  /// The places of a quantity that each step receives from the one before, and of the one it hands on.
  /// `values[s]` lies between steps s − 1 and s; a reversed run goes through them from the end.
  private func chain(_ values: TensorHandle, forward: Bool) -> (received: Place, passed: Place) {
    let stride = values.count / (length + 1)
    let low = Place(memory: values, offset: 0, stride: stride)
    let high = Place(memory: values, offset: stride, stride: stride)
    return forward != isReversed ? (low, high) : (high, low)
  }

  private func placeForward() {
    for (i, value) in graph.values.enumerated() {
      let stride = value.shape.elementCount
      switch value.source {
      case .input(let input):
        places[i] = Place(memory: given.inputs[input], offset: 0, stride: stride)
      case .state(let state): places[i] = chain(states[state], forward: true).received
      case .captured(let captured): invariants[i] = given.captured[captured]
      case .constant(let constant): invariants[i] = given.constants[constant]
      default: break
      }
    }
    for (state, value) in graph.states.enumerated() where program.isStateInPlace[state] {
      places[value] = chain(states[state], forward: true).passed
    }
    allocate { $0 < .beforeBackward }
  }

  private func placeBackward(outputCotangents: [TensorHandle?]) {
    for (i, value) in graph.values.enumerated() {
      let stride = value.shape.elementCount
      switch value.source {
      case .outputCotangent(let output):
        let cotangent =
          outputCotangents[output]?.dense()
          ?? .zeros(value.shape.inserting(length, at: 0), value.scalarType)
        places[i] = Place(memory: cotangent, offset: 0, stride: stride)
      case .stateCotangent(let state):
        places[i] = chain(stateCotangents[state], forward: false).received
      default: break
      }
    }
    for (state, value) in graph.stateGradients.enumerated()
    where program.isStateGradientInPlace[state] {
      places[value!] = chain(stateCotangents[state], forward: false).passed
    }
    allocate { $0 >= .beforeBackward }
  }

  private func allocate(_ isInPass: (Phase) -> Bool) {
    for (i, value) in graph.values.enumerated()
    where program.homes[i] == i && places[i] == nil && program.kinds[i] == .row {
      guard case .operation = value.source, isInPass(program.phases[i]) else { continue }
      let count = value.shape.elementCount
      places[i] =
        program.isSequence[i]
        ? Place(
          memory: sequence(value.shape, value.scalarType, steps: length), offset: 0, stride: count)
        : Place(
          memory: TensorHandle(uninitialized: value.shape, value.scalarType), offset: 0, stride: 0)
    }
  }

  // MARK: Forward

  /// The outputs, `[time, batch, …]` each, and the last state.
  func forward() -> (outputs: [TensorHandle], state: [TensorHandle]) {
    states = given.state.map { sequence($0.shape, $0.scalarType, steps: length + 1) }
    placeForward()
    let (first, last) = isReversed ? (length, 0) : (0, length)
    for (values, start) in zip(states, given.state) { slot(first, of: values).copy(from: start) }
    runSetup()
    runFolded(.beforeForward)
    let copies = graph.states.enumerated().compactMap { state, value -> (value: Int, to: Place)? in
      program.isStateInPlace[state]
        ? nil : (value, chain(states[state], forward: true).passed)
    }
    runLoop(.forwardLoop, copies: copies, ascending: !isReversed)
    runFolded(.afterForward)
    let outputs = graph.outputs.map { value in
      let folded = foldedHandle(value).dense()
      let shape = graph.values[value].shape.inserting(length, at: 0)
      return TensorHandle(viewing: folded, shape: shape, strides: shape.denseStrides)
    }
    return (outputs, states.map { slot(last, of: $0) })
  }

  private func slot(_ index: Int, of values: TensorHandle) -> TensorHandle {
    let shape = values.shape.removing(0)
    return TensorHandle(
      viewing: values, shape: shape, strides: shape.denseStrides,
      offset: index * shape.elementCount)
  }

  // MARK: Backward

  struct Gradients {
    let inputs: [TensorHandle?]
    let state: [TensorHandle?]
    let captured: [TensorHandle?]
  }

  /// The cotangents of inputs, first state and captured tensors, from those of outputs and last state.
  func backward(outputs: [TensorHandle?], state: [TensorHandle?]) -> Gradients {
    stateCotangents = given.state.map { sequence($0.shape, $0.scalarType, steps: length + 1) }
    placeBackward(outputCotangents: outputs)
    let (last, first) = isReversed ? (0, length) : (length, 0)
    for (i, values) in stateCotangents.enumerated() {
      // Zeros throughout where no gradient flows through this state.
      if graph.stateGradients[i] == nil { values.fillZeros() }
      let end = slot(last, of: values)
      if let cotangent = state[i] { end.copy(from: cotangent) } else { end.fillZeros() }
    }
    runFolded(.beforeBackward)
    let copies = graph.stateGradients.enumerated().compactMap {
      state, value -> (value: Int, to: Place)? in
      guard let value, !program.isStateGradientInPlace[state] else { return nil }
      return (value, chain(stateCotangents[state], forward: false).passed)
    }
    runLoop(.backwardLoop, copies: copies, ascending: isReversed)
    runFolded(.afterBackward)
    return Gradients(
      inputs: graph.inputGradients.map { value in
        value.map { value in
          let shape = graph.values[value].shape.inserting(length, at: 0)
          return TensorHandle(
            viewing: foldedHandle(value).dense(), shape: shape, strides: shape.denseStrides)
        }
      },
      state: stateCotangents.map { slot(first, of: $0) },
      captured: graph.capturedGradients.map { value in value.map { invariants[$0]! } })
  }

  // MARK: Values that no time step changes, and all time steps at once

  private func runSetup() {
    for i in graph.values.indices where program.phases[i] == .setup {
      guard case .operation(let operation, let inputs) = graph.values[i].source else { continue }
      invariants[i] = operation.evaluate(Operands(inputs.map { invariants[$0]! }))
    }
  }

  private func runFolded(_ phase: Phase) {
    for i in program.graph.values.indices where program.phases[i] == phase {
      guard case .operation(let operation, let inputs) = graph.values[i].source else { continue }
      let operands = Operands(inputs.map { foldedHandle($0) })
      if program.kinds[i] == .summed {
        invariants[i] = operation.evaluate(operands)
      } else if program.homes[i] == i {
        operation.withRows(length * program.batch).run(operands, into: foldedHandle(i))
      }
    }
  }

  /// A value of all time steps as if they were one batch, or a value that is the same for all.
  private func foldedHandle(_ i: Int) -> TensorHandle {
    if let invariant = invariants[i] { return invariant }
    if program.homes[i] != i, case .operation(let operation, let inputs) = graph.values[i].source,
      let view = operation.withRows(length * program.batch) as? any ViewOperation
    {
      return view.view(of: foldedHandle(inputs[0]))
    }
    let place = places[i]!
    let shape = graph.values[i].shape.withRows(length * program.batch)
    return TensorHandle(
      viewing: place.memory, shape: shape, strides: shape.denseStrides, offset: place.offset)
  }

  // MARK: The loop over time

  private func runLoop(
    _ phase: Phase, copies: [(value: Int, to: Place)], ascending: Bool
  ) {
    let operations = program.operations(in: phase)
    guard length > 0, !(operations.isEmpty && copies.isEmpty) else { return }
    let products = packedOperands(of: operations)
    defer { for packed in products.values { spool_pack_free(packed) } }
    Kernel.parallel(over: program.batch) { rows in
      let loop = LoopBody()
      var handles = [TensorHandle?](repeating: nil, count: graph.values.count)
      func handle(_ i: Int) -> TensorHandle {
        if let known = handles[i] { return known }
        let result = rowHandle(i, rows, in: loop, parent: handle)
        handles[i] = result
        return result
      }
      for i in operations {
        guard case .operation(let operation, let inputs) = graph.values[i].source else { continue }
        loop.append(
          operation.withRows(rows.count), inputs.map(handle), into: handle(i),
          packed: inputs.count > 1 ? products[inputs[1]] : nil)
      }
      for copy in copies {
        let target = self.handle(copy.to, graph.values[copy.value].shape, rows, in: loop)
        loop.appendCopy(of: handle(copy.value), into: target)
      }
      loop.run(length: length, ascending: ascending)
    }
  }

  /// The right operands of products in a loop that no step changes, packed once for all of them.
  private func packedOperands(of operations: [Int]) -> [Int: OpaquePointer] {
    var result: [Int: OpaquePointer] = [:]
    for i in operations {
      guard case .operation(let operation, let inputs) = graph.values[i].source,
        operation is MatrixProduct, let b = invariants[inputs[1]], b.shape.rank == 2,
        result[inputs[1]] == nil
      else { continue }
      result[inputs[1]] = spool_pack_b(
        b.scalarType.kernel, b.shape[0], b.shape[1], b.data, b.strides[0], b.strides[1])
    }
    return result
  }

  private func rowHandle(
    _ i: Int, _ rows: Range<Int>, in loop: LoopBody, parent: (Int) -> TensorHandle
  ) -> TensorHandle {
    if let invariant = invariants[i] { return invariant }
    if program.homes[i] != i, case .operation(let operation, let inputs) = graph.values[i].source,
      let view = operation.withRows(rows.count) as? any ViewOperation
    {
      let source = parent(inputs[0])
      let result = view.view(of: source)
      loop.move(result, as: source)
      return result
    }
    return handle(places[i]!, graph.values[i].shape, rows, in: loop)
  }

  private func handle(
    _ place: Place, _ shape: Shape, _ rows: Range<Int>, in loop: LoopBody
  ) -> TensorHandle {
    let shape = shape.withRows(rows.count)
    let rowSize = shape.dropFirst().reduce(1, *)
    let result = TensorHandle(
      viewing: place.memory, shape: shape, strides: shape.denseStrides,
      offset: place.offset + rows.lowerBound * rowSize)
    loop.move(result, by: place.stride * result.scalarType.byteCount)
    return result
  }
}
