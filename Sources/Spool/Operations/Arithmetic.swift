import CKernels

/// y = a + b,  ā = b̄ = ȳ.
struct Add: PointwiseOperation {
  static let name = "add"
  static let kernel = SPOOL_ADD
  static let saves = Saved.nothing

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { ȳ }
}

/// y = a − b,  ā = ȳ,  b̄ = −ȳ.
struct Subtract: PointwiseOperation {
  static let name = "subtract"
  static let kernel = SPOOL_SUBTRACT
  static let saves = Saved.nothing

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    input == 0 ? ȳ : -ȳ
  }
}

/// y = a b,  ā = ȳ b,  b̄ = ȳ a.
struct Multiply: PointwiseOperation {
  static let name = "multiply"
  static let kernel = SPOOL_MULTIPLY

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    ȳ * (input == 0 ? at.y : at.x)
  }
}

/// y = a / b,  ā = ȳ / b,  b̄ = −ȳ y / b.
struct Divide: PointwiseOperation {
  static let name = "divide"
  static let kernel = SPOOL_DIVIDE
  static let saves: Saved = [.inputs, .output]

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    input == 0 ? ȳ / at.y : -(ȳ * at.output) / at.y
  }
}

/// y = −x,  x̄ = −ȳ.
struct Negate: PointwiseOperation {
  static let name = "negate"
  static let kernel = SPOOL_NEGATE
  static let saves = Saved.nothing

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { -ȳ }
}

/// y = aᵇ,  ā = ȳ b aᵇ⁻¹,  b̄ = ȳ y log a. Where b = 0, ā is 0; where a = 0 and b ≥ 0, b̄ is 0: the limits
/// that keep 0 × ∞ out of gradients.
struct Power: PointwiseOperation {
  static let name = "pow"
  static let kernel = SPOOL_POWER
  static let saves: Saved = [.inputs, .output]

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let (a, b) = (at.x, at.y)
    if input == 0 {
      return `where`(b .== 0, 0, ȳ * b * pow(a, b - 1))
    }
    let isFlat = (a .== 0) .& (b .>= 0)
    return `where`(isFlat, 0, ȳ * at.output * log(`where`(isFlat, 1, a)))
  }
}

extension Tensor where Scalar: NumericScalar {
  /// The elementwise sum, with broadcasting.
  public static func + (a: Tensor, b: Tensor) -> Tensor { a.pointwise(Add(), b) }

  /// The elementwise difference, with broadcasting.
  public static func - (a: Tensor, b: Tensor) -> Tensor { a.pointwise(Subtract(), b) }

  /// The elementwise product, with broadcasting.
  public static func * (a: Tensor, b: Tensor) -> Tensor { a.pointwise(Multiply(), b) }

  /// The elementwise quotient, with broadcasting. `Int32` truncates, and gives 0 for a zero divisor.
  public static func / (a: Tensor, b: Tensor) -> Tensor { a.pointwise(Divide(), b) }

  /// The negative of each element.
  public static prefix func - (x: Tensor) -> Tensor { x.pointwise(Negate()) }

  /// Adds in place.
  public static func += (a: inout Tensor, b: Tensor) { a = a + b }

  /// Subtracts in place.
  public static func -= (a: inout Tensor, b: Tensor) { a = a - b }

  /// Multiplies in place.
  public static func *= (a: inout Tensor, b: Tensor) { a = a * b }

  /// Divides in place.
  public static func /= (a: inout Tensor, b: Tensor) { a = a / b }
}

/// aᵇ of each pair of elements, with broadcasting. NaN for a negative `a` with a fractional `b`.
public func pow<S: RealScalar>(_ a: Tensor<S>, _ b: Tensor<S>) -> Tensor<S> {
  a.pointwise(Power(), b)
}
