import CKernels

/// y[i…, k] = 1 where index[i…] = k, else 0.
struct OneHot: NondifferentiableOperation {
  static let name = "oneHot"
  let depth: Int
  let scalarType: ScalarType

  func result(of inputs: borrowing Operands) -> ResultType {
    let indices = inputs[0].shape
    guard indices.rank < Shape.maximumRank else {
      trap("oneHot: indices of shape \(indices) leave no room for one more axis")
    }
    return ResultType(indices.inserting(depth, at: indices.rank), scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    _ = output.filled(with: 0)
    let indices = inputs[0].dense()
    let ones = TensorHandle(uninitialized: indices.shape, scalarType).filled(with: 1)
    let bad = withExtendedLifetime((indices, ones)) {
      spool_scatter_add_along(
        scalarType.kernel, indices.count, depth, 1, 1, ones.data, indices.indexPointer,
        output.data)
    }
    if bad >= 0 { indices.trapOutside(Self.name, at: bad, "the depth \(depth)", count: depth) }
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands[0].isRow ? .row : Self.commonRowKind(operands)
  }
}

/// For each index a row of `depth` zeros with a 1 at the index: `[batch, time]` becomes
/// `[batch, time, depth]`. Traps, in release builds too, where an index is negative or not below `depth`.
public func oneHot<S: NumericScalar>(
  _ indices: Tensor<Int32>, depth: Int, as _: S.Type = S.self
) -> Tensor<S> {
  guard depth > 0 else { trap("oneHot: the depth \(depth) is not positive") }
  let operation = OneHot(depth: depth, scalarType: S.scalarType)
  return Tensor<S>(apply(operation, indices.handle))
}

/// The rows of `table`, `[rows, width]`, that `indices` name: `[batch, time]` becomes
/// `[batch, time, width]`.
///
/// The gradient is added straight into the rows of the table's gradient, so that many look-ups in one
/// table cost no more memory than one. Traps, in release builds too, where an index is negative or not
/// below the number of rows.
public func embedding<S: TensorScalar>(
  _ indices: Tensor<Int32>, table: Tensor<S>
) -> Tensor<S> {
  guard table.rank == 2 else {
    trap("embedding: the table has shape \(table.shape), not [rows, width]")
  }
  return Tensor(apply(Gather(axis: 0, caller: "embedding"), table.handle, indices.handle))
}
