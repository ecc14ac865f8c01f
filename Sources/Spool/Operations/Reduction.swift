import CKernels

/// The axes that an operation works along, resolved and in ascending order: a set of at most eight.
struct AxisSet: Hashable, Sendable {
  private var bits: UInt8 = 0

  init(_ axes: [Int]?, of shape: Shape, for operation: String) {
    guard let axes else {
      bits = UInt8(truncatingIfNeeded: (1 << shape.rank) - 1)
      return
    }
    for axis in axes {
      let resolved = shape.resolve(axis, for: operation)
      guard !contains(resolved) else {
        trap("\(operation): axis \(axis) is named twice in \(axes)")
      }
      bits |= 1 << UInt8(resolved)
    }
  }

  func contains(_ axis: Int) -> Bool { bits & (1 << UInt8(axis)) != 0 }

  /// `shape` with these axes of size 1.
  func kept(in shape: Shape) -> Shape {
    var result = shape
    for axis in 0..<shape.rank where contains(axis) { result[axis] = 1 }
    return result
  }

  /// `shape` without these axes.
  func removed(from shape: Shape) -> Shape {
    var result = Shape()
    for axis in 0..<shape.rank where !contains(axis) { result.append(shape[axis]) }
    return result
  }

  /// The number of elements along these axes.
  func count(in shape: Shape) -> Int {
    var product = 1
    for axis in 0..<shape.rank where contains(axis) { product *= shape[axis] }
    return product
  }
}

/// An operation that reduces axes of a tensor, which stay with size 1 (the public functions drop them).
protocol ReductionOperation: Operation {
  var axes: AxisSet { get }
  static var kernel: spool_reduction { get }
  static func resultType(_ input: ScalarType) -> ScalarType
}

extension ReductionOperation {
  static func resultType(_ input: ScalarType) -> ScalarType { input }

  func blockCode(of input: Shape) -> BlockCode? { .reduction(Self.kernel, axes) }

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(axes.kept(in: inputs[0].shape), Self.resultType(inputs[0].scalarType))
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (x, outer, count, inner) = inputs[0].arranged(reducing: axes)
    withExtendedLifetime(x) {
      spool_reduce(Self.kernel, x.scalarType.kernel, outer, count, inner, x.data, output.data)
    }
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    guard operands[0].isRow else { return Self.commonRowKind(operands) }
    if !axes.contains(0) { return .row }
    return Self.kernel == SPOOL_SUM ? .summed : .entangled
  }
}

extension TensorHandle {
  /// These elements as a dense [outer, count, inner] array whose middle axis holds `axes`.
  func arranged(reducing axes: AxisSet)
    -> (x: TensorHandle, outer: Int, count: Int, inner: Int)
  {
    let reduced = (0..<shape.rank).filter(axes.contains)
    let isAdjoining = reduced.indices.dropFirst().allSatisfy { reduced[$0] == reduced[$0 - 1] + 1 }
    if let first = reduced.first, let last = reduced.last, isAdjoining {
      let outer = shape[..<first].reduce(1, *)
      let inner = shape[(last + 1)...].reduce(1, *)
      return (dense(), outer, axes.count(in: shape), inner)
    }
    let order = (0..<shape.rank).filter { !axes.contains($0) } + reduced
    let permuted = Permute(permutation: Shape(order)).view(of: self).dense()
    return (permuted, axes.removed(from: shape).elementCount, axes.count(in: shape), 1)
  }
}

/// y = Σ x over axes,  x̄ = ȳ stretched over them.
struct Sum: ReductionOperation {
  static let name = "sum"
  static let kernel = SPOOL_SUM
  static let saves = Saved.nothing
  let axes: AxisSet

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    ȳ.broadcasted(to: at.shape(ofInput: 0))
  }
}

/// y = x summed to a shape that broadcasts to its own,  x̄ = ȳ broadcast. How the tape undoes broadcasting.
struct SumToShape: Operation {
  static let name = "sumToShape"
  static let saves = Saved.nothing
  let shape: Shape

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    Sum(axes: stretchedAxes(of: inputs[0].shape)).run(inputs, into: output)
  }

  /// The axes of `from` that broadcasting made.
  func stretchedAxes(of from: Shape) -> AxisSet {
    let extra = from.rank - shape.rank
    let stretched = (0..<from.rank).filter { axis in
      axis < extra || (shape[axis - extra] == 1 && from[axis] != 1)
    }
    return AxisSet(stretched, of: from, for: Self.name)
  }

  func blockCode(of input: Shape) -> BlockCode? {
    .reduction(SPOOL_SUM, stretchedAxes(of: input))
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    guard operands[0].isRow else { return Self.commonRowKind(operands) }
    let keepsRows = shape.rank == operands[0].shape.rank && shape[0] == operands[0].shape[0]
    return keepsRows ? .row : .summed
  }

  func withRows(_ count: Int) -> SumToShape {
    SumToShape(shape: shape.rank > 0 ? shape.withRows(count) : shape)
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    ȳ.broadcasted(to: at.shape(ofInput: 0))
  }
}

/// y = Π x over axes,  x̄ᵢ = ȳ Π_{j≠i} xⱼ, right also where some x are 0.
struct Product: ReductionOperation {
  static let name = "product"
  static let kernel = SPOOL_PRODUCT
  let axes: AxisSet

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let shape = at.shape(ofInput: 0)
    let reduced = (0..<shape.rank).filter(axes.contains)
    let order = (0..<shape.rank).filter { !axes.contains($0) } + reduced
    var inverse = order
    for (place, axis) in order.enumerated() { inverse[axis] = place }
    let permuted = at.x.permuted(order)
    let kept = permuted.shape.dropLast(reduced.count)
    let rows = permuted.reshaped(to: Shape(Array(kept) + [axes.count(in: shape)]))
    let before = cumulativeProduct(rows, exclusive: true)
    let after = cumulativeProduct(rows, exclusive: true, reversed: true)
    return ȳ * (before * after).reshaped(to: permuted.shape).permuted(inverse)
  }
}

/// y = max x over axes; ȳ goes to the elements that attain it, in equal parts.
struct MaximumOver: ReductionOperation {
  static let name = "maximum"
  static let kernel = SPOOL_MAXIMUM_OF
  static let saves: Saved = [.inputs, .output]
  let axes: AxisSet

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    shareAmongExtremes(ȳ, at, axes)
  }
}

/// y = min x over axes; ȳ goes to the elements that attain it, in equal parts.
struct MinimumOver: ReductionOperation {
  static let name = "minimum"
  static let kernel = SPOOL_MINIMUM_OF
  static let saves: Saved = [.inputs, .output]
  let axes: AxisSet

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    shareAmongExtremes(ȳ, at, axes)
  }
}

private func shareAmongExtremes<S: RealScalar>(
  _ ȳ: Tensor<S>, _ at: Recorded<S>, _ axes: AxisSet
) -> Tensor<S> {
  let attains: Tensor<S> = `where`(at.x .== at.output, 1, 0)
  let number = Tensor<S>(apply(Sum(axes: axes), attains.handle))
  return ȳ * attains / number
}

/// y = ln Σ eˣ over axes,  x̄ = ȳ e^(x − y), which is 0 where all x are −∞.
struct LogSumExp: ReductionOperation {
  static let name = "logSumExp"
  static let kernel = SPOOL_LOG_SUM_EXP
  static let saves: Saved = [.inputs, .output]
  let axes: AxisSet

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let y = at.output
    return ȳ * exp(at.x - `where`(y .== Tensor(-S.infinity), 0, y))
  }
}

/// y = √Σ x² over axes,  x̄ = ȳ x / y, which is taken to be 0 where y is 0.
struct EuclideanNorm: ReductionOperation {
  static let name = "norm"
  static let kernel = SPOOL_SUM_OF_SQUARES
  static let saves: Saved = [.inputs, .output]
  let axes: AxisSet

  /// Two kernels, so none of a block's.
  func blockCode(of input: Shape) -> BlockCode? { nil }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (x, outer, count, inner) = inputs[0].arranged(reducing: axes)
    withExtendedLifetime(x) {
      spool_reduce(Self.kernel, x.scalarType.kernel, outer, count, inner, x.data, output.data)
    }
    spool_pointwise_dense(
      SPOOL_SQRT, output.scalarType.kernel, output.count, output.data, output.data, nil, nil, 0)
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let isZero = at.output .== 0
    return `where`(isZero, 0, ȳ / `where`(isZero, 1, at.output)) * at.x
  }
}

/// The index along an axis of the greatest element.
struct ArgMax: ReductionOperation, NondifferentiableOperation {
  static let name = "argmax"
  static let kernel = SPOOL_ARGMAX
  let axes: AxisSet
  static func resultType(_ input: ScalarType) -> ScalarType { .int32 }
}

/// The index along an axis of the smallest element.
struct ArgMin: ReductionOperation, NondifferentiableOperation {
  static let name = "argmin"
  static let kernel = SPOOL_ARGMIN
  let axes: AxisSet
  static func resultType(_ input: ScalarType) -> ScalarType { .int32 }
}

/// Whether any element along axes is true.
struct AnyOf: ReductionOperation, NondifferentiableOperation {
  static let name = "any"
  static let kernel = SPOOL_ANY
  let axes: AxisSet
}

/// Whether all elements along axes are true.
struct AllOf: ReductionOperation, NondifferentiableOperation {
  static let name = "all"
  static let kernel = SPOOL_ALL
  let axes: AxisSet
}

extension Tensor {
  func reduced<Op: ReductionOperation, R: TensorScalar>(
    _ operation: Op, keepDims: Bool, as _: R.Type = R.self
  ) -> Tensor<R> {
    let kept = Tensor<R>(apply(operation, handle))
    return keepDims ? kept : kept.reshaped(to: operation.axes.removed(from: shape))
  }

  private func requireElements(along axes: AxisSet, for operation: String) {
    guard axes.count(in: shape) > 0 else {
      trap("\(operation): shape \(shape) has no elements along the axes to reduce")
    }
  }
}

extension Tensor where Scalar: NumericScalar {
  /// The sum over `axes`, over all when none are named. An empty sum is 0.
  public func sum(_ axes: Int..., keepDims: Bool = false) -> Tensor {
    sum(over: axes.isEmpty ? nil : axes, keepDims: keepDims)
  }

  /// The sum over `axes`; nil means all of them.
  public func sum(over axes: [Int]?, keepDims: Bool = false) -> Tensor {
    reduced(Sum(axes: AxisSet(axes, of: shape, for: "sum")), keepDims: keepDims)
  }

  /// The product over `axes`, over all when none are named. An empty product is 1.
  public func product(_ axes: Int..., keepDims: Bool = false) -> Tensor {
    let set = AxisSet(axes.isEmpty ? nil : axes, of: shape, for: "product")
    return reduced(Product(axes: set), keepDims: keepDims)
  }

  /// The greatest element over `axes`, over all when none are named; NaN if any is NaN. Equal greatest
  /// elements share the gradient.
  public func max(_ axes: Int..., keepDims: Bool = false) -> Tensor {
    let set = AxisSet(axes.isEmpty ? nil : axes, of: shape, for: "max")
    requireElements(along: set, for: "max")
    return reduced(MaximumOver(axes: set), keepDims: keepDims)
  }

  /// The smallest element over `axes`, over all when none are named; NaN if any is NaN. Equal smallest
  /// elements share the gradient.
  public func min(_ axes: Int..., keepDims: Bool = false) -> Tensor {
    let set = AxisSet(axes.isEmpty ? nil : axes, of: shape, for: "min")
    requireElements(along: set, for: "min")
    return reduced(MinimumOver(axes: set), keepDims: keepDims)
  }

  /// The index of the greatest element along `axis` (the first of equals; a NaN counts as greatest).
  public func argmax(_ axis: Int, keepDims: Bool = false) -> Tensor<Int32> {
    let set = AxisSet([axis], of: shape, for: "argmax")
    requireElements(along: set, for: "argmax")
    return reduced(ArgMax(axes: set), keepDims: keepDims)
  }

  /// The index of the smallest element along `axis` (the first of equals; a NaN counts as smallest).
  public func argmin(_ axis: Int, keepDims: Bool = false) -> Tensor<Int32> {
    let set = AxisSet([axis], of: shape, for: "argmin")
    requireElements(along: set, for: "argmin")
    return reduced(ArgMin(axes: set), keepDims: keepDims)
  }
}

extension Tensor where Scalar: RealScalar {
  /// The mean over `axes`, over all when none are named. The mean of nothing is NaN.
  public func mean(_ axes: Int..., keepDims: Bool = false) -> Tensor {
    mean(over: axes.isEmpty ? nil : axes, keepDims: keepDims)
  }

  /// The mean over `axes`; nil means all of them.
  public func mean(over axes: [Int]?, keepDims: Bool = false) -> Tensor {
    let number = AxisSet(axes, of: shape, for: "mean").count(in: shape)
    return sum(over: axes, keepDims: keepDims) / Scalar(number)
  }

  /// The variance over `axes`, over all when none are named: the mean of (x − mean x)², times
  /// n / (n − `correction`).
  public func variance(_ axes: Int..., correction: Int = 0, keepDims: Bool = false) -> Tensor {
    let axes = axes.isEmpty ? nil : axes
    let number = AxisSet(axes, of: shape, for: "variance").count(in: shape)
    let deviations = self - mean(over: axes, keepDims: true)
    let sum = square(deviations).sum(over: axes, keepDims: keepDims)
    return sum / Scalar(number - correction)
  }

  /// ln Σ eˣ over `axes`, over all when none are named, without overflow. Of nothing: −∞.
  public func logSumExp(_ axes: Int..., keepDims: Bool = false) -> Tensor {
    let set = AxisSet(axes.isEmpty ? nil : axes, of: shape, for: "logSumExp")
    return reduced(LogSumExp(axes: set), keepDims: keepDims)
  }

  /// The Euclidean norm √Σ x² over `axes`, over all when none are named. Its gradient at 0 is taken to
  /// be 0.
  public func norm(_ axes: Int..., keepDims: Bool = false) -> Tensor {
    let set = AxisSet(axes.isEmpty ? nil : axes, of: shape, for: "norm")
    return reduced(EuclideanNorm(axes: set), keepDims: keepDims)
  }
}

extension Tensor where Scalar == Bool {
  /// Whether any element over `axes` is true, over all when none are named.
  public func any(_ axes: Int..., keepDims: Bool = false) -> Tensor {
    let set = AxisSet(axes.isEmpty ? nil : axes, of: shape, for: "any")
    return reduced(AnyOf(axes: set), keepDims: keepDims)
  }

  /// Whether all elements over `axes` are true, over all when none are named.
  public func all(_ axes: Int..., keepDims: Bool = false) -> Tensor {
    let set = AxisSet(axes.isEmpty ? nil : axes, of: shape, for: "all")
    return reduced(AllOf(axes: set), keepDims: keepDims)
  }
}
