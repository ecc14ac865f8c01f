import CKernels

/// y = a region filled with x in a larger tensor of a constant,  x̄ = that region of ȳ.
struct Pad: Operation {
  static let name = "padded"
  static let saves = Saved.nothing
  let region: Region
  let shape: Shape
  let value: Double

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    _ = output.filled(with: value)
    region.write(inputs[0], into: output, adding: false)
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    Tensor(apply(Slice(region: region), ȳ.handle))
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    guard operands[0].isRow else { return Self.commonRowKind(operands) }
    return region.takesAllRows(of: output) ? .row : .entangled
  }

  func withRows(_ count: Int) -> Pad {
    Pad(region: region.withRows(count), shape: shape.withRows(count), value: value)
  }
}

extension Tensor where Scalar: NumericScalar {
  /// This tensor with `value` around it: for each axis as many places before and after as `widths` says.
  /// Traps when `widths` does not have an entry for each axis, or has a negative one.
  public func padded(_ widths: [(before: Int, after: Int)], with value: Scalar = 0) -> Tensor {
    padded(widths, value.asDouble)
  }

  /// This tensor with `value` in `before` places before and `after` places after it along `axis`.
  public func padded(
    axis: Int, before: Int = 0, after: Int = 0, with value: Scalar = 0
  ) -> Tensor {
    padded(widths(axis, before, after), value.asDouble)
  }
}

extension Tensor where Scalar == Bool {
  /// This mask with `value` around it: for each axis as many places before and after as `widths` says.
  /// Traps when `widths` does not have an entry for each axis, or has a negative one.
  public func padded(_ widths: [(before: Int, after: Int)], with value: Bool = false) -> Tensor {
    padded(widths, value ? 1 : 0)
  }

  /// This mask with `value` in `before` places before and `after` places after it along `axis`.
  public func padded(
    axis: Int, before: Int = 0, after: Int = 0, with value: Bool = false
  ) -> Tensor {
    padded(widths(axis, before, after), value ? 1 : 0)
  }
}

extension Tensor {
  private func widths(_ axis: Int, _ before: Int, _ after: Int) -> [(before: Int, after: Int)] {
    var widths = [(before: Int, after: Int)](repeating: (0, 0), count: rank)
    widths[shape.resolve(axis, for: "padded")] = (before, after)
    return widths
  }

  private func padded(_ widths: [(before: Int, after: Int)], _ value: Double) -> Tensor {
    guard widths.count == rank else {
      trap(
        "padded: widths for \(widths.count) axes, but shape \(shape) has \(rank); give one pair for "
          + "each axis")
    }
    var region = Region(of: shape)
    var padded = shape
    for (axis, width) in widths.enumerated() {
      guard width.before >= 0 && width.after >= 0 else {
        trap(
          "padded: widths (\(width.before), \(width.after)) of axis \(axis) of shape \(shape) must "
            + "not be negative; to take places away, use a subscript")
      }
      let (sum, sumOverflows) = width.before.addingReportingOverflow(width.after)
      let (size, sizeOverflows) = sum.addingReportingOverflow(shape[axis])
      guard !sumOverflows && !sizeOverflows else {
        trap(
          "padded: axis \(axis) of shape \(shape) cannot have \(width.before) places before and "
            + "\(width.after) after it")
      }
      region.starts[axis] = width.before
      padded[axis] = size
    }
    return Tensor(apply(Pad(region: region, shape: padded, value: value), handle))
  }
}
