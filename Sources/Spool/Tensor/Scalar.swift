import CKernels

/// A type of number that a tensor can hold: `Float`, `Double`, `Int32` (indices) or `Bool` (masks).
public protocol TensorScalar: Sendable, Hashable {
  /// The scalar type as the kernels know it.
  static var scalarType: ScalarType { get }
}

/// A scalar that can be added and multiplied: `Float`, `Double` or `Int32`.
public protocol NumericScalar: TensorScalar, Numeric, Comparable {
  /// The nearest value of this type (truncated, for an integer).
  init(_ value: Double)
  /// This value as a `Double`.
  var asDouble: Double { get }
}

/// A real scalar, for which derivatives are defined: `Float` or `Double`.
public protocol RealScalar: NumericScalar, BinaryFloatingPoint {}

/// The scalar types at run time.
public enum ScalarType: UInt8, Sendable, CustomStringConvertible {
  /// Single precision.
  case float
  /// Double precision.
  case double
  /// 32-bit integers, for indices.
  case int32
  /// Truth values, for masks.
  case bool

  /// The Swift name: "Float", "Double", "Int32" or "Bool".
  public var description: String {
    switch self {
    case .float: "Float"
    case .double: "Double"
    case .int32: "Int32"
    case .bool: "Bool"
    }
  }

  /// Bytes of one scalar.
  public var byteCount: Int {
    switch self {
    case .float, .int32: 4
    case .double: 8
    case .bool: 1
    }
  }

  var isReal: Bool { self == .float || self == .double }

  var kernel: spool_dtype { spool_dtype(rawValue: rawValue) }
}

extension Float: RealScalar {
  /// Single precision.
  public static var scalarType: ScalarType { .float }
  /// This value as a `Double`.
  public var asDouble: Double { Double(self) }
}

extension Double: RealScalar {
  /// Double precision.
  public static var scalarType: ScalarType { .double }
  /// This value.
  public var asDouble: Double { self }
}

extension Int32: NumericScalar {
  /// 32-bit integers.
  public static var scalarType: ScalarType { .int32 }
  /// This value as a `Double`.
  public var asDouble: Double { Double(self) }
}

extension Bool: TensorScalar {
  /// Truth values.
  public static var scalarType: ScalarType { .bool }
}
