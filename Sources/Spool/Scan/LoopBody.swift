import CKernels

/// What a loop over time does at each step, for one range of the batch's rows. Allocates nothing while it runs.
final class LoopBody {
  private enum Instruction {
    case block(StepBlock)
    case product(Product)
    case copy(TensorHandle, to: TensorHandle)
    case general(any Operation, Operands, TensorHandle)
  }

  private struct Product {
    var gemm: spool_gemm
    /// Where its operands are.
    let a: spool_place
    let c: spool_place
    let type: ScalarType
    /// What the blocks after it work on: whether in the next time step, and where.
    var next: [(isLater: Bool, operand: StepBlock.Operand)] = []
  }

  /// A handle and where it is at each time.
  struct Moving {
    let handle: TensorHandle
    let place: spool_place

    /// A handle that stays where it is.
    init(_ handle: TensorHandle) {
      self.handle = handle
      place = spool_place(data: handle.data, time_stride: 0, time_mask: 0)
    }

    /// A handle for time 0 that moves on as another place does.
    init(_ handle: TensorHandle, like other: spool_place) {
      self.handle = handle
      place = spool_place(
        data: handle.data, time_stride: other.time_stride, time_mask: other.time_mask)
    }
  }

  private let rows: Range<Int>
  private let places: UnsafeMutablePointer<spool_place>
  private var instructions: [Instruction] = []
  private var movers: [Moving] = []
  private var scratchBytes = 0
  private var scratch: UnsafeMutableRawPointer?
  /// What the product that is about to run fetches.
  private var fetched: [spool_bytes] = []

  init(rows: Range<Int>, places: UnsafeMutablePointer<spool_place>) {
    self.rows = rows
    self.places = places
  }

  deinit { spool_release(scratch, scratchBytes) }

  func append(_ block: StepBlock) {
    instructions.append(.block(block))
    guard block.scratchBytes > scratchBytes else { return }
    spool_release(scratch, scratchBytes)
    scratchBytes = block.scratchBytes
    scratch = spool_allocate(scratchBytes)
  }

  /// A product whose pointers to a and c move with `a` and `c`.
  func append(_ product: spool_gemm, a: spool_place, c: spool_place, _ type: ScalarType) {
    instructions.append(.product(Product(gemm: product, a: a, c: c, type: type)))
  }

  func appendCopy(_ source: Moving, to target: Moving) {
    instructions.append(.copy(source.handle, to: target.handle))
    move([source, target])
  }

  func append(_ operation: any Operation, _ inputs: [Moving], into output: Moving) {
    instructions.append(.general(operation, Operands(inputs.map(\.handle)), output.handle))
    move(inputs + [output])
  }

  private func move(_ handles: [Moving]) {
    movers += handles.filter { $0.place.time_stride != 0 }
  }

  /// Lets each product fetch what the blocks after it work on. A time step goes through the weights and through
  /// memory that no other step touches: that is far away by then, and a block would spend most of its time on waiting.
  func lookAhead() {
    var most = 0
    for i in instructions.indices {
      guard case .product(var product) = instructions[i] else { continue }
      for distance in 1..<instructions.count {
        let j = (i + distance) % instructions.count
        if case .product = instructions[j] { break }
        guard case .block(let block) = instructions[j] else { continue }
        for operand in block.operands
        where places[operand.place].data + rows.lowerBound * operand.rowStride != product.c.data {
          product.next.append((j < i, operand))
        }
      }
      most = max(most, product.next.count)
      instructions[i] = .product(product)
    }
    fetched.reserveCapacity(most)
  }

  /// Runs a product at `time`; `later` is the time of the next step, if there is one.
  private func run(_ product: Product, at time: Int, later: Int?) {
    var gemm = product.gemm
    gemm.a = UnsafeRawPointer(spool_place_at(product.a, time))
    gemm.c = spool_place_at(product.c, time)
    fetched.removeAll(keepingCapacity: true)
    for (isLater, operand) in product.next {
      guard let time = isLater ? later : time else { continue }
      let row = spool_place_at(places[operand.place], time) + rows.lowerBound * operand.rowStride
      fetched.append(
        spool_bytes(
          data: row + operand.bytes.lowerBound,
          count: (rows.count - 1) * operand.rowStride + operand.bytes.count))
    }
    fetched.withUnsafeBufferPointer {
      (gemm.next, gemm.next_count) = ($0.baseAddress, $0.count)
      spool_matmul(product.type.kernel, &gemm)
    }
  }

  func run(length: Int, ascending: Bool) {
    for step in 0..<length {
      let time = ascending ? step : length - 1 - step
      for mover in movers { mover.handle.data = spool_place_at(mover.place, time) }
      for i in instructions.indices {
        switch instructions[i] {
        case .block(let block):
          spool_block_run(
            block.instructions.baseAddress, block.instructions.count, places, time,
            rows.lowerBound, rows.upperBound, block.tileRows, scratch)
        case .product(let product):
          let isLast = step + 1 == length
          run(product, at: time, later: isLast ? nil : ascending ? time + 1 : time - 1)
        case .copy(let source, let target): target.copy(from: source)
        case .general(let operation, let inputs, let output):
          operation.run(inputs, into: output)
        }
      }
    }
  }
}
