import CKernels

/// Calls of C kernels on handles.
enum Kernel {
  /// Runs a pointwise kernel, broadcasting the inputs to the shape of `output`.
  static func pointwise(
    _ kernel: spool_pointwise_op, _ scalarType: ScalarType, into output: TensorHandle,
    _ x: TensorHandle, _ y: TensorHandle? = nil, _ z: TensorHandle? = nil
  ) {
    var scalars: UInt32 = 0
    if isPlain(x, output, 1, &scalars), y.map({ isPlain($0, output, 2, &scalars) }) ?? true,
      z.map({ isPlain($0, output, 4, &scalars) }) ?? true
    {
      spool_pointwise_dense(
        kernel, scalarType.kernel, output.count, output.data, x.data, y?.data, z?.data, scalars)
      return
    }
    let a = x.broadcastStrides(to: output.shape)
    let b = y?.broadcastStrides(to: output.shape) ?? a
    let c = z?.broadcastStrides(to: output.shape) ?? a
    a.span.withUnsafeBufferPointer { a in
      b.span.withUnsafeBufferPointer { b in
        c.span.withUnsafeBufferPointer { c in
          output.shape.sizes.span.withUnsafeBufferPointer { sizes in
            let operands: InlineArray<3, spool_operand> = [
              spool_operand(data: x.data, strides: a.baseAddress),
              spool_operand(data: y?.data, strides: b.baseAddress),
              spool_operand(data: z?.data, strides: c.baseAddress),
            ]
            operands.span.withUnsafeBufferPointer { operands in
              spool_pointwise(
                kernel, scalarType.kernel, output.shape.rank, sizes.baseAddress, output.data,
                operands.baseAddress)
            }
          }
        }
      }
    }
  }

  /// Splits `count` items over the threads and runs `body` on each range of them.
  static func parallel(over count: Int, _ body: (Range<Int>) -> Void) {
    withoutActuallyEscaping(body) { body in
      var body = body
      withUnsafeMutablePointer(to: &body) { context in
        let threads = Int(spool_thread_count())
        let grain = Swift.max(1, (count + threads - 1) / threads)
        spool_parallel_for(
          count, grain,
          { begin, end, context in
            context!.assumingMemoryBound(to: ((Range<Int>) -> Void).self).pointee(begin..<end)
          }, context)
      }
    }
  }

  /// Whether the dense kernel can take `x` as it is; sets `bit` where it is one element for all.
  @inline(__always)
  private static func isPlain(
    _ x: TensorHandle, _ output: TensorHandle, _ bit: UInt32, _ scalars: inout UInt32
  ) -> Bool {
    if x.isDense && x.count == output.count { return true }
    guard x.count == 1 else { return false }
    scalars |= bit
    return true
  }
}

extension TensorHandle {
  /// The strides of this tensor seen in a shape it broadcasts to.
  func broadcastStrides(to target: Shape) -> InlineArray<8, Int> {
    var result = InlineArray<8, Int>(repeating: 0)
    let offset = target.rank - shape.rank
    for axis in 0..<shape.rank where shape.sizes[axis] != 1 {
      result[axis + offset] = strides[axis]
    }
    return result
  }
}
