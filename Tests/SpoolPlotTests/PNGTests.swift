import Testing

@testable import SpoolPlot

@Suite struct PNGTests {
  @Test func checksumsAndChunks() {
    // A picture of 2 × 1, as zlib and PNG say it byte for byte.
    let bytes = PNG.bytes([0, 255], width: 2)
    #expect(Array(bytes.prefix(8)) == [137, 80, 78, 71, 13, 10, 26, 10])
    #expect(
      Array(bytes[8..<33])
        == [0, 0, 0, 13, 73, 72, 68, 82, 0, 0, 0, 2, 0, 0, 0, 1, 8, 0, 0, 0, 0]
        + [0xD1, 0x49, 0x20, 0x56])
    // The end's chunk is the same in every file.
    #expect(Array(bytes.suffix(12)) == [0, 0, 0, 0, 73, 69, 78, 68, 0xAE, 0x42, 0x60, 0x82])
  }

  @Test func theStreamGivesTheBytesBack() throws {
    let runs = (1...300).flatMap { [UInt8](repeating: UInt8($0 % 251), count: $0) }
    let all = (0...255).map { UInt8($0) }
    for bytes in [[], [7], all, runs, [UInt8](repeating: 0, count: 1000)] {
      let stream = PNG.zlib(bytes)
      #expect(inflated(stream) == bytes)
    }
    #expect(PNG.zlib([UInt8](repeating: 0, count: 1000)).count < 20)
  }

  /// The bytes of a zlib stream of one block with fixed codes, read by the tables of RFC 1951.
  private func inflated(_ stream: [UInt8]) -> [UInt8]? {
    guard stream.prefix(2) == [0x78, 0x01] else { return nil }
    let bits = stream.dropFirst(2).dropLast(4).flatMap { byte in (0..<8).map { byte >> $0 & 1 } }
    var place = 0
    func bit() -> Int {
      defer { place += 1 }
      return Int(bits[place])
    }
    func number(_ count: Int) -> Int { (0..<count).reduce(0) { $0 | bit() << $1 } }
    func symbol() -> Int {
      var code = (0..<7).reduce(0) { code, _ in code << 1 | bit() }
      if code < 24 { return 256 + code }
      code = code << 1 | bit()
      if (48...191).contains(code) { return code - 48 }
      if (192...199).contains(code) { return 280 + code - 192 }
      return 144 + (code << 1 | bit()) - 400
    }
    let bases = [
      3, 4, 5, 6, 7, 8, 9, 10, 11, 13, 15, 17, 19, 23, 27, 31, 35, 43, 51, 59, 67, 83, 99, 115,
      131, 163, 195, 227, 258,
    ]
    let widths = [Int](repeating: 0, count: 8) + (1...5).flatMap { [$0, $0, $0, $0] } + [0]
    guard number(1) == 1, number(2) == 1 else { return nil }
    var result: [UInt8] = []
    while true {
      let symbol = symbol()
      if symbol < 256 {
        result.append(UInt8(symbol))
      } else if symbol == 256 {
        return result
      } else {
        let length = bases[symbol - 257] + number(widths[symbol - 257])
        // The five bits of the distance 1.
        guard number(5) == 0, let last = result.last else { return nil }
        result += [UInt8](repeating: last, count: length)
      }
    }
  }
}
