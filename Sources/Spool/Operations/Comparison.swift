import CKernels

/// A comparison of each pair of elements; the result is a mask.
protocol ComparisonOperation: PointwiseOperation, NondifferentiableOperation {}

extension ComparisonOperation {
  static func resultType(_ inputs: ScalarType) -> ScalarType { .bool }
}

struct Equal: ComparisonOperation {
  static let name = "equal"
  static let kernel = SPOOL_EQUAL
}

struct NotEqual: ComparisonOperation {
  static let name = "notEqual"
  static let kernel = SPOOL_NOT_EQUAL
}

struct Less: ComparisonOperation {
  static let name = "less"
  static let kernel = SPOOL_LESS
}

struct LessOrEqual: ComparisonOperation {
  static let name = "lessOrEqual"
  static let kernel = SPOOL_LESS_EQUAL
}

struct Greater: ComparisonOperation {
  static let name = "greater"
  static let kernel = SPOOL_GREATER
}

struct GreaterOrEqual: ComparisonOperation {
  static let name = "greaterOrEqual"
  static let kernel = SPOOL_GREATER_EQUAL
}

struct And: ComparisonOperation {
  static let name = "and"
  static let kernel = SPOOL_AND
}

struct Or: ComparisonOperation {
  static let name = "or"
  static let kernel = SPOOL_OR
}

struct Not: ComparisonOperation {
  static let name = "not"
  static let kernel = SPOOL_NOT
}

struct IsNaN: ComparisonOperation {
  static let name = "isNaN"
  static let kernel = SPOOL_IS_NAN
}

struct IsFinite: ComparisonOperation {
  static let name = "isFinite"
  static let kernel = SPOOL_IS_FINITE
}

infix operator .== : ComparisonPrecedence
infix operator .!= : ComparisonPrecedence
infix operator .< : ComparisonPrecedence
infix operator .<= : ComparisonPrecedence
infix operator .> : ComparisonPrecedence
infix operator .>= : ComparisonPrecedence
infix operator .& : LogicalConjunctionPrecedence
infix operator .| : LogicalDisjunctionPrecedence
prefix operator .!

extension Tensor {
  private func mask<Op: ComparisonOperation>(_ operation: Op, _ other: Tensor) -> Tensor<Bool> {
    Tensor<Bool>(apply(operation, handle, other.handle))
  }

  /// Where elements are equal, with broadcasting. NaN equals nothing.
  public static func .== (a: Tensor, b: Tensor) -> Tensor<Bool> { a.mask(Equal(), b) }

  /// Where elements differ, with broadcasting.
  public static func .!= (a: Tensor, b: Tensor) -> Tensor<Bool> { a.mask(NotEqual(), b) }

  /// Where a < b, with broadcasting.
  public static func .< (a: Tensor, b: Tensor) -> Tensor<Bool> { a.mask(Less(), b) }

  /// Where a ≤ b, with broadcasting.
  public static func .<= (a: Tensor, b: Tensor) -> Tensor<Bool> { a.mask(LessOrEqual(), b) }

  /// Where a > b, with broadcasting.
  public static func .> (a: Tensor, b: Tensor) -> Tensor<Bool> { a.mask(Greater(), b) }

  /// Where a ≥ b, with broadcasting.
  public static func .>= (a: Tensor, b: Tensor) -> Tensor<Bool> { a.mask(GreaterOrEqual(), b) }
}

extension Tensor where Scalar == Bool {
  /// Where both are true, with broadcasting.
  public static func .& (a: Tensor, b: Tensor) -> Tensor { a.mask(And(), b) }

  /// Where either is true, with broadcasting.
  public static func .| (a: Tensor, b: Tensor) -> Tensor { a.mask(Or(), b) }

  /// The opposite of each element.
  public static prefix func .! (x: Tensor) -> Tensor { Tensor(apply(Not(), x.handle)) }
}

extension Tensor where Scalar: RealScalar {
  /// Where elements are not a number.
  public var isNaN: Tensor<Bool> { Tensor<Bool>(apply(IsNaN(), handle)) }

  /// Where elements are neither infinite nor NaN.
  public var isFinite: Tensor<Bool> { Tensor<Bool>(apply(IsFinite(), handle)) }
}
