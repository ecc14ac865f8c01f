import CKernels

/// One execution of a step program over a sequence: its memory, its forward and its backward pass.
final class ScanRun: ScanPasses {
  let program: StepProgram
  /// The number of time steps.
  let length: Int
  let isReversed: Bool
  private let given: Given
  /// What each value's memory is, for those that have some.
  private var memory: [TensorHandle?]
  /// Where each value lies that has memory of its own, and where each state's next value goes.
  private let places: UnsafeMutablePointer<spool_place>
  private var invariants: [TensorHandle?]
  /// For each state its values over time, one more than there are steps, or the last two; for each its
  /// cotangents.
  private var states: [TensorHandle] = []
  private var stateCotangents: [TensorHandle] = []
  private var stream: Stream?

  /// The tensors that a run works on: input sequences `[time, batch, …]`, the first state, what the step
  /// captures.
  struct Given {
    let inputs: [TensorHandle]
    let state: [TensorHandle]
    let captured: [TensorHandle]
    let constants: [TensorHandle]
  }

  init(_ program: StepProgram, length: Int, isReversed: Bool, _ given: Given) {
    self.program = program
    self.length = length
    self.isReversed = isReversed
    self.given = given
    let count = program.graph.values.count
    memory = Array(repeating: nil, count: count)
    invariants = Array(repeating: nil, count: count)
    places = .allocate(capacity: count + program.graph.states.count)
    places.initialize(repeating: spool_place(), count: count + program.graph.states.count)
  }

  deinit { places.deallocate() }

  private var graph: StepGraph { program.graph }
  private var layout: StepLayout { program.layout }

  // MARK: Memory

  private func sequence(_ shape: Shape, _ type: ScalarType, steps: Int) -> TensorHandle {
    TensorHandle(uninitialized: shape.inserting(steps, at: 0), type)
  }

  private func place(
    _ i: Int, in memory: TensorHandle, at data: UnsafeMutableRawPointer, stride: Int
  ) {
    self.memory[i] = memory
    places[i] = spool_place(data: data, time_stride: stride, time_mask: -1)
  }

  /// Memory for what is handed on from step to step.
  private func memory(of chain: StepLayout.Chain, like value: TensorHandle) -> TensorHandle {
    sequence(value.shape, value.scalarType, steps: chain.rooms(steps: length))
  }

  /// Places a quantity that each step receives from the one before (as value `received`), and the one that
  /// it hands on. The `values` at s lie between steps s − 1 and s, or take turns in two rooms; a reversed run
  /// goes through them from the end.
  private func placeChain(
    _ values: TensorHandle, _ chain: StepLayout.Chain, state: Int, forward: Bool, received: Int?
  ) {
    let stride = values.count / values.shape[0] * values.scalarType.byteCount
    let mask = chain.isKept ? -1 : 1
    let low = spool_place(data: values.data, time_stride: stride, time_mask: mask)
    let high = spool_place(
      data: values.data + stride, time_stride: chain.isKept ? stride : -stride, time_mask: mask)
    let (before, after) = forward != isReversed ? (low, high) : (high, low)
    let passed = chain.isInPlace ? chain.value : nil
    for (value, place) in [(received, before), (passed, after)] {
      guard let value else { continue }
      memory[value] = values
      places[value] = place
    }
    places[graph.values.count + state] = after
  }

  /// Places value `i`, which is a step of `sequence`.
  private func place(_ i: Int, _ sequence: TensorHandle) {
    let stride = sequence.count / length * sequence.scalarType.byteCount
    place(i, in: sequence, at: sequence.data, stride: stride)
  }

  private func placeForward() {
    let sources = program.sources
    for (value, input) in sources.inputs { place(value, given.inputs[input]) }
    for (value, place) in sources.captured { invariants[value] = given.captured[place] }
    for (value, place) in sources.constants { invariants[value] = given.constants[place] }
    for (state, chain) in layout.states.enumerated() {
      let received = sources.states.first { $0.place == state }
      placeChain(
        states[state], chain, state: state, forward: true, received: received?.value)
    }
    allocate { !$0.isBackward }
  }

  private func placeBackward(outputCotangents: [TensorHandle?]) {
    let sources = program.sources
    for (value, output) in sources.outputCotangents {
      let (shape, type) = (graph.values[value].shape, graph.values[value].scalarType)
      place(
        value,
        outputCotangents[output]?.dense() ?? .zeros(shape.inserting(length, at: 0), type))
    }
    for (state, chain) in layout.stateCotangents.enumerated() {
      let received = sources.stateCotangents.first { $0.place == state }
      placeChain(
        stateCotangents[state], chain, state: state, forward: false, received: received?.value)
    }
    allocate { $0.isBackward }
  }

  /// Anew for each pass: gradients that an earlier backward pass handed out are the caller's.
  private func allocate(_ isInPass: (Phase) -> Bool) {
    for item in program.memory where isInPass(item.phase) {
      if item.overwritten != item.home {
        memory[item.home] = memory[item.overwritten]
        places[item.home] = places[item.overwritten]
        continue
      }
      let value = graph.values[item.home]
      let handle =
        item.isSequence
        ? sequence(value.shape, value.scalarType, steps: length)
        : TensorHandle(uninitialized: value.shape, value.scalarType)
      let stride = value.shape.elementCount * value.scalarType.byteCount
      if item.isRunningSum { handle.fillZeros() }
      place(item.home, in: handle, at: handle.data, stride: item.isSequence ? stride : 0)
    }
  }

  // MARK: Forward

  /// The outputs, `[time, batch, …]` each, and the last state.
  func forward() -> (outputs: [TensorHandle], state: [TensorHandle]) {
    prepareForward()
    runFolded(.beforeForward)
    runLoop(.forwardLoop, ascending: !isReversed)
    runFolded(.afterForward)
    return (graph.outputs.map(overTime), lastState)
  }

  private func prepareForward() {
    states = zip(layout.states, given.state).map(memory)
    placeForward()
    let first = isReversed ? length : 0
    for (values, start) in zip(states, given.state) { slot(first, of: values).copy(from: start) }
    runSetup()
  }

  /// The state after the last step.
  var lastState: [TensorHandle] { states.map { slot(isReversed ? 0 : length, of: $0) } }

  /// What lies before time step `index`.
  private func slot(_ index: Int, of values: TensorHandle) -> TensorHandle {
    let shape = values.shape.removing(0)
    return TensorHandle(
      viewing: values, shape: shape, strides: shape.denseStrides,
      offset: index % values.shape[0] * shape.elementCount)
  }

  /// A value of all time steps, `[time, batch, …]`.
  private func overTime(_ value: Int) -> TensorHandle {
    let shape = graph.values[value].shape.inserting(length, at: 0)
    return TensorHandle(
      viewing: folded(value).dense(), shape: shape, strides: shape.denseStrides)
  }

  // MARK: One step at a time

  /// Makes a run of one time step ready for `step`.
  func prepareSteps() {
    prepareForward()
    let items = [Phase.beforeForward, .forwardLoop, .afterForward].flatMap {
      program.items[$0] ?? []
    }
    let packed = packedOperands(of: items)
    stream = Stream(body: loopBody(items, 0..<program.batch, packed), packed: packed)
    for (i, values) in states.enumerated() {
      stream!.slots.append((first: slot(0, of: values), last: slot(1, of: values)))
      stream!.slots[i].last.copy(from: stream!.slots[i].first)
    }
  }

  /// Takes a step from the last state with what is in the inputs' memory now. The outputs, `[batch, …]`.
  func step() -> [TensorHandle] {
    for (first, last) in stream!.slots { first.copy(from: last) }
    stream!.body.run(length: 1, ascending: true)
    return graph.outputs.map { folded($0).copied() }
  }

  private final class Stream {
    let body: LoopBody
    let packed: [Int: OpaquePointer]
    var slots: [(first: TensorHandle, last: TensorHandle)] = []

    init(body: LoopBody, packed: [Int: OpaquePointer]) {
      self.body = body
      self.packed = packed
    }

    deinit { for packed in packed.values { spool_pack_free(packed) } }
  }

  // MARK: Backward

  struct Gradients {
    let inputs: [TensorHandle?]
    let state: [TensorHandle?]
    let captured: [TensorHandle?]
  }

  /// The cotangents of inputs, first state and captured tensors, from those of outputs and last state.
  func backward(outputs: [TensorHandle?], state: [TensorHandle?]) -> Gradients {
    stateCotangents = zip(layout.stateCotangents, given.state).map(memory)
    placeBackward(outputCotangents: outputs)
    let (last, first) = isReversed ? (0, length) : (length, 0)
    for (i, values) in stateCotangents.enumerated() {
      // Zeros throughout where no gradient flows through this state.
      if layout.stateCotangents[i].value == nil { values.fillZeros() }
      let end = slot(last, of: values)
      if let cotangent = state[i] { end.copy(from: cotangent) } else { end.fillZeros() }
    }
    runFolded(.beforeBackward)
    runLoop(.backwardLoop, ascending: isReversed)
    runFolded(.afterBackward)
    return Gradients(
      inputs: graph.inputGradients.map { $0.map(overTime) },
      state: stateCotangents.map { slot(first, of: $0) },
      captured: graph.capturedGradients.map { value in value.map { invariants[$0]! } })
  }

  // MARK: Values that no time step changes, and all time steps at once

  private func runSetup() {
    for i in graph.values.indices where layout.phases[i] == .setup {
      guard case .operation(let operation, let inputs) = graph.values[i].source else { continue }
      if operation is AtEachStep {
        let rows = invariants[inputs[0]]!.dense()
        place(i, in: rows, at: rows.data, stride: 0)
      } else {
        invariants[i] = operation.evaluate(Operands(inputs.map { invariants[$0]! }))
      }
    }
    for i in program.denseInvariants {
      invariants[i] = invariants[i]!.dense()
      places[i] = spool_place(data: invariants[i]!.data, time_stride: 0, time_mask: 0)
    }
  }

  private func runFolded(_ phase: Phase) {
    for item in program.items[phase] ?? [] {
      switch item {
      case .block(let block): runFolded(block)
      case .operation(let i):
        guard case .operation(let operation, let inputs) = graph.values[i].source else { continue }
        let operands = Operands(inputs.map(folded))
        if layout.kinds[i] == .row {
          operation.withRows(length * program.batch).run(operands, into: folded(i))
        } else {
          invariants[i] = operation.evaluate(operands)
        }
      }
    }
  }

  private func runFolded(_ block: StepBlock) {
    Kernel.parallel(over: length * program.batch) { rows in
      let scratch = spool_allocate(block.scratchBytes)
      defer { spool_release(scratch, block.scratchBytes) }
      spool_block_run(
        block.instructions.baseAddress, block.instructions.count, places, 0, rows.lowerBound,
        rows.upperBound, block.tileRows, scratch)
    }
  }

  /// A value of all time steps as if they were one batch, or a value that is the same for all.
  private func folded(_ i: Int) -> TensorHandle {
    let steps = graph.isRunningSum(layout.addresses[i].home) ? 1 : length
    return invariants[i] ?? handle(of: i, rows: 0..<(steps * program.batch))
  }

  /// The rows of a value at time 0, and, where time counts as part of the batch, of later times.
  private func handle(of i: Int, rows: Range<Int>) -> TensorHandle {
    let address = layout.addresses[i]
    let source = memory[address.home]!
    let axis = layout.kinds[i].rowAxis
    var shape = graph.values[i].shape
    shape[axis] = rows.count
    let start = (places[address.home].data - source.data) / source.scalarType.byteCount
    return TensorHandle(
      viewing: source, shape: shape, strides: address.strides,
      offset: start + address.offset + rows.lowerBound * address.strides[axis])
  }

  // MARK: The loop over time

  private func runLoop(_ phase: Phase, ascending: Bool) {
    guard length > 0, let items = program.items[phase], !items.isEmpty else { return }
    let packed = packedOperands(of: items)
    defer { for packed in packed.values { spool_pack_free(packed) } }
    Kernel.parallel(over: program.batch) { rows in
      loopBody(items, rows, packed).run(length: length, ascending: ascending)
    }
  }

  private func loopBody(
    _ items: [StepProgram.Item], _ rows: Range<Int>, _ packed: [Int: OpaquePointer]
  ) -> LoopBody {
    let loop = LoopBody(rows: rows, places: places)
    for item in items {
      switch item {
      case .block(let block): loop.append(block)
      case .operation(let i): append(i, rows, packed, to: loop)
      }
    }
    loop.lookAhead()
    return loop
  }

  private func append(
    _ i: Int, _ rows: Range<Int>, _ packed: [Int: OpaquePointer], to loop: LoopBody
  ) {
    guard case .operation(let operation, let inputs) = graph.values[i].source else { return }
    func moving(_ i: Int) -> LoopBody.Moving {
      if let invariant = invariants[i] { return LoopBody.Moving(invariant) }
      return LoopBody.Moving(
        handle(of: i, rows: rows), like: places[layout.addresses[i].home])
    }
    if let b = packedOperand(of: i).flatMap({ packed[$0] }) {
      let (movingA, movingC) = (moving(inputs[0]), moving(i))
      let (a, c) = (movingA.handle, movingC.handle)
      var product = spool_gemm()
      product.batch = 1
      let last = a.shape.rank - 1
      product.m = a.shape.dropLast().reduce(1, *)
      product.k = a.shape[last]
      product.n = c.shape[last]
      product.a_row = a.strides[last - 1]
      product.a_column = a.strides[last]
      product.c_row = c.strides[last - 1]
      product.packed_b = b
      if operation is ProductSum {
        if let bias = invariants[inputs[2]] {
          product.bias = UnsafeRawPointer(bias.data)
        } else {
          product.accumulate = true
          if layout.overwritten[i] == i { loop.appendCopy(moving(inputs[2]), to: moving(i)) }
        }
      }
      loop.append(product, a: movingA.place, c: movingC.place, c.scalarType)
      return
    }
    loop.append(operation.withRows(rows.count), inputs.map(moving), into: moving(i))
  }

  /// Sums of fewer terms are quicker over rows that are not packed: what takes the time is to write them.
  private static let leastPackedTerms = 9

  /// The right operand of value `i`, if that is a product of a loop for which it is packed: no step changes it.
  private func packedOperand(of i: Int) -> Int? {
    guard case .operation(let operation, let inputs) = graph.values[i].source,
      operation is MatrixProduct || operation is ProductSum, let b = invariants[inputs[1]],
      b.shape.rank == 2, b.shape[0] >= Self.leastPackedTerms, layout.isMatrixOfRows(inputs[0]),
      layout.isMatrixOfRows(i)
    else { return nil }
    return inputs[1]
  }

  /// The right operands of products in a loop, packed once for all time steps and products.
  private func packedOperands(of items: [StepProgram.Item]) -> [Int: OpaquePointer] {
    var result: [Int: OpaquePointer] = [:]
    for case .operation(let i) in items {
      guard let right = packedOperand(of: i), result[right] == nil else { continue }
      let b = invariants[right]!
      result[right] = spool_pack_b(
        b.scalarType.kernel, b.shape[0], b.shape[1], b.data, b.strides[0], b.strides[1])
    }
    return result
  }
}
