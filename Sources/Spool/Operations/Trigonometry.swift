import CKernels

/// y = sin x,  x̄ = ȳ cos x.
struct Sine: PointwiseOperation {
  static let name = "sin"
  static let kernel = SPOOL_SIN

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { ȳ * cos(at.x) }
}

/// y = cos x,  x̄ = −ȳ sin x.
struct Cosine: PointwiseOperation {
  static let name = "cos"
  static let kernel = SPOOL_COS

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { -ȳ * sin(at.x) }
}

/// The sine of each element, in radians.
public func sin<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(Sine()) }

/// The cosine of each element, in radians.
public func cos<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(Cosine()) }
