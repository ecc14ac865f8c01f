import CKernels

/// What a loop over time does at each step, for one range of the batch's rows. Allocates nothing while it runs.
final class LoopBody {
  /// Pointers and numbers only, so that going through them counts no references; what they point at is the
  /// body's, or held by it.
  private enum Instruction {
    case block(UnsafePointer<spool_block_instruction>, count: Int, tileRows: Int)
    case product(UnsafeMutablePointer<spool_gemm>, a: spool_place, c: spool_place, spool_dtype)
    case copy(Unmanaged<TensorHandle>, to: Unmanaged<TensorHandle>)
    case general(Unmanaged<Call>)
  }

  private final class Call {
    let operation: any Operation
    let inputs: Operands
    let output: TensorHandle

    init(_ operation: any Operation, _ inputs: Operands, _ output: TensorHandle) {
      self.operation = operation
      self.inputs = inputs
      self.output = output
    }
  }

  /// A handle and where it is at each time.
  struct Moving {
    let handle: TensorHandle
    fileprivate(set) var place: spool_place

    /// A handle that stays where it is.
    init(_ handle: TensorHandle) {
      self.handle = handle
      place = spool_place(data: handle.data, time_stride: 0, time_mask: 0)
    }

    /// A handle for time 0 that moves on as another place does.
    init(_ handle: TensorHandle, like other: spool_place) {
      self.handle = handle
      place = other
      place.data = handle.data
    }
  }

  private let rows: Range<Int>
  private let places: UnsafeMutablePointer<spool_place>
  private var instructions: [Instruction] = []
  private var movers: [Moving] = []
  private var held: [AnyObject] = []
  private var scratchBytes = 0
  private var scratch: UnsafeMutableRawPointer?

  init(rows: Range<Int>, places: UnsafeMutablePointer<spool_place>) {
    self.rows = rows
    self.places = places
  }

  deinit {
    spool_release(scratch, scratchBytes)
    for case .product(let product, _, _, _) in instructions { product.deallocate() }
  }

  func append(_ block: StepBlock) {
    guard let first = block.instructions.baseAddress else { return }
    held.append(block)
    instructions.append(
      .block(first, count: block.instructions.count, tileRows: block.tileRows))
    guard block.scratchBytes > scratchBytes else { return }
    spool_release(scratch, scratchBytes)
    scratchBytes = block.scratchBytes
    scratch = spool_allocate(scratchBytes)
  }

  /// A product whose pointers to a and c move with `a` and `c`.
  func append(_ product: spool_gemm, a: spool_place, c: spool_place, _ type: ScalarType) {
    let room = UnsafeMutablePointer<spool_gemm>.allocate(capacity: 1)
    room.initialize(to: product)
    instructions.append(.product(room, a: a, c: c, type.kernel))
  }

  func appendCopy(_ source: Moving, to target: Moving) {
    instructions.append(.copy(.passUnretained(source.handle), to: .passUnretained(target.handle)))
    move([source, target])
  }

  func append(_ operation: any Operation, _ inputs: [Moving], into output: Moving) {
    let call = Call(operation, Operands(inputs.map(\.handle)), output.handle)
    held.append(call)
    instructions.append(.general(.passUnretained(call)))
    move(inputs + [output])
  }

  private func move(_ handles: [Moving]) {
    for moving in handles {
      held.append(moving.handle)
      if moving.place.time_stride != 0 { movers.append(moving) }
    }
  }

  func run(length: Int, ascending: Bool) {
    let (movers, instructions) = (movers, instructions)
    for step in 0..<length {
      let time = ascending ? step : length - 1 - step
      for mover in movers { mover.handle.data = spool_place_at(mover.place, time) }
      for instruction in instructions {
        switch instruction {
        case .block(let block, let count, let tileRows):
          spool_block_run(
            block, count, places, time, rows.lowerBound, rows.upperBound, tileRows, scratch)
        case .product(let product, let a, let c, let type):
          product.pointee.a = UnsafeRawPointer(spool_place_at(a, time))
          product.pointee.c = spool_place_at(c, time)
          spool_matmul(type, product)
        case .copy(let source, let target):
          target._withUnsafeGuaranteedRef { target in
            source._withUnsafeGuaranteedRef { target.copy(from: $0) }
          }
        case .general(let call):
          call._withUnsafeGuaranteedRef { $0.operation.run($0.inputs, into: $0.output) }
        }
      }
    }
  }
}
