import CKernels

/// y = the inputs one after another along an axis;  x̄ᵢ = the part of ȳ that input i fills.
struct Concatenate: Operation {
  static let name = "concatenated"
  static let saves = Saved.nothing
  let axis: Int
  /// Where each input starts along the axis, and where the last one ends.
  let bounds: [Int]

  /// For inputs of these sizes along the axis.
  init(axis: Int, sizes: [Int]) {
    self.axis = axis
    bounds = sizes.reduce(into: [0]) { $0.append($0.last! + $1) }
  }

  func result(of inputs: borrowing Operands) -> ResultType {
    var shape = inputs[0].shape
    shape[axis] = bounds.last!
    return ResultType(shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    for i in 0..<inputs.count {
      region(i, of: output.shape).write(inputs[i], into: output, adding: false)
    }
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    Tensor(apply(Slice(region: region(input, of: ȳ.shape)), ȳ.handle))
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands.allSatisfy(\.isRow) && axis != 0 ? .row : Self.commonRowKind(operands)
  }

  private func region(_ i: Int, of shape: Shape) -> Region {
    Region(bounds[i]..<bounds[i + 1], along: axis, of: shape)
  }
}

/// The tensors one after another along `axis`. Traps when their other sizes differ.
public func concatenated<S: TensorScalar>(_ tensors: [Tensor<S>], axis: Int = 0) -> Tensor<S> {
  guard let first = tensors.first else { trap("concatenated: there are no tensors to join") }
  let place = first.shape.resolve(axis, for: "concatenated")
  for (i, tensor) in tensors.enumerated() {
    guard tensor.rank == first.rank, tensor.shape.removing(place) == first.shape.removing(place)
    else {
      trap(
        "concatenated: tensor \(i) has shape \(tensor.shape), the first one \(first.shape); they may "
          + "differ along axis \(place) only")
    }
  }
  let operation = Concatenate(axis: place, sizes: tensors.map { $0.shape[place] })
  return Tensor(apply(operation, Operands(tensors.map { $0.handle })))
}

/// The tensors, all of one shape, along a new axis. Traps when their shapes differ.
public func stack<S: TensorScalar>(_ tensors: [Tensor<S>], axis: Int = 0) -> Tensor<S> {
  guard let first = tensors.first else { trap("stack: there are no tensors to stack") }
  for (i, tensor) in tensors.enumerated() where tensor.shape != first.shape {
    trap("stack: tensor \(i) has shape \(tensor.shape), the first one \(first.shape)")
  }
  return concatenated(tensors.map { $0.expandingAxis(at: axis) }, axis: axis)
}

extension Tensor {
  /// Parts of the given sizes along `axis`. Traps when the sizes don't add up to that of the axis.
  public func split(sizes: [Int], axis: Int = 0) -> [Tensor] {
    let place = shape.resolve(axis, for: "split")
    guard sizes.reduce(0, +) == shape[place], sizes.allSatisfy({ $0 >= 0 }) else {
      trap("split: sizes \(sizes) do not add up to axis \(axis) of shape \(shape)")
    }
    var start = 0
    return sizes.map { size in
      defer { start += size }
      let region = Region(start..<(start + size), along: place, of: shape)
      return Tensor(apply(Slice(region: region), handle))
    }
  }

  /// `count` equal parts along `axis`. Traps when its size does not divide.
  public func chunked(_ count: Int, axis: Int = -1) -> [Tensor] {
    let place = shape.resolve(axis, for: "chunked")
    guard count > 0, shape[place] % count == 0 else {
      trap("chunked: axis \(axis) of shape \(shape) does not divide into \(count) equal parts")
    }
    let size = shape[place] / count
    return split(sizes: [Int](repeating: size, count: count), axis: place)
  }

  /// Two equal parts along `axis`.
  public func chunked2(axis: Int = -1) -> (Tensor, Tensor) {
    let parts = chunked(2, axis: axis)
    return (parts[0], parts[1])
  }

  /// Three equal parts along `axis`.
  public func chunked3(axis: Int = -1) -> (Tensor, Tensor, Tensor) {
    let parts = chunked(3, axis: axis)
    return (parts[0], parts[1], parts[2])
  }

  /// Four equal parts along `axis`.
  public func chunked4(axis: Int = -1) -> (Tensor, Tensor, Tensor, Tensor) {
    let parts = chunked(4, axis: axis)
    return (parts[0], parts[1], parts[2], parts[3])
  }

  /// The tensors that lie along `axis`, which is dropped: for `[time, batch, features]`, the steps.
  public func unstacked(axis: Int = 0) -> [Tensor] {
    let place = shape.resolve(axis, for: "unstacked")
    return (0..<shape[place]).map { i in
      let region = Region(i..<(i + 1), along: place, of: shape)
      return Tensor(apply(Slice(region: region), handle)).squeezingAxis(at: place)
    }
  }
}
