import CKernels

/// What the interpreter of fused blocks does for an operation.
enum BlockCode {
  /// Each element by itself; the kernel goes by the scalar type of input `typeInput`.
  case pointwise(spool_pointwise_op, typeInput: Int)
  /// Each row of the last axis by itself.
  case rows(spool_block_kind, parameter: Double)
  /// The reciprocal deviation of each row of the last axis, which standardising the same rows leaves beside
  /// its result.
  case deviations(epsilon: Double)
  /// Over axes of each item.
  case reduction(spool_reduction, AxisSet)
  /// A product of two matrices of each item's own.
  case product
}

extension Operation {
  func blockCode(of input: Shape) -> BlockCode? { nil }
}

extension PointwiseOperation {
  func blockCode(of input: Shape) -> BlockCode? {
    .pointwise(Self.kernel, typeInput: Self.typeInput)
  }
}
