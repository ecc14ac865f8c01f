import CKernels

/// y[o…, j, i…] = x[o…, index[o…, j, i…], i…], along an axis;  x̄ = ȳ added up at the indices, straight
/// into the gradient of x where nothing records the sweep.
struct TakeAlong: Operation {
  static let name = "takeAlong"
  static let prefersAddVJP = true
  let axis: Int

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(inputs[1].shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (x, indices) = (inputs[0].dense(), inputs[1].dense())
    let (outer, count, inner) = x.shape.around(axis)
    let bad = withExtendedLifetime((x, indices)) {
      spool_take_along(
        x.scalarType.kernel, outer, count, indices.shape[axis], inner, x.data,
        indices.indexPointer, output.data)
    }
    if bad >= 0 { indices.trapOutside(Self.name, at: bad, axis, of: x.shape) }
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let indices = at.input(1, as: Int32.self)
    let operation = ScatterAddAlong(axis: axis, count: at.shape(ofInput: 0)[axis])
    return Tensor(apply(operation, ȳ.handle, indices.handle))
  }

  func addVJP(
    _ ȳ: TensorHandle, node: UnsafePointer<Node>, wrt input: Int, to gradient: TensorHandle
  ) -> Bool {
    ScatterAddAlong.add(ȳ, at: node.pointee.operands[1], axis: axis, to: gradient)
    return true
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands.allSatisfy(\.isRow) && axis != 0 ? .row : Self.commonRowKind(operands)
  }
}

/// y[o…, k, i…] = Σ x[o…, j, i…] over the j with index[o…, j, i…] = k, along an axis;  x̄ = ȳ taken at
/// the indices.
struct ScatterAddAlong: Operation {
  static let name = "scatterAddAlong"
  let axis: Int
  let count: Int

  func result(of inputs: borrowing Operands) -> ResultType {
    var shape = inputs[0].shape
    shape[axis] = count
    return ResultType(shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    _ = output.filled(with: 0)
    ScatterAddAlong.add(inputs[0], at: inputs[1], axis: axis, to: output)
  }

  /// Adds `x` into `sum`, which is dense, where the indices say.
  static func add(
    _ x: TensorHandle, at indices: TensorHandle, axis: Int, to sum: TensorHandle
  ) {
    let (x, indices) = (x.dense(), indices.dense())
    let (outer, count, inner) = sum.shape.around(axis)
    let bad = withExtendedLifetime((x, indices)) {
      spool_scatter_add_along(
        x.scalarType.kernel, outer, count, x.shape[axis], inner, x.data, indices.indexPointer,
        sum.data)
    }
    if bad >= 0 { indices.trapOutside(Self.name, at: bad, axis, of: sum.shape) }
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let indices = at.input(1, as: Int32.self)
    return Tensor(apply(TakeAlong(axis: axis), ȳ.handle, indices.handle))
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands.allSatisfy(\.isRow) && axis != 0 ? .row : Self.commonRowKind(operands)
  }
}

extension Tensor {
  /// For each place of `indices` the element of this tensor at that place in all axes but `axis`, and at
  /// the index along `axis` (NumPy's `take_along_axis`, PyTorch's `gather`): `x.takeAlong(x.argsort())`
  /// is x sorted. The axes other than `axis` broadcast.
  ///
  /// Traps, in release builds too, where an index is negative or not below the size of the axis.
  public func takeAlong(_ indices: Tensor<Int32>, axis: Int = -1) -> Tensor {
    let place = shape.resolve(axis, for: "takeAlong")
    let (x, indices) = alignedAlong(place, self, indices, for: "takeAlong")
    return Tensor(apply(TakeAlong(axis: place), x.handle, indices.handle))
  }
}

/// Along `axis`, `count` places, each the sum of those `values` whose index names it; 0 where none does
/// (PyTorch's `scatter_add` into zeros). `indices` has the shape of `values`; the axes other than `axis`
/// broadcast.
///
/// The reverse of `takeAlong(_:axis:)`, and its gradient. Sums are taken in the order of the values.
/// Traps, in release builds too, where an index is negative or not below `count`.
public func scatterAddAlong<S: NumericScalar>(
  _ values: Tensor<S>, at indices: Tensor<Int32>, count: Int, axis: Int = -1
) -> Tensor<S> {
  guard count >= 0 else { trap("scatterAddAlong: the count \(count) is negative") }
  let place = values.shape.resolve(axis, for: "scatterAddAlong")
  let (x, indices) = alignedAlong(place, values, indices, for: "scatterAddAlong")
  guard x.shape == indices.shape else {
    trap(
      "scatterAddAlong: \(x.shape[place]) values along axis \(place), but "
        + "\(indices.shape[place]) indices; there must be one value for each index")
  }
  let operation = ScatterAddAlong(axis: place, count: count)
  return Tensor(apply(operation, x.handle, indices.handle))
}

/// Both tensors, stretched to the same sizes in all axes but `axis`.
private func alignedAlong<S: TensorScalar>(
  _ axis: Int, _ x: Tensor<S>, _ indices: Tensor<Int32>, for operation: String
) -> (Tensor<S>, Tensor<Int32>) {
  let (a, b) = (x.shape, indices.shape)
  guard a.rank == b.rank else {
    trap(
      "\(operation): shape \(a) has \(a.rank) axes, but the indices, of shape \(b), have \(b.rank); "
        + "they must have as many")
  }
  if a.removing(axis) == b.removing(axis) { return (x, indices) }
  guard let common = Shape.broadcast(a.removing(axis), b.removing(axis)) else {
    trap(
      "\(operation): shape \(a) and indices of shape \(b) differ in axes other than axis \(axis), and "
        + "do not broadcast")
  }
  return (
    x.broadcasted(to: common.inserting(a[axis], at: axis)),
    indices.broadcasted(to: common.inserting(b[axis], at: axis))
  )
}
