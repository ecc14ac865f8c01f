import CKernels

/// Y = A B + C for matrices, in one pass: C is of the shape of Y, or one row that is added to every row.
///
/// Made by rewriting a step's graph, after derivatives are taken. Where C is of the shape of Y, the result
/// may be written over it.
struct ProductSum: NondifferentiableOperation {
  static let name = "matmulAdd"

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType([inputs[0].shape[0], inputs[1].shape[1]], inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let addend = inputs[2]
    if addend.shape == output.shape {
      if addend.data != output.data { output.copy(from: addend) }
      MatrixProduct.multiply(inputs[0], inputs[1], into: output, adding: true)
    } else {
      let bias = addend.dense()
      withExtendedLifetime(bias) {
        MatrixProduct.multiply(
          inputs[0], inputs[1], into: output, adding: false, bias: UnsafeRawPointer(bias.data))
      }
    }
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    guard operands[0].isRow, operands[1].isInvariant else { return Self.commonRowKind(operands) }
    let addend = operands[2]
    let fits = addend.shape == output ? addend.isRow : addend.isInvariant
    return fits ? .row : .entangled
  }

  /// Whether an operand of a sum of shape `sum` can be C.
  static func takes(_ shape: Shape, isInvariant: Bool, in sum: Shape) -> Bool {
    if !isInvariant { return shape == sum }
    return shape.last == sum[1] && shape.elementCount == sum[1] && shape != sum
  }
}
