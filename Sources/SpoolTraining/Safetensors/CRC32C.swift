/// The cyclic redundancy check CRC-32C (Castagnoli): detects every error of up to 32 bits in a row.
///
/// The polynomial is 0x1EDC6F41, processed from the lowest bit, eight bytes at a time with one table
/// per byte (Kounavis and Berry, 2005).
struct CRC32C {
  private var remainder = UInt32.max

  /// The check value of everything added so far.
  var value: UInt32 { ~remainder }

  /// Adds `bytes` to the end of what is checked.
  mutating func add(_ bytes: UnsafeRawBufferPointer) {
    remainder = Self.tables.withUnsafeBufferPointer { tables in
      var remainder = remainder
      var offset = 0
      while offset + 8 <= bytes.count {
        let eight = UInt64(
          littleEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self))
        let mixed = eight ^ UInt64(remainder)
        remainder = 0
        for place in 0..<8 {
          let byte = Int(mixed >> (8 * UInt64(place)) & 0xFF)
          remainder ^= tables[(7 - place) * 256 + byte]
        }
        offset += 8
      }
      for byte in bytes[offset...] {
        remainder = tables[Int(UInt8(truncatingIfNeeded: remainder) ^ byte)] ^ remainder >> 8
      }
      return remainder
    }
  }

  /// Adds the text in UTF-8 and a zero byte, so that "ab", "c" and "a", "bc" differ.
  mutating func add(_ text: String) {
    var text = text + "\0"
    text.withUTF8 { add(UnsafeRawBufferPointer($0)) }
  }

  /// Adds a number as eight bytes.
  mutating func add(_ number: Int) {
    withUnsafeBytes(of: number.littleEndian) { add($0) }
  }

  /// Table t holds the remainders of a byte followed by t zero bytes.
  private static let tables: [UInt32] = {
    var tables: [UInt32] = (0..<256).map { byte in
      (0..<8).reduce(UInt32(byte)) { rest, _ in rest >> 1 ^ (rest & 1 == 0 ? 0 : 0x82F6_3B78) }
    }
    for index in 256..<2048 {
      let shorter = tables[index - 256]
      tables.append(tables[Int(shorter & 0xFF)] ^ shorter >> 8)
    }
    return tables
  }()
}
