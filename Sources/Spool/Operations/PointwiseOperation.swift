import CKernels

/// An operation on each element by itself, with NumPy's broadcasting. Its kernel's code is all that an
/// executor needs to run or to fuse it.
protocol PointwiseOperation: Operation {
  static var kernel: spool_pointwise_op { get }
  /// The scalar type of the result, given that of the numeric inputs.
  static func resultType(_ inputs: ScalarType) -> ScalarType
  /// Which input's scalar type the kernel goes by.
  static var typeInput: Int { get }
}

extension PointwiseOperation {
  static func resultType(_ inputs: ScalarType) -> ScalarType { inputs }
  static var typeInput: Int { 0 }

  @inline(__always)
  func result(of inputs: borrowing Operands) -> ResultType {
    var shape = inputs[0].shape
    for i in 1..<Swift.max(inputs.count, 1) {
      let other = inputs[i].shape
      if other != shape { shape = Shape.broadcast(shape, other, for: Self.name) }
    }
    return ResultType(shape, Self.resultType(inputs[Self.typeInput].scalarType))
  }

  @inline(__always)
  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    Kernel.pointwise(
      Self.kernel, inputs[Self.typeInput].scalarType, into: output, inputs[0],
      inputs.count > 1 ? inputs[1] : nil, inputs.count > 2 ? inputs[2] : nil)
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    guard operands.contains(where: \.isRow) else { return Self.commonRowKind(operands) }
    let isRowwise = operands.allSatisfy { operand in
      let isAligned = operand.shape.rank == output.rank && operand.shape[0] == output[0]
      let isShared = operand.shape.rank < output.rank || operand.shape[0] == 1
      return operand.isRow ? isAligned : operand.isInvariant && isShared
    }
    return isRowwise ? .row : .entangled
  }
}

extension Tensor {
  @inline(__always)
  func pointwise<Op: PointwiseOperation>(_ operation: Op) -> Tensor {
    Tensor(apply(operation, handle))
  }

  @inline(__always)
  func pointwise<Op: PointwiseOperation>(_ operation: Op, _ other: Tensor) -> Tensor {
    Tensor(apply(operation, handle, other.handle))
  }
}
