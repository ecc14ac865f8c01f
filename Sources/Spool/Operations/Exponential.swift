import CKernels

/// y = eˣ,  x̄ = ȳ y.
struct Exponential: PointwiseOperation {
  static let name = "exp"
  static let kernel = SPOOL_EXP
  static let saves = Saved.output

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { ȳ * at.output }
}

/// y = eˣ − 1,  x̄ = ȳ (y + 1).
struct ExponentialMinusOne: PointwiseOperation {
  static let name = "expm1"
  static let kernel = SPOOL_EXPM1
  static let saves = Saved.output

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    ȳ * (at.output + 1)
  }
}

/// y = ln x,  x̄ = ȳ / x.
struct Logarithm: PointwiseOperation {
  static let name = "log"
  static let kernel = SPOOL_LOG

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { ȳ / at.x }
}

/// y = ln (1 + x),  x̄ = ȳ / (1 + x).
struct LogarithmOfOnePlus: PointwiseOperation {
  static let name = "log1p"
  static let kernel = SPOOL_LOG1P

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { ȳ / (1 + at.x) }
}

/// y = √x,  x̄ = ȳ / 2y.
struct SquareRoot: PointwiseOperation {
  static let name = "sqrt"
  static let kernel = SPOOL_SQRT
  static let saves = Saved.output

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    0.5 * ȳ / at.output
  }
}

/// y = 1/√x,  x̄ = −ȳ y³ / 2.
struct ReciprocalSquareRoot: PointwiseOperation {
  static let name = "rsqrt"
  static let kernel = SPOOL_RSQRT
  static let saves = Saved.output

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let y = at.output
    return -0.5 * ȳ * y * square(y)
  }
}

/// y = x²,  x̄ = 2 ȳ x.
struct Square: PointwiseOperation {
  static let name = "square"
  static let kernel = SPOOL_SQUARE

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { 2 * ȳ * at.x }
}

/// y = 1/x,  x̄ = −ȳ y².
struct Reciprocal: PointwiseOperation {
  static let name = "reciprocal"
  static let kernel = SPOOL_RECIPROCAL
  static let saves = Saved.output

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    -ȳ * square(at.output)
  }
}

/// y = erf x = 2/√π ∫₀ˣ e^(−t²) dt,  x̄ = 2/√π ȳ e^(−x²).
struct ErrorFunction: PointwiseOperation {
  static let name = "erf"
  static let kernel = SPOOL_ERF

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    1.1283791670955126 * ȳ * exp(-square(at.x))
  }
}

/// e to the power of each element.
public func exp<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(Exponential()) }

/// eˣ − 1 of each element, accurate near 0.
public func expm1<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> {
  x.pointwise(ExponentialMinusOne())
}

/// The natural logarithm of each element; −∞ at 0, NaN below.
public func log<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(Logarithm()) }

/// ln (1 + x) of each element, accurate near 0.
public func log1p<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(LogarithmOfOnePlus()) }

/// The square root of each element. The derivative at 0 is infinite.
public func sqrt<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(SquareRoot()) }

/// 1/√x of each element.
public func rsqrt<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> {
  x.pointwise(ReciprocalSquareRoot())
}

/// The square of each element.
public func square<S: NumericScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(Square()) }

/// 1/x of each element.
public func reciprocal<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(Reciprocal()) }

/// The error function of each element.
public func erf<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(ErrorFunction()) }
