import CKernels

/// A rectangular region of a tensor: for each axis a start, a size and a step (which may be negative).
struct Region: Hashable, Sendable {
  var starts = InlineArray<8, Int>(repeating: 0)
  var steps = InlineArray<8, Int>(repeating: 1)
  var sizes: Shape

  /// All of a tensor of `shape`.
  init(of shape: Shape) { sizes = shape }

  /// The region `range` of one axis of `shape`.
  init(_ range: Range<Int>, along axis: Int, of shape: Shape) {
    sizes = shape
    starts[axis] = range.lowerBound
    sizes[axis] = range.count
  }

  static func == (a: Region, b: Region) -> Bool {
    let axes = 0..<a.sizes.rank
    return a.sizes == b.sizes
      && axes.allSatisfy { a.starts[$0] == b.starts[$0] && a.steps[$0] == b.steps[$0] }
  }

  func hash(into hasher: inout Hasher) {
    hasher.combine(sizes)
    for axis in 0..<sizes.rank {
      hasher.combine(starts[axis])
      hasher.combine(steps[axis])
    }
  }

  func view(of x: TensorHandle) -> TensorHandle {
    var offset = 0
    var strides = x.strides
    for axis in 0..<sizes.rank {
      offset += starts[axis] * x.strides[axis]
      strides[axis] = x.strides[axis] * steps[axis]
    }
    return TensorHandle(
      viewing: x, shape: sizes, strides: strides, offset: sizes.contains(0) ? 0 : offset)
  }
}

/// y = a region of x,  x̄ = ȳ in that region, 0 elsewhere.
struct Slice: ViewOperation {
  static let name = "slice"
  static let prefersAddVJP = true
  let region: Region

  func view(of x: TensorHandle) -> TensorHandle { region.view(of: x) }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    Tensor(apply(Unslice(region: region, shape: at.shape(ofInput: 0)), ȳ.handle))
  }

  func addVJP(
    _ ȳ: TensorHandle, node: UnsafePointer<Node>, wrt input: Int, to gradient: TensorHandle
  ) -> Bool {
    region.write(ȳ, into: gradient, adding: true)
    return true
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    guard operands[0].isRow else { return Self.commonRowKind(operands) }
    return region.takesAllRows(of: operands[0].shape) ? .row : .entangled
  }

  func withRows(_ count: Int) -> Slice { Slice(region: region.withRows(count)) }
}

extension Region {
  /// Writes (or adds) `x` into this region of `target`.
  func write(_ x: TensorHandle, into target: TensorHandle, adding: Bool) {
    guard x.count > 0 else { return }
    let view = view(of: target)
    let x = x.dense()
    withExtendedLifetime((x, view)) {
      view.strides.span.withUnsafeBufferPointer { strides in
        sizes.sizes.span.withUnsafeBufferPointer { sizes in
          spool_scatter_strided(
            x.scalarType.kernel, view.shape.rank, sizes.baseAddress, x.data, view.data,
            strides.baseAddress, adding)
        }
      }
    }
  }
}

/// y = zeros of a shape with x written into a region: the rule of `Slice`.  x̄ = that region of ȳ.
struct Unslice: Operation {
  static let name = "unslice"
  static let saves = Saved.nothing
  let region: Region
  let shape: Shape

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    _ = output.filled(with: 0)
    region.write(inputs[0], into: output, adding: false)
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    Tensor(apply(Slice(region: region), ȳ.handle))
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    guard operands[0].isRow else { return Self.commonRowKind(operands) }
    return region.takesAllRows(of: output) ? .row : .entangled
  }

  func withRows(_ count: Int) -> Unslice {
    Unslice(region: region.withRows(count), shape: shape.withRows(count))
  }
}

/// y = x with a region replaced by v;  x̄ = ȳ with the region cleared,  v̄ = the region of ȳ.
struct ReplaceSlice: Operation {
  static let name = "replaceSlice"
  static let saves = Saved.nothing
  let region: Region

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(inputs[0].shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    Kernel.pointwise(SPOOL_COPY, output.scalarType, into: output, inputs[0])
    region.write(inputs[1], into: output, adding: false)
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    if input == 1 { return Tensor(apply(Slice(region: region), ȳ.handle)) }
    return Tensor(apply(self, ȳ.handle, Tensor<S>.zeros(region.sizes).handle))
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    guard operands.allSatisfy(\.isRow) else { return Self.commonRowKind(operands) }
    return region.takesAllRows(of: output) ? .row : .entangled
  }

  func withRows(_ count: Int) -> ReplaceSlice { ReplaceSlice(region: region.withRows(count)) }
}

/// What stands for one axis between the brackets of a tensor's subscript.
public enum AxisIndex: Sendable {
  /// One place; the axis is dropped. Negative places count from the end.
  case place(Int)
  /// The places from `lower` up to but not including `upper`, every `step`-th; nil bounds mean the
  /// ends of the axis, negative ones count from its end. A negative step runs backward.
  case range(lower: Int?, upper: Int?, step: Int)
  /// A new axis of size 1.
  case new
  /// As many whole axes as the other indices leave over.
  case ellipsis
}

/// A type that can stand between the brackets of a tensor's subscript: integers and Swift's ranges.
public protocol TensorIndex {
  /// What this index asks of its axis.
  var axisIndex: AxisIndex { get }
}

extension AxisIndex: TensorIndex {
  /// This index.
  public var axisIndex: AxisIndex { self }
}

extension TensorIndex where Self == AxisIndex {
  /// A new axis of size 1.
  public static var newAxis: AxisIndex { .new }
  /// As many whole axes as the other indices leave over: `x[.rest, 0]` is the first place of the last
  /// axis.
  public static var rest: AxisIndex { .ellipsis }
  /// A whole axis.
  public static var all: AxisIndex { .range(lower: nil, upper: nil, step: 1) }

  /// Every `step`-th place; a negative step runs backward from the end.
  public static func every(_ step: Int, from lower: Int? = nil, to upper: Int? = nil) -> AxisIndex {
    .range(lower: lower, upper: upper, step: step)
  }
}

extension Int: TensorIndex {
  /// One place.
  public var axisIndex: AxisIndex { .place(self) }
}

extension Range<Int>: TensorIndex {
  /// The places of this range.
  public var axisIndex: AxisIndex { .range(lower: lowerBound, upper: upperBound, step: 1) }
}

extension ClosedRange<Int>: TensorIndex {
  /// The places of this range.
  public var axisIndex: AxisIndex { .range(lower: lowerBound, upper: upperBound + 1, step: 1) }
}

extension PartialRangeFrom<Int>: TensorIndex {
  /// The places from here on.
  public var axisIndex: AxisIndex { .range(lower: lowerBound, upper: nil, step: 1) }
}

extension PartialRangeUpTo<Int>: TensorIndex {
  /// The places before here.
  public var axisIndex: AxisIndex { .range(lower: nil, upper: upperBound, step: 1) }
}

extension PartialRangeThrough<Int>: TensorIndex {
  /// The places up to and with this one.
  public var axisIndex: AxisIndex {
    .range(lower: nil, upper: upperBound == -1 ? nil : upperBound + 1, step: 1)
  }
}

extension Tensor {
  /// A part of this tensor, one index for each axis from the first: `x[0]`, `x[-1]`, `x[1..<3, 0...]`,
  /// `x[.rest, .every(2)]`, `x[.newAxis]`. Traps where an index lies outside its axis.
  ///
  /// Assignment replaces that part (with broadcasting); gradients flow through both sides.
  public subscript(_ indices: any TensorIndex...) -> Tensor {
    get {
      let (region, shape) = resolved(indices.map(\.axisIndex))
      let slice = Tensor(apply(Slice(region: region), handle))
      return shape == slice.shape ? slice : slice.reshaped(to: shape)
    }
    set {
      let (region, shape) = resolved(indices.map(\.axisIndex))
      let value = newValue.broadcasted(to: shape).reshaped(to: region.sizes)
      self = Tensor(apply(ReplaceSlice(region: region), handle, value.handle))
    }
  }

  private func resolved(_ indices: [AxisIndex]) -> (region: Region, shape: Shape) {
    let used = indices.reduce(0) { count, index in
      switch index {
      case .place, .range: count + 1
      case .new, .ellipsis: count
      }
    }
    guard used <= rank else {
      trap("subscript: \(used) indices for shape \(shape), which has \(rank) axes")
    }
    var region = Region(of: shape)
    var result = Shape()
    var axis = 0
    for index in indices {
      switch index {
      case .place(let place):
        let resolved = place < 0 ? place + shape[axis] : place
        guard (0..<shape[axis]).contains(resolved) else {
          trap("subscript: place \(place) is outside axis \(axis) of shape \(shape)")
        }
        region.starts[axis] = resolved
        region.sizes[axis] = 1
        axis += 1
      case .range(let lower, let upper, let step):
        region.select(lower, upper, step, axis: axis, of: shape)
        result.append(region.sizes[axis])
        axis += 1
      case .new: result.append(1)
      case .ellipsis:
        for _ in used..<rank {
          result.append(shape[axis])
          axis += 1
        }
      }
    }
    while axis < rank {
      result.append(shape[axis])
      axis += 1
    }
    return (region, result)
  }
}

extension Region {
  fileprivate mutating func select(
    _ lower: Int?, _ upper: Int?, _ step: Int, axis: Int, of shape: Shape
  ) {
    let size = shape[axis]
    guard step != 0 else { trap("subscript: the step along axis \(axis) is 0") }
    let start = lower.map { $0 < 0 ? $0 + size : $0 } ?? (step > 0 ? 0 : size - 1)
    let end = upper.map { $0 < 0 ? $0 + size : $0 } ?? (step > 0 ? size : -1)
    let isInside =
      step > 0
      ? (0...size).contains(start) && (0...size).contains(end)
      : (-1..<Swift.max(size, 1)).contains(start) && (-1...size).contains(end)
    guard isInside else {
      let bounds = "\(lower.map(String.init) ?? "")..<\(upper.map(String.init) ?? "")"
      trap("subscript: range \(bounds) is outside axis \(axis) of shape \(shape)")
    }
    let span = step > 0 ? end - start : start - end
    starts[axis] = start
    steps[axis] = step
    sizes[axis] = Swift.max(0, (span + abs(step) - 1) / abs(step))
  }
}
