import CKernels

/// y = a where the mask holds, else b;  ā = ȳ where it holds, b̄ = ȳ where it doesn't. The side not chosen gets
/// exactly 0.
struct Where: PointwiseOperation {
  static let name = "where"
  static let kernel = SPOOL_WHERE
  static let typeInput = 1

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let mask = at.input(0, as: Bool.self)
    return input == 1 ? `where`(mask, ȳ, 0) : `where`(mask, 0, ȳ)
  }
}

/// y = max(a, b); ȳ goes to the greater, in halves to both where they are equal.
struct Maximum: PointwiseOperation {
  static let name = "max"
  static let kernel = SPOOL_MAXIMUM

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let (mine, other) = input == 0 ? (at.x, at.y) : (at.y, at.x)
    return share(of: ȳ, where: mine .> other, tied: mine .== other)
  }
}

/// y = min(a, b); ȳ goes to the smaller, in halves to both where they are equal.
struct Minimum: PointwiseOperation {
  static let name = "min"
  static let kernel = SPOOL_MINIMUM

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let (mine, other) = input == 0 ? (at.x, at.y) : (at.y, at.x)
    return share(of: ȳ, where: mine .< other, tied: mine .== other)
  }
}

private func share<S: RealScalar>(
  of ȳ: Tensor<S>, where isChosen: Tensor<Bool>, tied: Tensor<Bool>
) -> Tensor<S> {
  `where`(isChosen, ȳ, `where`(tied, 0.5 * ȳ, 0))
}

/// y = |x|,  x̄ = ȳ sign x (0 at 0).
struct Absolute: PointwiseOperation {
  static let name = "abs"
  static let kernel = SPOOL_ABS

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    ȳ * sign(at.x)
  }
}

/// y = −1, 0 or 1 as x is negative, zero or positive;  x̄ = 0.
struct Sign: PointwiseOperation {
  static let name = "sign"
  static let kernel = SPOOL_SIGN
  static let saves = Saved.nothing

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { nil }
}

/// `a` where the mask is true, else `b`, with broadcasting. The gradient of the side that is not chosen
/// is exactly 0, but a NaN in that side's own derivative still multiplies it: guard the input of `log`
/// or `sqrt`, not only its result.
public func `where`<S: TensorScalar>(
  _ mask: Tensor<Bool>, _ a: Tensor<S>, _ b: Tensor<S>
) -> Tensor<S> {
  Tensor(apply(Where(), Operands(mask.handle, a.handle, b.handle)))
}

/// The greater of each pair of elements, with broadcasting; NaN if either is.
public func max<S: NumericScalar>(_ a: Tensor<S>, _ b: Tensor<S>) -> Tensor<S> {
  a.pointwise(Maximum(), b)
}

/// The smaller of each pair of elements, with broadcasting; NaN if either is.
public func min<S: NumericScalar>(_ a: Tensor<S>, _ b: Tensor<S>) -> Tensor<S> {
  a.pointwise(Minimum(), b)
}

/// The absolute value of each element. The derivative at 0 is taken to be 0.
public func abs<S: NumericScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(Absolute()) }

/// The sign of each element: −1, 0 or 1.
public func sign<S: NumericScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(Sign()) }

/// Each element, or the nearest bound where it lies outside `range`. The derivative is 1 inside, 0 at
/// the bounds and outside.
public func clamp<S: RealScalar>(_ x: Tensor<S>, to range: ClosedRange<S>) -> Tensor<S> {
  let lower = Tensor(range.lowerBound)
  let upper = Tensor(range.upperBound)
  return `where`(x .<= lower, lower, `where`(x .>= upper, upper, x))
}
