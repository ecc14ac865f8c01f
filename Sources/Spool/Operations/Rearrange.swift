/// y = x backward along axes,  x̄ = ȳ backward along them.
struct Flip: ViewOperation {
  static let name = "flipped"
  let axes: AxisSet

  func view(of x: TensorHandle) -> TensorHandle {
    var strides = x.strides
    var offset = 0
    for axis in 0..<x.shape.rank where axes.contains(axis) {
      strides[axis] = -x.strides[axis]
      offset += (x.shape[axis] - 1) * x.strides[axis]
    }
    return TensorHandle(
      viewing: x, shape: x.shape, strides: strides, offset: x.count == 0 ? 0 : offset)
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    Tensor(apply(self, ȳ.handle))
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands[0].isRow && !axes.contains(0) ? .row : Self.commonRowKind(operands)
  }
}

extension Tensor {
  /// The elements in reverse order along `axes`, along all when none are named.
  public func flipped(_ axes: Int...) -> Tensor {
    let set = AxisSet(axes.isEmpty ? nil : axes, of: shape, for: "flipped")
    return Tensor(apply(Flip(axes: set), handle))
  }

  /// The elements moved `shift` places toward the end of `axis`; those that leave it come in again at the
  /// start. A negative shift moves toward the start.
  public func rolled(by shift: Int, axis: Int = 0) -> Tensor {
    let place = shape.resolve(axis, for: "rolled")
    let size = shape[place]
    guard size > 1 else { return self }
    let start = (size - shift % size) % size
    if start == 0 { return self }
    let parts = split(sizes: [start, size - start], axis: place)
    return concatenated([parts[1], parts[0]], axis: place)
  }

  /// Each element `count` times along `axis`, its copies side by side (NumPy's `repeat`): `[a, b]`
  /// twice is `[a, a, b, b]`.
  public func repeated(_ count: Int, axis: Int) -> Tensor {
    let place = shape.resolve(axis, for: "repeated")
    guard count >= 0 else { trap("repeated: the count \(count) is negative") }
    let (outer, size, inner) = shape.around(place)
    return stretched(
      [outer, size, 1, inner], to: [outer, size, count, inner], place, count, for: "repeated")
  }

  /// The whole tensor several times along each axis (NumPy's `tile`): `[a, b]` twice is `[a, b, a, b]`.
  /// The counts belong to the last axes; where there are more of them than axes, the tensor gets new
  /// leading axes.
  public func tiled(_ counts: Int...) -> Tensor {
    for count in counts where count < 0 { trap("tiled: the count \(count) is negative") }
    let new = Swift.max(counts.count - rank, 0)
    guard rank + new <= Shape.maximumRank else {
      trap("tiled: \(counts.count) counts, but a tensor has at most \(Shape.maximumRank) axes")
    }
    var result = reshaped(to: Shape([Int](repeating: 1, count: new) + Array(shape)))
    let first = result.rank - counts.count
    for (i, count) in counts.enumerated() where count != 1 {
      let (outer, size, inner) = result.shape.around(first + i)
      let block = size * inner
      result = result.stretched(
        [outer, 1, block], to: [outer, count, block], first + i, count, for: "tiled")
    }
    return result
  }

  /// These elements in `shape`, broadcast to `broadcast`, as this tensor with `axis` `count` times as long.
  private func stretched(
    _ shape: Shape, to broadcast: Shape, _ axis: Int, _ count: Int, for operation: String
  ) -> Tensor {
    var result = self.shape
    let (size, overflow) = result[axis].multipliedReportingOverflow(by: count)
    guard !overflow else {
      trap(
        "\(operation): axis \(axis) of shape \(self.shape) cannot be \(count) times as long")
    }
    result[axis] = size
    return reshaped(to: shape).broadcasted(to: broadcast).reshaped(to: result)
  }
}
