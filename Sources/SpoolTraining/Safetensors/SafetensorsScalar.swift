/// A Swift type that tensors can be saved as and read as.
///
/// Reading converts between element types only where every value is kept: half and single precision
/// can be read as `Double`, double precision cannot be read as `Float`.
public protocol SafetensorsScalar {
  /// The element type that values of this type are saved as.
  static var dtype: SafetensorsDType { get }

  /// The values that `bytes` hold as elements of `dtype`; nil if not all of its values fit.
  static func values(in bytes: UnsafeRawBufferPointer, of dtype: SafetensorsDType) -> [Self]?

  /// The bytes that `values` have in a file.
  static func bytes(of values: [Self]) -> [UInt8]

  /// Whether the value is a number: neither infinite nor NaN.
  var isFinite: Bool { get }
}

#if _endian(big)
  #error("safetensors files are little-endian; reading them here needs a swap of bytes")
#endif

/// The elements of `bytes` as they are.
private func copy<Element: BitwiseCopyable>(
  _ bytes: UnsafeRawBufferPointer, as: Element.Type
) -> [Element] {
  [Element](unsafeUninitializedCapacity: bytes.count / MemoryLayout<Element>.stride) {
    buffer, count in
    UnsafeMutableRawBufferPointer(buffer).copyMemory(from: bytes)
    count = bytes.count / MemoryLayout<Element>.stride
  }
}

extension Float: SafetensorsScalar {
  /// Single precision.
  public static var dtype: SafetensorsDType { .float32 }

  /// Reads single precision, and half precision in both formats.
  public static func values(
    in bytes: UnsafeRawBufferPointer, of dtype: SafetensorsDType
  ) -> [Float]? {
    switch dtype {
    case .float32: copy(bytes, as: Float.self)
    case .float16: copy(bytes, as: UInt16.self).map(Float.init(halfPrecision:))
    case .bfloat16: copy(bytes, as: UInt16.self).map { Float(bitPattern: UInt32($0) << 16) }
    default: nil
    }
  }

  /// The bytes in single precision.
  public static func bytes(of values: [Float]) -> [UInt8] {
    values.withUnsafeBytes { Array($0) }
  }

  /// The number whose IEEE half-precision representation is `bits`.
  init(halfPrecision bits: UInt16) {
    let sign = UInt32(bits >> 15) << 31
    let exponent = UInt32(bits >> 10 & 0x1F)
    let fraction = UInt32(bits & 0x3FF)
    switch exponent {
    case 0:
      // Zero and the numbers below the smallest normal one, which are multiples of 2⁻²⁴.
      let magnitude = Float(fraction) * 0x1p-24
      self = Float(bitPattern: magnitude.bitPattern | sign)
    case 0x1F:
      self = Float(bitPattern: sign | 0x7F80_0000 | fraction << 13)
    default:
      self = Float(bitPattern: sign | (exponent + 112) << 23 | fraction << 13)
    }
  }
}

extension Double: SafetensorsScalar {
  /// Double precision.
  public static var dtype: SafetensorsDType { .float64 }

  /// Reads double precision and everything that can be read as `Float`.
  public static func values(
    in bytes: UnsafeRawBufferPointer, of dtype: SafetensorsDType
  ) -> [Double]? {
    dtype == .float64
      ? copy(bytes, as: Double.self) : Float.values(in: bytes, of: dtype)?.map(Double.init)
  }

  /// The bytes in double precision.
  public static func bytes(of values: [Double]) -> [UInt8] {
    values.withUnsafeBytes { Array($0) }
  }
}

extension Int32: SafetensorsScalar {
  /// Signed 32-bit integers.
  public static var dtype: SafetensorsDType { .int32 }

  /// Reads signed 32-bit integers and all shorter ones.
  public static func values(
    in bytes: UnsafeRawBufferPointer, of dtype: SafetensorsDType
  ) -> [Int32]? {
    switch dtype {
    case .int32: copy(bytes, as: Int32.self)
    case .int16: copy(bytes, as: Int16.self).map(Int32.init)
    case .uint16: copy(bytes, as: UInt16.self).map(Int32.init)
    case .int8: copy(bytes, as: Int8.self).map(Int32.init)
    case .uint8: copy(bytes, as: UInt8.self).map(Int32.init)
    default: nil
    }
  }

  /// The bytes of signed 32-bit integers.
  public static func bytes(of values: [Int32]) -> [UInt8] {
    values.withUnsafeBytes { Array($0) }
  }

  /// True: every integer is a number.
  public var isFinite: Bool { true }
}

extension Bool: SafetensorsScalar {
  /// Truth values.
  public static var dtype: SafetensorsDType { .bool }

  /// Reads truth values; every byte but 0 is true.
  public static func values(
    in bytes: UnsafeRawBufferPointer, of dtype: SafetensorsDType
  ) -> [Bool]? {
    dtype == .bool ? bytes.map { $0 != 0 } : nil
  }

  /// One byte for each value, 0 or 1.
  public static func bytes(of values: [Bool]) -> [UInt8] {
    values.map { $0 ? 1 : 0 }
  }

  /// True.
  public var isFinite: Bool { true }
}

extension SafetensorsFile {
  /// What to do about numbers that are infinite or NaN.
  public enum NonFinite: Sendable {
    /// Read them like any other.
    case allow
    /// Throw, naming the first.
    case refuse
  }

  /// The elements of the tensor of this name, row by row.
  ///
  /// Throws if there is no such tensor, or if its element type cannot be read as `Scalar` with every
  /// value kept, or if an element is not finite and that is to be refused.
  public func values<Scalar: SafetensorsScalar>(
    of name: String, as: Scalar.Type = Scalar.self, nonFinite: NonFinite = .allow
  ) throws(SafetensorsError) -> [Scalar] {
    let tensor = try tensor(name)
    let values = bytes(of: tensor).withUnsafeBytes { Scalar.values(in: $0, of: tensor.dtype) }
    guard let values else {
      throw failure(.wrongDType(tensor.dtype, wanted: "\(Scalar.self)"), tensor: name)
    }
    if nonFinite == .refuse, let index = values.firstIndex(where: { !$0.isFinite }) {
      throw failure(.notFinite(index: index), tensor: name)
    }
    return values
  }
}
