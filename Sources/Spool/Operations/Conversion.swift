import CKernels

/// y = x in another scalar type,  x̄ = ȳ in the type of x.
struct Convert: Operation {
  static let name = "converted"
  static let saves = Saved.nothing
  let scalarType: ScalarType

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(inputs[0].shape, scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let x = inputs[0].dense()
    withExtendedLifetime(x) {
      spool_convert(x.scalarType.kernel, scalarType.kernel, x.count, output.data, x.data)
    }
  }

  func vjp(_ ȳ: TensorHandle, node: UnsafePointer<Node>, of tape: Tape, wrt input: Int)
    -> TensorHandle?
  {
    apply(Convert(scalarType: tape.nodes[Int(node.pointee.parents[0])].scalarType), ȳ)
  }

  /// Not how this rule is called: ȳ and x̄ differ in type.
  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { nil }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands[0].isRow ? .row : Self.commonRowKind(operands)
  }
}

extension Tensor {
  /// The elements as another type of number. Differentiable between `Float` and `Double`.
  ///
  /// To `Int32`, fractions are cut off, what lies outside its range becomes its nearest bound, and NaN 0;
  /// to `Bool`, what is not 0 becomes true; from `Bool`, true becomes 1.
  public func converted<R: TensorScalar>(to _: R.Type = R.self) -> Tensor<R> {
    if R.scalarType == Scalar.scalarType { return Tensor<R>(handle) }
    return Tensor<R>(apply(Convert(scalarType: R.scalarType), handle))
  }
}
