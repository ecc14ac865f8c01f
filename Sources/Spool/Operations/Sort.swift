import CKernels

/// The indices along an axis that put its elements in order.
struct ArgSort: NondifferentiableOperation {
  static let name = "argsort"
  let axis: Int
  let isDescending: Bool

  func result(of inputs: borrowing Operands) -> ResultType {
    let shape = inputs[0].shape
    guard shape[axis] <= Int(Int32.max) else {
      trap("argsort: axis \(axis) of shape \(shape) has more elements than Int32 can number")
    }
    return ResultType(shape, .int32)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let x = inputs[0].dense()
    let (outer, count, inner) = x.shape.around(axis)
    withExtendedLifetime(x) {
      spool_sort(
        x.scalarType.kernel, outer, count, inner, isDescending, x.data, nil,
        output.data.assumingMemoryBound(to: Int32.self))
    }
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands[0].isRow && axis != 0 ? .row : Self.commonRowKind(operands)
  }
}

extension Tensor where Scalar: NumericScalar {
  /// The indices that sort this tensor along `axis`: `x.takeAlong(x.argsort(axis: i), axis: i)` is sorted.
  /// Equal elements keep their order; NaN comes last, in both directions.
  public func argsort(axis: Int = -1, descending: Bool = false) -> Tensor<Int32> {
    let place = shape.resolve(axis, for: "argsort")
    return Tensor<Int32>(apply(ArgSort(axis: place, isDescending: descending), handle))
  }

  /// The elements in order along `axis`; NaN comes last, in both directions. Each gradient goes back to
  /// where its element came from.
  public func sorted(axis: Int = -1, descending: Bool = false) -> Tensor {
    let place = shape.resolve(axis, for: "sorted")
    return takeAlong(argsort(axis: place, descending: descending), axis: place)
  }

  /// The `count` greatest elements along `axis`, greatest first, and their indices. NaN comes after all
  /// numbers. Gradients flow through the values. Traps when there are fewer than `count`.
  public func topK(_ count: Int, axis: Int = -1) -> (values: Tensor, indices: Tensor<Int32>) {
    let place = shape.resolve(axis, for: "topK")
    guard (0...shape[place]).contains(count) else {
      trap("topK: \(count) elements of axis \(axis) of shape \(shape), which has \(shape[place])")
    }
    let order = argsort(axis: place, descending: true)
    let region = Region(0..<count, along: place, of: shape)
    let indices = Tensor<Int32>(apply(Slice(region: region), order.handle))
    return (takeAlong(indices, axis: place), indices)
  }
}
