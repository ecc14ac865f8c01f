import SpoolData
import Testing

@Suite struct UTF8ValidationTests {
  /// Every boundary between the byte ranges that the Unicode Standard's table distinguishes.
  static let boundaries: [UInt8] = [
    0x00, 0x7F, 0x80, 0x8F, 0x90, 0x9F, 0xA0, 0xBF, 0xC0, 0xC1, 0xC2, 0xDF, 0xE0, 0xE1, 0xEC, 0xED,
    0xEE, 0xEF, 0xF0, 0xF1, 0xF3, 0xF4, 0xF5, 0xFF,
  ]

  func offset(_ bytes: [UInt8]) -> Int? {
    bytes.withUnsafeBytes(firstInvalidUTF8Offset)
  }

  @Test func agreesWithTheStandardLibraryOnAllBoundaries() {
    for lead in Self.boundaries {
      for second in Self.boundaries {
        for third in Self.boundaries {
          for fourth in Self.boundaries {
            let bytes = [lead, second, third, fourth]
            let valid = String(validating: bytes, as: UTF8.self) != nil
            if (offset(bytes) == nil) != valid { Issue.record("\(bytes)") }
          }
        }
      }
    }
  }

  @Test func namesTheFirstByteOfTheIllFormedSequence() {
    #expect(offset([]) == nil)
    #expect(offset(Array("plain text, and more: öäü 漢字 😀".utf8)) == nil)
    #expect(offset([0x61, 0xFF]) == 1)
    #expect(offset([0x61, 0xC3]) == 1)
    #expect(offset([0x61, 0xE6, 0xBC]) == 1)
    #expect(offset([0xC3, 0xB6, 0xED, 0xA0, 0x80]) == 2)
    for position in 0..<40 {
      var bytes = [UInt8](repeating: 0x61, count: 40)
      bytes[position] = 0x80
      #expect(offset(bytes) == position)
    }
  }
}
