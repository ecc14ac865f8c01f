/// Grey pictures in the PNG format (ISO/IEC 15948).
enum PNG {
  /// The file of a picture of `width` pixels a row, each 0, black, to 255, white.
  static func bytes(_ pixels: [UInt8], width: Int) -> [UInt8] {
    let height = width == 0 ? 0 : pixels.count / width
    // Bit depth 8, colour type grey, the only compression and filter methods, not interlaced.
    let header = bigEndian(UInt32(width)) + bigEndian(UInt32(height)) + [8, 0, 0, 0, 0]
    // Each row starts with the number of its filter; 0 is none.
    let rows = (0..<height).flatMap { row -> [UInt8] in
      [0] + pixels[(row * width)..<((row + 1) * width)]
    }
    let signature: [UInt8] = [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A]
    return signature + chunk("IHDR", header) + chunk("IDAT", zlib(rows)) + chunk("IEND", [])
  }

  private static func chunk(_ name: String, _ data: [UInt8]) -> [UInt8] {
    let content = Array(name.utf8) + data
    return bigEndian(UInt32(data.count)) + content + bigEndian(crc(content))
  }

  private static func bigEndian(_ number: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: number >> $0) }
  }

  private static func crc(_ bytes: [UInt8]) -> UInt32 {
    ~bytes.reduce(~0) { crc, byte in
      (0..<8).reduce(crc ^ UInt32(byte)) { crc, _ -> UInt32 in
        crc & 1 == 1 ? crc >> 1 ^ 0xEDB8_8320 : crc >> 1
      }
    }
  }

  /// `bytes` in the zlib format (RFC 1950), as one deflate block with the fixed codes (RFC 1951). What repeats is
  /// found only where one byte follows itself: backgrounds.
  static func zlib(_ bytes: [UInt8]) -> [UInt8] {
    var bits = BitWriter()
    // The last block; its codes are the fixed ones.
    bits.append(1, count: 1)
    bits.append(1, count: 2)
    var place = 0
    while place < bytes.count {
      let run = bytes[place...].prefix(259).prefix { $0 == bytes[place] }.count
      bits.append(literal: Int(bytes[place]))
      place += 1
      if run > 3 {
        bits.append(length: run - 1)
        // The distance code of 1, five bits.
        bits.append(0, count: 5)
        place += run - 1
      }
    }
    bits.append(literal: 256)
    return [0x78, 0x01] + bits.bytes + bigEndian(adler(bytes))
  }

  private static func adler(_ bytes: [UInt8]) -> UInt32 {
    var (a, b) = (UInt32(1), UInt32(0))
    for byte in bytes {
      a = (a + UInt32(byte)) % 65521
      b = (b + a) % 65521
    }
    return b << 16 | a
  }
}

/// The bits of a deflate stream.
private struct BitWriter {
  private(set) var bytes: [UInt8] = []
  private var used = 8

  /// The lowest `count` bits of `value`, the lowest first.
  mutating func append(_ value: Int, count: Int) {
    for bit in 0..<count {
      if used == 8 {
        bytes.append(0)
        used = 0
      }
      bytes[bytes.count - 1] |= UInt8(value >> bit & 1) << used
      used += 1
    }
  }

  /// Codes go the other way round: their highest bit comes first.
  private mutating func append(code: Int, count: Int) {
    for bit in (0..<count).reversed() { append(code >> bit, count: 1) }
  }

  /// The fixed code of a literal, of the end (256) or of a length (above).
  mutating func append(literal: Int) {
    switch literal {
    case ..<144: append(code: 0x30 + literal, count: 8)
    case ..<256: append(code: 0x190 + literal - 144, count: 9)
    case ..<280: append(code: literal - 256, count: 7)
    default: append(code: 0xC0 + literal - 280, count: 8)
    }
  }

  /// The code of a length from 3 to 258, with the bits that tell it from others of its code.
  mutating func append(length: Int) {
    guard length < 258 else { return append(literal: 285) }
    // Codes come in fours of equal width: 3…10 have no bits, 11…18 one, 19…34 two, and so on.
    let beyond = length - 3
    let extra = max(0, Int.bitWidth - beyond.leadingZeroBitCount - 3)
    append(literal: 257 + 4 * extra + beyond >> extra)
    append(beyond & (1 << extra - 1), count: extra)
  }
}
