import CKernels

/// Makes the instructions of one block.
struct StepBlockBuilder {
  private let layout: StepLayout
  private let number: Int
  private let schedule: StepSchedule
  private let tasks: [StepSchedule.Task]
  private var instructions: [spool_block_instruction] = []
  private var strides: [UnsafeMutablePointer<spool_block_strides>] = []
  /// Values of this block that nothing outside of it reads: bytes of a row, and the first and last instruction
  /// that touch them.
  private var locals: [Int: (bytes: Int, first: Int, last: Int)] = [:]
  /// What it touches outside of its own memory, by place.
  private var placed: [Int: StepBlock.Operand] = [:]
  /// The values without dependence on time that it reads.
  private(set) var invariants: Set<Int> = []

  /// The values that it keeps to itself.
  var localHomes: some Sequence<Int> { locals.keys + absorbed }
  private var absorbed: [Int] = []

  init(_ layout: StepLayout, _ schedule: StepSchedule, number: Int, _ tasks: [StepSchedule.Task]) {
    self.layout = layout
    self.schedule = schedule
    self.number = number
    self.tasks = tasks
  }

  private var graph: StepGraph { layout.graph }

  mutating func build() -> StepBlock {
    for task in tasks {
      switch task {
      case .operation(let i): append(i)
      case .pass(let state, let value): appendPass(state, value)
      }
    }
    let tileRows = chooseTile()
    let scratchBytes = placeLocals(tileRows: tileRows)
    return StepBlock(
      instructions, strides: strides, tileRows: tileRows, scratchBytes: scratchBytes,
      operands: placed.sorted { $0.key < $1.key }.map(\.value))
  }

  // MARK: Instructions

  private mutating func append(_ i: Int) {
    guard case .operation(let operation, let inputs) = graph.values[i].source else { return }
    if let concatenation = operation as? Concatenate {
      appendCopies(i, concatenation, inputs)
      return
    }
    var instruction = spool_block_instruction()
    let shape = graph.values[inputs[0]].shape
    switch operation.blockCode(of: shape)! {
    case .pointwise(let kernel, let typeInput):
      if isAbsorbed(i) {
        absorbed.append(i)
        return
      }
      let addend = graph.isRunningSum(i) ? [i] : []
      appendPointwise(kernel, graph.values[inputs[typeInput]].scalarType, inputs + addend, i)
      return
    case .rows(SPOOL_BLOCK_STANDARDIZE, let epsilon):
      appendStandardize(i, epsilon, with: ReciprocalDeviation(epsilon: epsilon), isResult: true)
      return
    case .deviations(let epsilon):
      appendStandardize(i, epsilon, with: Standardize(epsilon: epsilon), isResult: false)
      return
    case .rows(let kind, let parameter):
      instruction.kind = kind
      instruction.parameter = parameter
      instruction.count = UInt32(shape[shape.rank - 1])
      instruction.outer = UInt32(shape[1..<(shape.rank - 1)].reduce(1, *))
      instruction.inner = 1
    case .reduction(let reduction, let axes):
      instruction.kind = SPOOL_BLOCK_REDUCE
      instruction.operation = reduction.rawValue
      let reduced = (0..<shape.rank).filter(axes.contains)
      let first = reduced.first ?? shape.rank
      let last = reduced.last ?? shape.rank - 1
      instruction.outer = UInt32(shape[1..<first].reduce(1, *))
      instruction.count = UInt32(axes.count(in: shape))
      instruction.inner = UInt32(shape[(last + 1)...].reduce(1, *))
    case .product:
      instruction.kind = SPOOL_BLOCK_PRODUCT
      instruction.outer = UInt32(shape[1])
      instruction.count = UInt32(shape[2])
      instruction.inner = UInt32(graph.values[i].shape[2])
      instruction.strides = UnsafePointer(
        makeStrides(shape, inputs.map { layout.addresses[$0].strides }))
    }
    instruction.dtype = graph.values[inputs[0]].scalarType.kernel
    instruction.output = operand(i)
    finish(
      &instruction, inputs.map { operand($0) }, widths: inputs.map(width), outputWidth: width(i))
  }

  /// - Parameters:
  ///   - widths: for each operand how many bytes on the next row has to be, for the rows of a tile to be one array.
  ///   - outputWidth: the same of the output.
  private mutating func finish(
    _ instruction: inout spool_block_instruction, _ operands: [spool_block_operand],
    widths: [Int], outputWidth: Int
  ) {
    instruction.inputs_count = UInt8(operands.count)
    var isContiguous = instruction.output.row_stride == outputWidth
    for (operand, width) in zip(operands, widths) {
      isContiguous =
        isContiguous && (operand.is_scalar ? operand.row_stride == 0 : operand.row_stride == width)
    }
    if instruction.kind == SPOOL_BLOCK_STANDARDIZE {
      let width = outputWidth / Int(instruction.count)
      isContiguous = isContiguous && instruction.second_output.row_stride == width
    }
    instruction.is_contiguous = isContiguous
    withUnsafeMutableBytes(of: &instruction.inputs) { bytes in
      let inputs = bytes.bindMemory(to: spool_block_operand.self)
      for (i, operand) in operands.enumerated() { inputs[i] = operand }
    }
    instructions.append(instruction)
  }

  private mutating func appendPointwise(
    _ kernel: spool_pointwise_op, _ type: ScalarType, _ inputs: [Int], _ output: Int
  ) {
    var (kernel, inputs) = (kernel, inputs)
    if kernel == SPOOL_ADD, let place = inputs.firstIndex(where: isAbsorbed) {
      kernel = SPOOL_MULTIPLY_ADD
      inputs = graph.inputs(of: inputs[place]) + [inputs[1 - place]]
    }
    let shape = graph.values[output].shape
    let spread = inputs.map { Spread(of: $0, over: shape, layout) }
    var instruction = pointwise(kernel, type, over: shape, spread)
    instruction.output = operand(output)
    var operands = inputs.map { operand($0) }
    for (i, spread) in spread.enumerated() { operands[i].is_scalar = spread.isScalar }
    let widths = zip(inputs, spread).map { reach(of: $0, $1, over: shape, instruction) }
    finish(&instruction, operands, widths: widths, outputWidth: width(output))
  }

  /// Standardized rows and their reciprocal deviations come from one instruction, emitted for the first of
  /// the two values.
  ///
  /// - Parameters:
  ///   - other: the operation that makes the other value of the same rows.
  ///   - isResult: whether value `i` is the rows rather than the deviations.
  private mutating func appendStandardize(
    _ i: Int, _ epsilon: Double, with other: some Operation, isResult: Bool
  ) {
    let x = graph.inputs(of: i)[0]
    let partner = layout.users[layout.addresses[x].home].first { j in
      guard schedule.blocks[j] == number, graph.inputs(of: j) == [x],
        case .operation(let operation, _) = graph.values[j].source
      else { return false }
      return other.isEqual(to: operation)
    }
    if let partner, partner < i { return }
    let shape = graph.values[x].shape
    var instruction = spool_block_instruction()
    instruction.kind = SPOOL_BLOCK_STANDARDIZE
    instruction.dtype = graph.values[x].scalarType.kernel
    instruction.parameter = epsilon
    instruction.count = UInt32(shape[shape.rank - 1])
    instruction.outer = UInt32(shape[1..<(shape.rank - 1)].reduce(1, *))
    instruction.inner = 1
    let (rows, deviations) = isResult ? (i, partner) : (partner, i)
    let bytes = Int(instruction.outer) * graph.values[x].scalarType.byteCount
    instruction.output = rows.map { operand($0) } ?? unread(i, bytes: width(x))
    instruction.second_output = deviations.map { operand($0) } ?? unread(i, bytes: bytes)
    finish(&instruction, [operand(x)], widths: [width(x)], outputWidth: width(x))
  }

  private mutating func appendCopies(_ i: Int, _ operation: Concatenate, _ parts: [Int]) {
    let (value, strides) = (graph.values[i], layout.addresses[i].strides)
    let outer = operation.axis > 1 ? value.shape[1] : 1
    for (part, start) in zip(parts, operation.bounds) {
      for place in 0..<outer {
        var target = operand(i)
        let elements = start * strides[operation.axis] + place * strides[1]
        target.offset += elements * value.scalarType.byteCount
        appendCopy(of: part, at: outer > 1 ? place : nil, to: target)
      }
    }
  }

  private mutating func appendPass(_ state: Int, _ value: Int) {
    var target = spool_block_operand()
    target.place = Int32(graph.values.count + state)
    target.row_stride = width(value)
    touch(Int(target.place), 0..<width(value), rowStride: target.row_stride)
    appendCopy(of: value, to: target)
  }

  /// - Parameter place: the one place along axis 1 that is copied; nil for all.
  private mutating func appendCopy(
    of value: Int, at place: Int? = nil, to target: spool_block_operand
  ) {
    var shape = graph.values[value].shape
    if place != nil { shape[1] = 1 }
    let spread = [Spread(of: value, over: shape, layout)]
    let type = graph.values[value].scalarType
    var instruction = pointwise(SPOOL_COPY, type, over: shape, spread)
    instruction.output = target
    var source = operand(value)
    source.is_scalar = spread[0].isScalar
    source.offset += (place ?? 0) * layout.addresses[value].strides[1] * type.byteCount
    let width = reach(of: value, spread[0], over: shape, instruction)
    finish(
      &instruction, [source], widths: [width],
      outputWidth: Int(instruction.count) * type.byteCount)
  }

  /// How far a row of an elementwise operand reaches, in bytes.
  private func reach(
    of value: Int, _ spread: Spread, over shape: Shape, _ instruction: spool_block_instruction
  ) -> Int {
    let elements =
      instruction.kind == SPOOL_BLOCK_STRIDED
      ? shape[1] * spread.strides[1] : Int(instruction.count)
    return elements * graph.values[value].scalarType.byteCount
  }

  /// An elementwise instruction without its operands.
  private mutating func pointwise(
    _ kernel: spool_pointwise_op, _ type: ScalarType, over shape: Shape, _ spread: [Spread]
  ) -> spool_block_instruction {
    var instruction = spool_block_instruction()
    instruction.kind = SPOOL_BLOCK_POINTWISE
    instruction.operation = kernel.rawValue
    instruction.dtype = type.kernel
    instruction.outer = 1
    instruction.inner = 1
    instruction.count = UInt32(shape[1...].reduce(1, *))
    if spread.contains(where: { !$0.isScalar && !$0.isDense }) {
      instruction.kind = SPOOL_BLOCK_STRIDED
      instruction.strides = UnsafePointer(makeStrides(shape, spread.map(\.strides)))
    }
    return instruction
  }

  /// Whether a product is added to something by the one instruction that reads it.
  private func isAbsorbed(_ i: Int) -> Bool {
    guard case .operation(let operation, _) = graph.values[i].source, operation is Multiply,
      isLocal(i), layout.addresses[i].home == i, layout.users[i].count == 1,
      graph.values[i].scalarType.isReal,
      case .operation(let user, let inputs) = graph.values[layout.users[i][0]].source,
      user is Add || user is RunningSum,
      graph.values[layout.users[i][0]].shape == graph.values[i].shape,
      inputs.contains(i)
    else { return false }
    // One product of two is absorbed.
    let first = inputs.first { input in
      guard case .operation(let operation, _) = graph.values[input].source else { return false }
      return operation is Multiply && isLocal(input) && layout.users[input].count == 1
        && graph.values[input].shape == graph.values[i].shape
        && layout.addresses[input].home == input
    }
    return first == i
  }

  // MARK: Operands

  private func width(_ i: Int) -> Int {
    let value = graph.values[i]
    return value.shape.dropFirst().reduce(1, *) * value.scalarType.byteCount
  }

  /// Whether only this block reads and writes the memory of `home`.
  func isLocal(_ home: Int) -> Bool {
    guard !layout.isRoot[home], layout.kinds[home] == .row,
      case .operation(_, let parts) = graph.values[home].source
    else { return false }
    let writers = layout.isAssembled[home] ? parts : [home]
    return writers.allSatisfy { schedule.blocks[$0] == number }
      && layout.users[home].allSatisfy { schedule.blocks[$0] == number }
  }

  private mutating func operand(_ i: Int) -> spool_block_operand {
    let value = graph.values[i]
    var result = spool_block_operand()
    if layout.kinds[i] == .invariant {
      result.place = Int32(i)
      invariants.insert(i)
      return result
    }
    let address = layout.addresses[i]
    let home = graph.values[address.home]
    result.offset = address.offset * value.scalarType.byteCount
    result.row_stride = address.strides[0] * value.scalarType.byteCount
    if isLocal(address.home) {
      let bytes = home.shape.dropFirst().reduce(1, *) * home.scalarType.byteCount
      let now = instructions.count
      let first = locals[address.home]?.first ?? now
      locals[address.home] = (bytes, first, now)
      // The home, until the place in the scratch memory is known.
      result.place = -1 - Int32(address.home)
    } else {
      result.place = Int32(address.home)
      touch(
        address.home, result.offset..<(result.offset + width(i)), rowStride: result.row_stride)
    }
    return result
  }

  private mutating func touch(_ place: Int, _ bytes: Range<Int>, rowStride: Int) {
    let before = placed[place]?.bytes ?? bytes
    let (begin, end) = (
      min(before.lowerBound, bytes.lowerBound), max(before.upperBound, bytes.upperBound)
    )
    placed[place] = StepBlock.Operand(place: place, bytes: begin..<end, rowStride: rowStride)
  }

  /// Memory of the block's own for a result of instruction `i` that nothing reads.
  private mutating func unread(_ i: Int, bytes: Int) -> spool_block_operand {
    let home = graph.values.count + i
    locals[home] = (bytes, instructions.count, instructions.count)
    var result = spool_block_operand()
    result.place = -1 - Int32(home)
    result.row_stride = bytes
    return result
  }

  private mutating func makeStrides(
    _ shape: Shape, _ operands: [InlineArray<8, Int>]
  ) -> UnsafeMutablePointer<spool_block_strides> {
    let pointer = UnsafeMutablePointer<spool_block_strides>.allocate(capacity: 1)
    pointer.initialize(to: spool_block_strides())
    let rank = shape.rank - 1
    pointer.pointee.rank = rank
    withUnsafeMutableBytes(of: &pointer.pointee.dims) { bytes in
      let dims = bytes.bindMemory(to: Int.self)
      for axis in 0..<rank { dims[axis] = shape[axis + 1] }
    }
    withUnsafeMutableBytes(of: &pointer.pointee.inputs) { bytes in
      let strides = bytes.bindMemory(to: Int.self)
      for (i, operand) in operands.enumerated() {
        for axis in 0..<rank { strides[i * Int(SPOOL_MAX_RANK) + axis] = operand[axis + 1] }
      }
    }
    strides.append(pointer)
    return pointer
  }

  // MARK: Scratch memory

  /// As many rows as keep what a tile touches in the second cache. The nearest one would hold too few for the
  /// calls of the kernels to be worth their while: measured, 128 KiB is 6% faster than 24.
  private func chooseTile() -> Int {
    let (_, scratch) = localOffsets(tileRows: 1)
    let touched = placed.values.reduce(scratch) { $0 + $1.bytes.count }
    return max(1, min(64, (128 << 10) / max(touched, 1)))
  }

  /// Gives each local value memory that it shares with those whose time is over; and how much there is.
  private func localOffsets(tileRows: Int) -> (offsets: [Int: Int], bytes: Int) {
    var offsets: [Int: Int] = [:]
    var live: [(range: Range<Int>, last: Int)] = []
    var end = 0
    for (home, local) in locals.sorted(by: { ($0.value.first, $0.key) < ($1.value.first, $1.key) })
    {
      live.removeAll { $0.last < local.first }
      live.sort { $0.range.lowerBound < $1.range.lowerBound }
      let bytes = (local.bytes * tileRows + 63) & ~63
      var offset = 0
      for other in live where other.range.lowerBound < offset + bytes {
        offset = max(offset, other.range.upperBound)
      }
      live.append((offset..<(offset + bytes), local.last))
      offsets[home] = offset
      end = max(end, offset + bytes)
    }
    return (offsets, end)
  }

  private mutating func placeLocals(tileRows: Int) -> Int {
    let (offsets, bytes) = localOffsets(tileRows: tileRows)
    func place(_ operand: inout spool_block_operand) {
      guard operand.place < 0 else { return }
      operand.offset += offsets[Int(-1 - operand.place)]!
      operand.place = -1
    }
    for i in instructions.indices {
      place(&instructions[i].output)
      place(&instructions[i].second_output)
      place(&instructions[i].inputs.0)
      place(&instructions[i].inputs.1)
      place(&instructions[i].inputs.2)
    }
    return bytes
  }
}
