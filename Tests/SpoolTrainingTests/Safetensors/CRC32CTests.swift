import Testing

@testable import SpoolTraining

/// The check values that RFC 3720 (2004), appendix B.4 gives.
@Suite struct CRC32CTests {
  func check(_ bytes: [UInt8], pieces: Int = .max) -> UInt32 {
    var check = CRC32C()
    var rest = bytes[...]
    while !rest.isEmpty {
      rest.prefix(pieces).withUnsafeBytes { check.add($0) }
      rest = rest.dropFirst(pieces)
    }
    return check.value
  }

  @Test func publishedValues() {
    #expect(check([]) == 0)
    #expect(check(Array("123456789".utf8)) == 0xE306_9283)
    #expect(check([UInt8](repeating: 0, count: 32)) == 0x8A91_36AA)
    #expect(check([UInt8](repeating: 0xFF, count: 32)) == 0x62A8_AB43)
    #expect(check(Array(0..<32)) == 0x46DD_794E)
    #expect(check((0..<32).reversed()) == 0x113F_DB5C)
  }

  @Test func piecesMakeNoDifference() {
    let bytes = (0..<100).map { UInt8($0 * 7 % 256) }
    for pieces in 1...17 {
      #expect(check(bytes, pieces: pieces) == check(bytes))
    }
  }

  @Test func bordersBetweenTextsCount() {
    func check(_ texts: String...) -> UInt32 {
      var check = CRC32C()
      for text in texts { check.add(text) }
      return check.value
    }
    #expect(check("ab", "c") != check("a", "bc"))
  }
}
