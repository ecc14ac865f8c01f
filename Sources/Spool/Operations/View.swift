import CKernels

/// An operation that only looks at the memory of its input differently; the eager executor copies
/// nothing.
protocol ViewOperation: Operation {
  func view(of x: TensorHandle) -> TensorHandle
}

extension ViewOperation {
  static var saves: Saved { .nothing }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    Kernel.pointwise(SPOOL_COPY, output.scalarType, into: output, view(of: inputs[0]))
  }

  func result(of inputs: borrowing Operands) -> ResultType {
    let view = view(of: inputs[0])
    return ResultType(view.shape, view.scalarType)
  }

  func evaluate(_ inputs: borrowing Operands) -> TensorHandle { view(of: inputs[0]) }

  func placeholder(for inputs: borrowing Operands) -> TensorHandle { view(of: inputs[0]) }
}

/// y = x in another shape with as many elements,  x̄ = ȳ in the shape of x.
struct Reshape: ViewOperation {
  static let name = "reshape"
  let shape: Shape

  func view(of x: TensorHandle) -> TensorHandle {
    if !x.isDense, let strides = stridesWithoutCopy(x) {
      return TensorHandle(viewing: x, shape: shape, strides: strides)
    }
    return TensorHandle(viewing: x.dense(), shape: shape, strides: shape.denseStrides)
  }

  /// Where the two shapes differ by axes of size 1 only, the strides of the view.
  private func stridesWithoutCopy(_ x: TensorHandle) -> InlineArray<8, Int>? {
    var strides = InlineArray<8, Int>(repeating: 0)
    var source = 0
    for axis in 0..<shape.rank where shape[axis] != 1 {
      while source < x.shape.rank, x.shape[source] == 1 { source += 1 }
      guard source < x.shape.rank, x.shape[source] == shape[axis] else { return nil }
      strides[axis] = x.strides[source]
      source += 1
    }
    return strides
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    ȳ.reshaped(to: at.shape(ofInput: 0))
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    guard operands[0].isRow else { return Self.commonRowKind(operands) }
    return shape.rank > 0 && shape[0] == operands[0].shape[0] ? .row : .entangled
  }

  func withRows(_ count: Int) -> Reshape {
    Reshape(shape: shape.rank > 0 ? shape.withRows(count) : shape)
  }
}

/// y[…] = x with axis i of y being axis p(i) of x;  x̄ = ȳ by the inverse permutation.
struct Permute: ViewOperation {
  static let name = "permute"
  let permutation: Shape

  func view(of x: TensorHandle) -> TensorHandle {
    var shape = Shape()
    var strides = InlineArray<8, Int>(repeating: 0)
    for axis in 0..<permutation.rank {
      shape.append(x.shape.sizes[permutation.sizes[axis]])
      strides[axis] = x.strides[permutation.sizes[axis]]
    }
    return TensorHandle(viewing: x, shape: shape, strides: strides)
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    var inverse = permutation
    for axis in 0..<permutation.rank { inverse[permutation[axis]] = axis }
    return Tensor(apply(Permute(permutation: inverse), ȳ.handle))
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    switch operands[0].kind {
    case .row where permutation[0] == 0: .row
    case .row where permutation.rank == 2: .column
    case .column: permutation[0] == 0 ? .column : .row
    default: Self.commonRowKind(operands)
    }
  }
}

/// y = x stretched along axes of size 1 and along new leading axes,  x̄ = the sum of ȳ over them.
struct BroadcastTo: ViewOperation {
  static let name = "broadcast"
  let shape: Shape

  func view(of x: TensorHandle) -> TensorHandle {
    TensorHandle(viewing: x, shape: shape, strides: x.broadcastStrides(to: shape))
  }

  /// The tape itself sums ȳ to the shape of the input.
  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { ȳ }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    guard operands[0].isRow else { return Self.commonRowKind(operands) }
    let isAligned = operands[0].shape.rank == output.rank && operands[0].shape[0] == output[0]
    return isAligned ? .row : .entangled
  }

  func withRows(_ count: Int) -> BroadcastTo {
    BroadcastTo(shape: shape.rank > 0 ? shape.withRows(count) : shape)
  }
}

extension Tensor {
  /// The same elements in another shape. One size may be −1, to be found from the others. Traps when the
  /// number of elements differs.
  public func reshaped(to sizes: [Int]) -> Tensor {
    guard let unknown = sizes.firstIndex(of: -1) else { return reshaped(to: Shape(sizes)) }
    var known = sizes
    known[unknown] = 1
    let product = Shape(known).elementCount
    guard product > 0, count % product == 0 else {
      trap("reshape: shape \(shape) with \(count) elements does not divide into \(sizes)")
    }
    known[unknown] = count / product
    return reshaped(to: Shape(known))
  }

  /// The same elements in another shape. Traps when the number of elements differs.
  public func reshaped(to shape: Shape) -> Tensor {
    guard shape.elementCount == count else {
      trap(
        "reshape: shape \(self.shape) has \(count) elements, but \(shape) has "
          + "\(shape.elementCount)")
    }
    return Tensor(apply(Reshape(shape: shape), handle))
  }

  /// The elements as a vector.
  public func flattened() -> Tensor { reshaped(to: Shape([count])) }

  /// The axes in another order: axis `i` of the result is axis `axes[i]` of this tensor.
  public func permuted(_ axes: Int...) -> Tensor { permuted(axes) }

  /// The axes in another order: axis `i` of the result is axis `axes[i]` of this tensor.
  public func permuted(_ axes: [Int]) -> Tensor {
    let resolved = axes.map { shape.resolve($0, for: "permute") }
    guard resolved.count == rank, Set(resolved).count == rank else {
      trap("permute: \(axes) does not name each axis of shape \(shape) once")
    }
    return Tensor(apply(Permute(permutation: Shape(resolved)), handle))
  }

  /// Two axes exchanged; by default the last two, which is the transpose of a matrix.
  public func transposed(_ first: Int = -2, _ second: Int = -1) -> Tensor {
    var axes = Array(0..<rank)
    axes.swapAt(
      shape.resolve(first, for: "transpose"), shape.resolve(second, for: "transpose"))
    return permuted(axes)
  }

  /// This tensor stretched to `shape` by NumPy's rule. Traps when it does not broadcast to it.
  public func broadcasted(to shape: Shape) -> Tensor {
    guard Shape.broadcast(self.shape, shape) == shape else {
      trap("broadcast: shape \(self.shape) does not broadcast to \(shape)")
    }
    return Tensor(apply(BroadcastTo(shape: shape), handle))
  }

  /// A new axis of size 1 at `axis` of the result.
  public func expandingAxis(at axis: Int) -> Tensor {
    let place = axis < 0 ? axis + rank + 1 : axis
    guard (0...rank).contains(place) else {
      trap("expandingAxis: place \(axis) is outside a result of \(rank + 1) axes")
    }
    return reshaped(to: shape.inserting(1, at: place))
  }

  /// Without axis `axis`, which has size 1. Traps when it has another.
  public func squeezingAxis(at axis: Int) -> Tensor {
    let place = shape.resolve(axis, for: "squeezingAxis")
    guard shape[place] == 1 else {
      trap("squeezingAxis: axis \(axis) of shape \(shape) has size \(shape[place]), not 1")
    }
    return reshaped(to: shape.removing(place))
  }
}

extension Tensor {
  /// Axis `source` moved to place `destination`, the others in their order.
  public func movingAxis(_ source: Int, to destination: Int) -> Tensor {
    var axes = Array(0..<rank)
    let axis = axes.remove(at: shape.resolve(source, for: "movingAxis"))
    axes.insert(axis, at: shape.resolve(destination, for: "movingAxis"))
    return permuted(axes)
  }
}
