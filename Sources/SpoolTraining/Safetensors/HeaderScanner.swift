/// Reads the parts of JSON that a safetensors header is made of, byte by byte and without leniency.
///
/// General JSON readers disagree about duplicate keys, trailing commas, byte order marks and
/// numbers such as 1.0, so a file could show one model to a checker and another to a loader. This
/// one accepts what the JSON standard's grammar does, and of numbers only the natural ones.
struct HeaderScanner {
  private let bytes: [UInt8]
  private(set) var offset = 0
  private let file: String

  /// Scans `bytes`, which must be valid UTF-8, the header of `file`.
  init(_ bytes: [UInt8], file: String) {
    self.bytes = bytes
    self.file = file
  }

  /// An error about the byte at `offset`, by default the one that comes next.
  func failure(_ fault: SafetensorsError.Fault, at offset: Int? = nil) -> SafetensorsError {
    SafetensorsError(
      file: file, place: .byte(SafetensorsHeader.lengthSize + (offset ?? self.offset)), fault: fault
    )
  }

  /// The next byte as the character it stands for in ASCII, nil at the end. Bytes of longer
  /// characters come out as some other character above ASCII.
  private var next: Unicode.Scalar? {
    offset < bytes.count ? Unicode.Scalar(bytes[offset]) : nil
  }

  /// Goes past white space and says whether that was all.
  mutating func isAtEnd() -> Bool {
    skipWhitespace()
    return offset == bytes.count
  }

  private mutating func skipWhitespace() {
    while let next, next == " " || next == "\n" || next == "\r" || next == "\t" {
      offset += 1
    }
  }

  /// Goes past `character` if it comes next, white space aside.
  mutating func skip(_ character: Unicode.Scalar) -> Bool {
    skipWhitespace()
    guard next == character else { return false }
    offset += 1
    return true
  }

  /// Goes past `null` if it comes next, white space aside.
  mutating func skipNull() -> Bool {
    skipWhitespace()
    guard bytes[offset...].starts(with: "null".utf8) else { return false }
    offset += 4
    return true
  }

  /// Reads an object, `what` by name: calls `field` with each key and its offset, before its value.
  mutating func object(
    _ what: String,
    _ field: (inout HeaderScanner, _ key: String, _ offset: Int) throws(SafetensorsError) -> Void
  ) throws(SafetensorsError) {
    guard skip("{") else { throw failure(.expected(what)) }
    if skip("}") { return }
    repeat {
      skipWhitespace()
      let start = offset
      let key = try string("a name in quotation marks")
      guard skip(":") else { throw failure(.expected("\":\"")) }
      try field(&self, key, start)
    } while skip(",")
    guard skip("}") else { throw failure(.expected("\",\" or \"}\"")) }
  }

  /// Reads an array of natural numbers, `what` by name.
  mutating func naturalNumbers(_ what: String) throws(SafetensorsError) -> [Int] {
    guard skip("[") else { throw failure(.expected(what)) }
    if skip("]") { return [] }
    var numbers: [Int] = []
    repeat {
      numbers.append(try naturalNumber())
    } while skip(",")
    guard skip("]") else { throw failure(.expected("\",\" or \"]\"")) }
    return numbers
  }

  private mutating func naturalNumber() throws(SafetensorsError) -> Int {
    skipWhitespace()
    let start = offset
    var number = 0
    while let digit = next?.value, (0x30...0x39).contains(digit) {
      let (tens, overflow) = number.multipliedReportingOverflow(by: 10)
      let (sum, overflowOfSum) = tens.addingReportingOverflow(Int(digit - 0x30))
      if overflow || overflowOfSum { throw failure(.numberTooLarge, at: start) }
      number = sum
      offset += 1
    }
    let isEmpty = offset == start
    let hasLeadingZero = offset > start + 1 && bytes[start] == UInt8(ascii: "0")
    let goesOn = next == "." || next == "e" || next == "E"
    if isEmpty || hasLeadingZero || goesOn { throw failure(.notANaturalNumber, at: start) }
    return number
  }

  /// Reads a text in quotation marks, `what` by name.
  mutating func string(_ what: String) throws(SafetensorsError) -> String {
    guard skip("\"") else { throw failure(.expected(what)) }
    var text: [UInt8] = []
    while true {
      let start = offset
      while let next, next != "\"", next != "\\", next >= " " { offset += 1 }
      text += bytes[start..<offset]
      switch next {
      case "\"":
        offset += 1
        return String(decoding: text, as: UTF8.self)
      case "\\":
        text += Array(String(try escape()).utf8)
      case nil:
        throw failure(.expected("a closing quotation mark"))
      default:
        throw failure(.controlCharacter)
      }
    }
  }

  private mutating func escape() throws(SafetensorsError) -> Unicode.Scalar {
    let start = offset
    offset += 1
    let letter = next
    offset += 1
    switch letter {
    case "\"", "\\", "/": return letter!
    case "b": return "\u{8}"
    case "f": return "\u{C}"
    case "n": return "\n"
    case "r": return "\r"
    case "t": return "\t"
    case "u": break
    default: throw failure(.invalidEscape, at: start)
    }
    let unit = try hexadecimalUnit(escapeAt: start)
    if let scalar = Unicode.Scalar(unit) { return scalar }
    guard UTF16.isLeadSurrogate(unit), bytes[offset...].starts(with: "\\u".utf8) else {
      throw failure(.loneSurrogate, at: start)
    }
    offset += 2
    let trail = try hexadecimalUnit(escapeAt: offset - 2)
    guard UTF16.isTrailSurrogate(trail) else { throw failure(.loneSurrogate, at: start) }
    return Unicode.Scalar(0x10000 + (UInt32(unit) - 0xD800) << 10 + (UInt32(trail) - 0xDC00))!
  }

  private mutating func hexadecimalUnit(escapeAt start: Int) throws(SafetensorsError) -> UInt16 {
    var unit: UInt16 = 0
    for _ in 0..<4 {
      guard let next, next.isASCII, let digit = Character(next).hexDigitValue else {
        throw failure(.invalidEscape, at: start)
      }
      unit = unit << 4 | UInt16(digit)
      offset += 1
    }
    return unit
  }
}
