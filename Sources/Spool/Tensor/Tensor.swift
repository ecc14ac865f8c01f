import CKernels

/// A multi-dimensional array of numbers: a value, with shape, that gradients can be taken through.
///
/// Copies share memory until one is changed. Operations on tensors inside a gradient scope
/// (`gradient(at:of:)` and its kin) are recorded where they depend on what the scope differentiates.
public struct Tensor<Scalar: TensorScalar>: Sendable {
  var handle: TensorHandle

  init(_ handle: TensorHandle) { self.handle = handle }

  /// The sizes of the axes.
  public var shape: Shape { handle.shape }
  /// The number of axes.
  public var rank: Int { handle.shape.rank }
  /// The number of elements.
  public var count: Int { handle.count }

  /// The elements in row-major order.
  public var scalars: [Scalar] { withUnsafeScalars { Array($0) } }

  /// The single element of a tensor that has just one. Traps for any other.
  public var scalar: Scalar {
    guard count == 1 else {
      trap("scalar: a tensor of shape \(shape) has \(count) elements, not one")
    }
    handle.requireReadable()
    return handle.data.load(as: Scalar.self)
  }

  /// Calls `body` with the elements in row-major order.
  public func withUnsafeScalars<R>(
    _ body: (UnsafeBufferPointer<Scalar>) throws -> R
  ) rethrows -> R {
    handle.requireReadable()
    let dense = handle.dense()
    return try withExtendedLifetime(dense) {
      let start = UnsafePointer(dense.data.assumingMemoryBound(to: Scalar.self))
      return try body(UnsafeBufferPointer(start: start, count: dense.count))
    }
  }

  /// Calls `body` with the elements in row-major order, to change them in place. Memory shared with
  /// other tensors is copied first. Traps inside a gradient scope that tracks this tensor.
  public mutating func withUnsafeMutableScalars<R>(
    _ body: (UnsafeMutableBufferPointer<Scalar>) throws -> R
  ) rethrows -> R {
    guard resolve(handle).recordingTape == nil else {
      trap(
        "a tensor tracked by a gradient scope cannot be changed in place: the derivative would not "
          + "see it. Compute a new tensor, or take stopGradient(_:) of it first")
    }
    if !isKnownUniquelyReferenced(&handle) || !handle.ownsMemory || handle.tape != nil {
      let copy = TensorHandle(uninitialized: shape, Scalar.scalarType)
      Kernel.pointwise(SPOOL_COPY, Scalar.scalarType, into: copy, handle)
      handle = copy
    }
    let start = handle.data.assumingMemoryBound(to: Scalar.self)
    return try body(UnsafeMutableBufferPointer(start: start, count: count))
  }
}
