import CKernels

/// A fused block, compiled for the interpreter.
///
/// Sendable, unchecked: nothing writes to it once it is made.
final class StepBlock: @unchecked Sendable {
  let instructions: UnsafeMutableBufferPointer<spool_block_instruction>
  /// How many rows of the batch are taken at a time.
  let tileRows: Int
  /// Bytes that a tile's temporaries take.
  let scratchBytes: Int
  /// The rows that it reads and writes outside of these, each place once.
  let operands: [Operand]
  private let strides: [UnsafeMutablePointer<spool_block_strides>]

  /// Rows of the batch in one of a run's places.
  struct Operand {
    let place: Int
    /// From the first to the last byte of a row that are touched.
    let bytes: Range<Int>
    let rowStride: Int
  }

  init(
    _ instructions: [spool_block_instruction],
    strides: [UnsafeMutablePointer<spool_block_strides>], tileRows: Int, scratchBytes: Int,
    operands: [Operand]
  ) {
    self.instructions = .allocate(capacity: instructions.count)
    _ = self.instructions.initialize(from: instructions)
    self.strides = strides
    self.tileRows = tileRows
    self.scratchBytes = scratchBytes
    self.operands = operands
  }

  deinit {
    instructions.deallocate()
    for pointer in strides { pointer.deallocate() }
  }
}
