import CKernels

/// y[o…, i…, r…] = x[o…, index[i…], r…], the index standing for one axis of x;  x̄ = ȳ added up at the
/// indices, straight into the gradient of x where nothing records the sweep.
struct Gather: Operation {
  static let name = "gathered"
  static let prefersAddVJP = true
  let axis: Int
  /// What the user called, for messages.
  let caller: String

  func result(of inputs: borrowing Operands) -> ResultType {
    let (x, indices) = (inputs[0].shape, inputs[1].shape)
    guard x.rank - 1 + indices.rank <= Shape.maximumRank else {
      trap(
        "\(caller): shape \(x) with indices of shape \(indices) in place of axis \(axis) gives "
          + "\(x.rank - 1 + indices.rank) axes; a tensor has at most \(Shape.maximumRank)")
    }
    return ResultType(x.replacing(axis..<(axis + 1), with: indices), inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (x, indices) = (inputs[0].dense(), inputs[1].dense())
    let (outer, count, inner) = x.shape.around(axis)
    let bytes = x.scalarType.byteCount
    withExtendedLifetime((x, indices)) {
      for o in 0..<outer {
        let bad = spool_gather_rows(
          x.scalarType.kernel, indices.count, count, inner, x.data + o * count * inner * bytes,
          indices.indexPointer, output.data + o * indices.count * inner * bytes)
        if bad >= 0 { indices.trapOutside(caller, at: bad, axis, of: x.shape) }
      }
    }
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let indices = at.input(1, as: Int32.self)
    let operation = ScatterAdd(axis: axis, count: at.shape(ofInput: 0)[axis])
    return Tensor(apply(operation, ȳ.handle, indices.handle))
  }

  func addVJP(
    _ ȳ: TensorHandle, node: UnsafePointer<Node>, wrt input: Int, to gradient: TensorHandle
  ) -> Bool {
    ScatterAdd.add(ȳ, at: node.pointee.operands[1], axis: axis, to: gradient, for: caller)
    return true
  }

  /// Each item looks up in a table that all share, or in its own row in places that all share.
  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    switch (operands[0].kind, operands[1].kind) {
    case (.invariant, .row) where axis == 0: return .row
    case (.row, .invariant) where axis > 0: return .row
    default: return Self.commonRowKind(operands)
    }
  }
}

/// y[o…, k, r…] = Σ x[o…, i…, r…] over the i… with index[i…] = k;  x̄ = ȳ gathered at the indices.
struct ScatterAdd: Operation {
  static let name = "scatterAdd"
  let axis: Int
  let count: Int

  func result(of inputs: borrowing Operands) -> ResultType {
    let (x, indices) = (inputs[0].shape, inputs[1].shape)
    let replaced = axis..<(axis + indices.rank)
    guard replaced.upperBound <= x.rank, x[replaced].elementsEqual(indices) else {
      trap(
        "scatterAdd: values of shape \(x) do not have the axes of the indices, \(indices), from axis "
          + "\(axis) on; there must be one value for each index")
    }
    return ResultType(x.replacing(replaced, with: [count]), inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    _ = output.filled(with: 0)
    ScatterAdd.add(inputs[0], at: inputs[1], axis: axis, to: output, for: Self.name)
  }

  /// Adds `x` into `sum`, which is dense, where the indices say.
  static func add(
    _ x: TensorHandle, at indices: TensorHandle, axis: Int, to sum: TensorHandle,
    for caller: String
  ) {
    let (x, indices) = (x.dense(), indices.dense())
    let (outer, count, inner) = sum.shape.around(axis)
    let bytes = x.scalarType.byteCount
    withExtendedLifetime((x, indices)) {
      for o in 0..<outer {
        let bad = spool_scatter_add_rows(
          x.scalarType.kernel, indices.count, count, inner,
          x.data + o * indices.count * inner * bytes, indices.indexPointer,
          sum.data + o * count * inner * bytes)
        if bad >= 0 { indices.trapOutside(caller, at: bad, axis, of: sum.shape) }
      }
    }
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let indices = at.input(1, as: Int32.self)
    return Tensor(apply(Gather(axis: axis, caller: Self.name), ȳ.handle, indices.handle))
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    switch (operands[0].kind, operands[1].kind) {
    case (.row, .row) where axis == 0: return .summed
    case (.row, .invariant) where axis > 0: return .row
    default: return Self.commonRowKind(operands)
    }
  }
}

extension TensorHandle {
  /// The elements of a dense tensor of indices.
  var indexPointer: UnsafePointer<Int32> { UnsafePointer(data.assumingMemoryBound(to: Int32.self)) }

  /// Ends the program because the index at `position` (in row-major order) of these is none of an axis.
  func trapOutside(_ operation: String, at position: Int, _ axis: Int, of shape: Shape) -> Never {
    trapOutside(
      operation, at: position, "axis \(axis) of shape \(shape)", count: shape[axis])
  }

  /// Ends the program because the index at `position` (in row-major order) of these is none of `count`.
  func trapOutside(_ operation: String, at position: Int, _ what: String, count: Int) -> Never {
    let index = indexPointer[position]
    let place = shape.rank == 0 ? "" : " at \(shape.index(of: position)) of the indices"
    let repair = count == 0 ? "which is empty" : "whose indices are 0 ... \(count - 1)"
    trap("\(operation): index \(index)\(place) is outside \(what), \(repair)")
  }
}

extension Tensor {
  /// The parts of this tensor that `indices` name along `axis`, which the axes of `indices` replace:
  /// `[rows, width]` gathered by `[batch, time]` along axis 0 is `[batch, time, width]` (NumPy's `take`).
  ///
  /// An index may occur several times; its gradients add up. Traps, in release builds too, where one is
  /// negative or not below the size of the axis.
  public func gathered(_ indices: Tensor<Int32>, axis: Int = 0) -> Tensor {
    let place = shape.resolve(axis, for: "gathered")
    return Tensor(apply(Gather(axis: place, caller: "gathered"), handle, indices.handle))
  }
}

/// `count` places along `axis`, each the sum of those `values` whose index names it; 0 where none does.
/// The axes of `indices` are those of `values` from `axis` on, and one axis of size `count` replaces
/// them: `[batch, time, width]` scattered by `[batch, time]` along axis 0 is `[count, width]`.
///
/// The reverse of `gathered(_:axis:)`, and its gradient. Sums are taken in the order of the values.
/// Traps, in release builds too, where an index is negative or not below `count`.
public func scatterAdd<S: NumericScalar>(
  _ values: Tensor<S>, at indices: Tensor<Int32>, count: Int, axis: Int = 0
) -> Tensor<S> {
  guard count >= 0 else { trap("scatterAdd: the count \(count) is negative") }
  let rank = values.rank - indices.rank + 1
  let place = axis < 0 ? axis + rank : axis
  guard place >= 0 else {
    trap("scatterAdd: axis \(axis) is outside the result, which has \(rank) axes")
  }
  let operation = ScatterAdd(axis: place, count: count)
  return Tensor(apply(operation, values.handle, indices.handle))
}
