import CKernels

/// yᵢ = Σ_{j≤i} xⱼ along an axis (j ≥ i when reversed, j ≠ i when exclusive);  x̄ = the same sum of ȳ from
/// the other end.
struct CumulativeSum: Operation {
  static let name = "cumulativeSum"
  static let saves = Saved.nothing
  let axis: Int
  let isExclusive: Bool
  let isReversed: Bool

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(inputs[0].shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    inputs[0].runAlong(axis, into: output, SPOOL_PREFIX_SUM, isReversed, isExclusive)
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    Tensor(
      apply(
        CumulativeSum(axis: axis, isExclusive: isExclusive, isReversed: !isReversed), ȳ.handle))
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands[0].isRow && axis != 0 ? .row : Self.commonRowKind(operands)
  }
}

/// yᵢ = Π_{j≤i} xⱼ along an axis (j ≥ i when reversed, j ≠ i when exclusive).
///
/// x̄ₖ = Σ_{i≥k} ȳᵢ Π_{j≤i, j≠k} xⱼ. Where no x is 0 that is (Σ_{i≥k} ȳᵢ yᵢ) / xₖ; to be right at zeros
/// too, the products that leave k out are formed as such: for each k, x with xₖ set to 1.
struct CumulativeProduct: Operation {
  static let name = "cumulativeProduct"
  let axis: Int
  let isExclusive: Bool
  let isReversed: Bool

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(inputs[0].shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    inputs[0].runAlong(axis, into: output, SPOOL_PREFIX_PRODUCT, isReversed, isExclusive)
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let size = at.x.shape[axis]
    let last = at.x.rank
    // [..., k, i]: row k holds x along the axis, moved last, with element k replaced by 1.
    let rows = at.x.movingAxis(axis, to: last - 1).expandingAxis(at: -2)
    let diagonal = Tensor<S>.identity(size) .== 1
    let without = cumulativeProduct(
      `where`(diagonal, 1, rows), axis: -1, exclusive: isExclusive, reversed: isReversed)
    let index = Tensor<Int32>.range(size)
    let k = index.expandingAxis(at: 1)
    let i = index.expandingAxis(at: 0)
    let reaches: Tensor<Bool>
    switch (isReversed, isExclusive) {
    case (false, false): reaches = i .>= k
    case (false, true): reaches = i .> k
    case (true, false): reaches = i .<= k
    case (true, true): reaches = i .< k
    }
    let ȳs = ȳ.movingAxis(axis, to: last - 1).expandingAxis(at: -2)
    return `where`(reaches, ȳs * without, 0).sum(-1).movingAxis(last - 1, to: axis)
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands[0].isRow && axis != 0 ? .row : Self.commonRowKind(operands)
  }
}

extension TensorHandle {
  fileprivate func runAlong(
    _ axis: Int, into output: TensorHandle, _ kernel: spool_prefix, _ isReversed: Bool,
    _ isExclusive: Bool
  ) {
    let x = dense()
    withExtendedLifetime(x) {
      spool_scan_axis(
        kernel, scalarType.kernel, shape[..<axis].reduce(1, *), shape[axis],
        shape[(axis + 1)...].reduce(1, *), x.data, output.data, isReversed, isExclusive)
    }
  }
}

/// The running sum along `axis`. `exclusive` leaves each element out of its own sum; `reversed` runs
/// from the end.
public func cumulativeSum<S: NumericScalar>(
  _ x: Tensor<S>, axis: Int = -1, exclusive: Bool = false, reversed: Bool = false
) -> Tensor<S> {
  let place = x.shape.resolve(axis, for: "cumulativeSum")
  let operation = CumulativeSum(axis: place, isExclusive: exclusive, isReversed: reversed)
  return Tensor(apply(operation, x.handle))
}

/// The running product along `axis`. `exclusive` leaves each element out of its own product; `reversed`
/// runs from the end. The gradient is right also where elements are 0, at a cost that grows with the
/// square of the axis.
public func cumulativeProduct<S: NumericScalar>(
  _ x: Tensor<S>, axis: Int = -1, exclusive: Bool = false, reversed: Bool = false
) -> Tensor<S> {
  let place = x.shape.resolve(axis, for: "cumulativeProduct")
  let operation = CumulativeProduct(axis: place, isExclusive: exclusive, isReversed: reversed)
  return Tensor(apply(operation, x.handle))
}
