import CKernels

/// What a loop over time does at each step, for one range of the batch's rows. Allocates nothing while it runs.
final class LoopBody {
  private enum Instruction {
    case block(StepBlock)
    case product(spool_gemm, a: spool_place, c: spool_place, ScalarType)
    case copy(TensorHandle, to: TensorHandle)
    case general(any Operation, Operands, TensorHandle)
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
    instructions.append(.product(product, a: a, c: c, type))
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
        case .product(var product, let a, let c, let type):
          product.a = UnsafeRawPointer(spool_place_at(a, time))
          product.c = spool_place_at(c, time)
          spool_matmul(type.kernel, &product)
        case .copy(let source, let target): target.copy(from: source)
        case .general(let operation, let inputs, let output):
          operation.run(inputs, into: output)
        }
      }
    }
  }
}
