import Testing

@testable import SpoolTraining

@Suite struct SafetensorsScalarTests {
  func file(_ dtype: SafetensorsDType, shape: [Int], _ bytes: [UInt8]) throws -> SafetensorsFile {
    let tensor = SafetensorsTensor(name: "a", dtype: dtype, shape: shape, bytes: bytes)
    return try SafetensorsFile(
      contents: SafetensorsFile.encode([tensor], path: "model"), path: "model")
  }

  @Test func everyHalfPrecisionNumber() {
    for bits in UInt16.min...UInt16.max {
      let expected = Float(Float16(bitPattern: bits))
      let found = Float(halfPrecision: bits)
      // A signalling NaN becomes a quiet one in the processor's conversion, not in ours.
      if found.bitPattern != expected.bitPattern, !(found.isNaN && expected.isNaN) {
        Issue.record("half precision \(bits): \(found), not \(expected)")
      }
    }
  }

  @Test func shorterTypesAreReadWithoutLoss() throws {
    let bfloat = try file(.bfloat16, shape: [2], [0x80, 0x3F, 0x49, 0xC0])
    #expect(try bfloat.values(of: "a") == [1, -3.140625] as [Float])
    #expect(try bfloat.values(of: "a") == [1, -3.140625] as [Double])
    let half = try file(.float16, shape: [1], [0x00, 0xC0])
    #expect(try half.values(of: "a") == [-2] as [Double])
    #expect(try file(.int8, shape: [2], [0xFF, 0x7F]).values(of: "a") == [-1, 127] as [Int32])
    #expect(try file(.uint8, shape: [1], [0xFF]).values(of: "a") == [255] as [Int32])
    #expect(try file(.int16, shape: [1], [0xFE, 0xFF]).values(of: "a") == [-2] as [Int32])
    #expect(try file(.uint16, shape: [1], [0xFE, 0xFF]).values(of: "a") == [65_534] as [Int32])
  }

  @Test func everyByteButZeroIsTrue() throws {
    #expect(try file(.bool, shape: [3], [0, 2, 255]).values(of: "a") == [false, true, true])
  }

  @Test func longerTypesAreRefused() throws {
    let double = try file(.float64, shape: [1], [UInt8](repeating: 0, count: 8))
    let error = #expect(throws: SafetensorsError.self) { try double.values(of: "a") as [Float] }
    #expect(error?.fault == .wrongDType(.float64, wanted: "Float"))
    #expect(
      error?.description == "model: tensor \"a\": elements of type F64 cannot be read as Float "
        + "without loss; convert the tensor in the program that wrote the file")
    #expect(throws: SafetensorsError.self) { try double.values(of: "a") as [Int32] }
    #expect(throws: SafetensorsError.self) { try double.values(of: "a") as [Bool] }
    let integer = try file(.int32, shape: [1], [0, 0, 0, 0])
    #expect(throws: SafetensorsError.self) { try integer.values(of: "a") as [Double] }
  }

  @Test func aTensorThatIsNotThere() throws {
    let error = #expect(throws: SafetensorsError.self) {
      try file(.uint8, shape: [], [0]).values(of: "\u{1B}b") as [Int32]
    }
    #expect(error?.place == .tensor("\u{1B}b"))
    #expect(error?.fault == .missingTensor)
    #expect(error?.description.hasPrefix("model: tensor \"\\u{1B}b\": the file has no") == true)
  }

  @Test func numbersThatAreNotFinite() throws {
    for number in [Float.infinity, -.infinity, .nan] {
      let tensor = SafetensorsTensor(name: "a", shape: [3], values: [1, number, number])
      let file = try SafetensorsFile(
        contents: SafetensorsFile.encode([tensor], path: "model"), path: "model")
      let read: [Float] = try file.values(of: "a")
      #expect(read[1].bitPattern == number.bitPattern)
      let error = #expect(throws: SafetensorsError.self) {
        try file.values(of: "a", as: Float.self, nonFinite: .refuse)
      }
      #expect(error?.fault == .notFinite(index: 1))
    }
  }
}
