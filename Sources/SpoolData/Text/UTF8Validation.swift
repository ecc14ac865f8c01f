/// The offset of the first byte that is not part of well-formed UTF-8, or nil if all of it is.
///
/// Well-formed as in the Unicode Standard, table 3-7: no overlong forms, no surrogates, nothing
/// above U+10FFFF. The offset is that of the ill-formed sequence's first byte.
package func firstInvalidUTF8Offset(in bytes: UnsafeRawBufferPointer) -> Int? {
  var index = 0
  while index < bytes.count {
    if index + 8 <= bytes.count,
      bytes.loadUnaligned(fromByteOffset: index, as: UInt64.self) & 0x8080_8080_8080_8080 == 0
    {
      index += 8
      continue
    }
    guard let length = sequenceLength(at: index, in: bytes) else { return index }
    index += length
  }
  return nil
}

/// The length of the character that starts at `index`, or nil if none does.
private func sequenceLength(at index: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
  let lead = bytes[index]
  let length: Int
  var second: ClosedRange<UInt8> = 0x80...0xBF
  switch lead {
  case 0x00...0x7F: return 1
  case 0xC2...0xDF: length = 2
  case 0xE0:  // Lower second bytes would be overlong.
    length = 3
    second = 0xA0...0xBF
  case 0xED:  // Higher ones would be surrogates.
    length = 3
    second = 0x80...0x9F
  case 0xE1...0xEF: length = 3
  case 0xF0:  // Overlong again.
    length = 4
    second = 0x90...0xBF
  case 0xF4:  // Above U+10FFFF.
    length = 4
    second = 0x80...0x8F
  case 0xF1...0xF3: length = 4
  default: return nil
  }
  guard index + length <= bytes.count, second.contains(bytes[index + 1]) else { return nil }
  for next in (index + 2)..<max(index + length, index + 2) where bytes[next] & 0xC0 != 0x80 {
    return nil
  }
  return length
}
