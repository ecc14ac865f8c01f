import CKernels

/// The reference behind a tensor: a strided view of pooled memory, and its place on a tape, if any.
///
/// Untyped, so that kernels, tape and operations need no generic code; `Tensor<Scalar>` is the typed
/// face of it. A handle either owns its block of memory, or keeps the owner alive (`owner`), never
/// another view, so chains of views stay one link long.
///
/// Sendable, unchecked: once an operation has returned a handle, nothing writes to it or to its
/// memory, except `Tensor`'s mutations, which first make sure that theirs is the only reference
/// (`isKnownUniquelyReferenced`), and a gradient sweep, which writes only to handles of its own.
/// The fields `recorder` and `index` are set before the handle is returned. `data` changes only in handles that
/// a loop over time has made for itself.
final class TensorHandle: @unchecked Sendable {
  let scalarType: ScalarType
  /// Whether elements lie in row-major order without gaps.
  let isDense: Bool
  let shape: Shape
  let strides: InlineArray<8, Int>
  let count: Int
  /// The first element.
  var data: UnsafeMutableRawPointer
  private let owner: TensorHandle?

  /// The tape that this tensor was recorded on, which lives as long. Unmanaged, so that to ask for it, as each
  /// operation does, need not count references.
  private(set) var recorder: Unmanaged<Tape>?
  /// The index of its node there.
  var index: Int32 = -1
  /// What this tensor is for the tapes outside `tape`, where gradient scopes are nested.
  var primal: TensorHandle?

  /// A dense tensor with memory of its own, not yet written.
  init(uninitialized shape: Shape, _ scalarType: ScalarType) {
    self.scalarType = scalarType
    self.shape = shape
    strides = shape.denseStrides
    count = shape.elementCount
    isDense = true
    owner = nil
    let (bytes, overflow) = count.multipliedReportingOverflow(by: scalarType.byteCount)
    guard !overflow, MachineMemory.hasRoom(for: bytes), let block = spool_allocate(bytes) else {
      trap(MachineMemory.shortage(of: shape, scalarType))
    }
    data = block
  }

  /// A view into the memory of another tensor, `offset` elements from its first.
  init(viewing source: TensorHandle, shape: Shape, strides: InlineArray<8, Int>, offset: Int = 0) {
    scalarType = source.scalarType
    self.shape = shape
    self.strides = strides
    count = shape.elementCount
    isDense = TensorHandle.isDense(shape, strides)
    owner = source.owner ?? source
    data = source.data + offset * source.scalarType.byteCount
  }

  deinit {
    recorder?.release()
    if owner == nil { spool_release(data, count * scalarType.byteCount) }
  }

  var tape: Tape? {
    get { recorder?.takeUnretainedValue() }
    set {
      let old = recorder
      recorder = newValue.map(Unmanaged.passRetained)
      old?.release()
    }
  }

  /// The same elements as a tensor of its own, on no tape.
  func alias() -> TensorHandle { TensorHandle(viewing: self, shape: shape, strides: strides) }

  /// Whether both look at the same block.
  func sharesMemory(with other: TensorHandle) -> Bool { (owner ?? self) === (other.owner ?? other) }

  /// Writes the elements of `source`, of the same shape and type, into this dense tensor.
  func copy(from source: TensorHandle) {
    Kernel.pointwise(SPOOL_COPY, scalarType, into: self, source)
  }

  /// This tensor if dense, else a dense copy of it.
  func dense() -> TensorHandle { isDense ? self : copied() }

  /// A dense copy.
  func copied() -> TensorHandle {
    let copy = TensorHandle(uninitialized: shape, scalarType)
    copy.copy(from: self)
    return copy
  }

  /// Whether nothing else refers to this memory, so that it may be written. To be called on a
  /// reference already known to be unique.
  var ownsMemory: Bool { owner == nil }

  func fillZeros() { _ = filled(with: 0) }

  func filled(with value: Double) -> TensorHandle {
    switch scalarType {
    case .float: fill(Float(value))
    case .double: fill(value)
    case .int32: fill(Int32(value))
    case .bool: fill(value != 0)
    }
    return self
  }

  func fill<S: TensorScalar>(_ value: S) {
    withUnsafePointer(to: value) { spool_fill(scalarType.kernel, count, data, $0) }
  }

  static func zeros(_ shape: Shape, _ scalarType: ScalarType) -> TensorHandle {
    TensorHandle(uninitialized: shape, scalarType).filled(with: 0)
  }

  private static func isDense(_ shape: Shape, _ strides: InlineArray<8, Int>) -> Bool {
    var expected = 1
    var axis = shape.rank - 1
    while axis >= 0 {
      let size = shape.sizes[axis]
      if size != 1 && strides[axis] != expected { return shape.contains(0) }
      expected = expected &* size
      axis -= 1
    }
    return true
  }
}
