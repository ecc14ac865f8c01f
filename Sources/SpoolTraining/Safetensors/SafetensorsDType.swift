/// The element types of the safetensors format, by the names they have in the file.
public enum SafetensorsDType: String, Sendable, CaseIterable {
  /// Truth values, one byte each.
  case bool = "BOOL"
  /// Floating point: 1 sign, 2 exponent and 1 fraction bit.
  case float4E2M1 = "F4"
  /// Floating point: 1 sign, 2 exponent and 3 fraction bits.
  case float6E2M3 = "F6_E2M3"
  /// Floating point: 1 sign, 3 exponent and 2 fraction bits.
  case float6E3M2 = "F6_E3M2"
  /// Unsigned 8-bit integers.
  case uint8 = "U8"
  /// Signed 8-bit integers.
  case int8 = "I8"
  /// Floating point: 1 sign, 5 exponent and 2 fraction bits.
  case float8E5M2 = "F8_E5M2"
  /// Floating point: 1 sign, 4 exponent and 3 fraction bits.
  case float8E4M3 = "F8_E4M3"
  /// Powers of two: 8 exponent bits.
  case float8E8M0 = "F8_E8M0"
  /// Signed 16-bit integers.
  case int16 = "I16"
  /// Unsigned 16-bit integers.
  case uint16 = "U16"
  /// IEEE half precision.
  case float16 = "F16"
  /// The upper half of IEEE single precision.
  case bfloat16 = "BF16"
  /// Signed 32-bit integers.
  case int32 = "I32"
  /// Unsigned 32-bit integers.
  case uint32 = "U32"
  /// IEEE single precision.
  case float32 = "F32"
  /// Complex numbers of two IEEE single-precision parts.
  case complex64 = "C64"
  /// IEEE double precision.
  case float64 = "F64"
  /// Signed 64-bit integers.
  case int64 = "I64"
  /// Unsigned 64-bit integers.
  case uint64 = "U64"

  /// How many bits an element takes.
  public var bitsPerElement: Int {
    switch self {
    case .float4E2M1: 4
    case .float6E2M3, .float6E3M2: 6
    case .bool, .uint8, .int8, .float8E5M2, .float8E4M3, .float8E8M0: 8
    case .int16, .uint16, .float16, .bfloat16: 16
    case .int32, .uint32, .float32: 32
    case .complex64, .float64, .int64, .uint64: 64
    }
  }

  /// Throws unless a tensor of `shape` takes `byteCount` bytes.
  ///
  /// The outcome does not depend on the order of the axes: a shape whose other axes overflow is
  /// refused even if one axis is 0.
  func check(shape: [Int], byteCount: Int) throws(SafetensorsSizeFault) {
    var bits = bitsPerElement
    for axis in shape where axis != 0 {
      let (product, overflow) = bits.multipliedReportingOverflow(by: axis)
      if overflow || axis < 0 { throw .overflow }
      bits = product
    }
    if shape.contains(0) { bits = 0 }
    guard bits.isMultiple(of: 8) else { throw .fractionOfAByte }
    guard bits / 8 == byteCount else { throw .mismatch(needed: bits / 8, found: byteCount) }
  }
}

/// Why a shape does not give the size in bytes that it should.
enum SafetensorsSizeFault: Error {
  case overflow
  case fractionOfAByte
  case mismatch(needed: Int, found: Int)

  func fault(shape: [Int]) -> SafetensorsError.Fault {
    switch self {
    case .overflow: .sizeOverflow(shape: shape)
    case .fractionOfAByte: .fractionOfAByte
    case .mismatch(let needed, let found): .sizeMismatch(needed: needed, found: found)
    }
  }
}
