import Foundation
import SpoolData
import Testing
import TestSupport

@testable import SpoolTraining

@Suite struct SafetensorsReadingTests {
  func read(_ header: String, data: Int = 4) throws -> SafetensorsHeader {
    try SafetensorsFile(contents: safetensors(header, data: data), path: "model").header
  }

  // MARK: What must be accepted

  @Test func noTensors() throws {
    #expect(try read("{}", data: 0).tensors == [])
  }

  @Test func whiteSpaceAnywhere() throws {
    let header = try read(
      " \n\t\r{ \"a\" : { \"dtype\" : \"U8\" , \"shape\" : [ 2 , 2 ] , \"data_offsets\" : [ 0 , 4 ] } } \n"
    )
    #expect(header["a"]?.shape == [2, 2])
  }

  @Test func fieldsInAnyOrder() throws {
    let header = try read("{\"a\":{\"data_offsets\":[0,4],\"dtype\":\"F32\",\"shape\":[]}}")
    #expect(header["a"] == .init(name: "a", dtype: .float32, shape: [], byteRange: 0..<4))
  }

  @Test func tensorsInAnyOrder() throws {
    let header = try read(
      "{\(entry("b", offsets: "[4,8]")),\(entry("a", offsets: "[0,4]"))}", data: 8)
    #expect(header.tensors.map(\.name) == ["b", "a"])
    #expect(header["b"]?.byteRange == 4..<8)
  }

  @Test func tensorsWithoutElementsTakeNoRoom() throws {
    func empty(_ name: String, at offset: Int) -> String {
      entry(name, dtype: "\"F32\"", shape: "[2,0]", offsets: "[\(offset),\(offset)]")
    }
    let header = try read(
      "{\(empty("first", at: 0)),\(entry("a")),\(empty("same", at: 0)),\(empty("last", at: 4))}")
    #expect(header.tensors.count == 4)
    #expect(header["last"]?.shape == [2, 0])
  }

  @Test func metadata() throws {
    let header = try read(
      "{\"__metadata__\":{\"\":\"empty\",\"k\":\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00e9\\uD83D\\ude00é😀\"}}",
      data: 0)
    #expect(header.metadata == ["": "empty", "k": "\"\\/\u{8}\u{C}\n\r\té😀é😀"])
    #expect(try read("{\"__metadata__\":null,\(entry("a"))}").metadata == [:])
  }

  @Test func namesAreDataOnly() throws {
    let names = ["", "a\\u0000b", "../../etc/passwd", "\\u001b[2J", "__metadata", "dtype"]
    let header = try read(
      "{"
        + names.enumerated().map {
          entry($1, offsets: "[\($0 * 4),\($0 * 4 + 4)]")
        }.joined(separator: ",") + "}", data: 24)
    #expect(header["a\0b"] != nil)
    #expect(header[""]?.byteRange == 0..<4)
  }

  @Test func namesThatOnlyLookAlikeAreDifferent() throws {
    let header = try read("{\(entry("\u{E9}")),\(entry("e\u{301}", offsets: "[4,8]"))}", data: 8)
    #expect(header.tensors.count == 2)
    #expect(header["\u{E9}"]?.byteRange == 0..<4)
    #expect(header["e\u{301}"]?.byteRange == 4..<8)
  }

  @Test func everyDType() throws {
    for dtype in SafetensorsDType.allCases {
      let count = dtype.bitsPerElement
      let header = try read(
        "{\(entry("a", dtype: "\"\(dtype.rawValue)\"", shape: "[8]", offsets: "[0,\(count)]"))}",
        data: count)
      #expect(header["a"]?.dtype == dtype)
    }
  }

  @Test func sixteenAxes() throws {
    let axes = "[" + repeatElement("1", count: 15).joined(separator: ",") + ",4]"
    #expect(try read("{\(entry("a", shape: axes))}")["a"]?.shape.count == 16)
  }

  @Test func theNumberOfTensorsIsLimited() throws {
    let header = Array("{\(entry("a")),\(entry("b", shape: "[0]", offsets: "[0,0]"))}".utf8)
    _ = try SafetensorsHeader(parsing: header, dataSize: 4, file: "model", mostTensors: 2)
    let error = #expect(throws: SafetensorsError.self) {
      try SafetensorsHeader(parsing: header, dataSize: 4, file: "model", mostTensors: 1)
    }
    #expect(error?.fault == .tooManyTensors)
  }

  @Test func aLongHeaderOfWhiteSpace() throws {
    let header = [UInt8](repeating: UInt8(ascii: " "), count: 1_000_000) + Array("{}".utf8)
    #expect(
      try SafetensorsFile(contents: safetensors(header: header), path: "m").header.tensors == [])
  }

  // MARK: Files

  @Test func aFileThatCannotBeRead() throws {
    let folder = try TemporaryFolder()
    let causes: [(String, FileError.Cause)] = [
      (folder.file("gone"), .system(ENOENT)), (folder.path, .isFolder),
      ("/dev/null", .notARegularFile),
    ]
    for (path, cause) in causes {
      let fileError = FileError(.read, path: path, cause: cause)
      let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: path) }
      #expect(error?.fault == .inaccessible(fileError))
      #expect(error?.description == fileError.description)
    }
  }

  @Test func everyTruncationIsNoticed() throws {
    let contents = try SafetensorsFile.encode(
      [SafetensorsTensor(name: "a", shape: [3], values: [1, 2, 3] as [Float])], path: "model")
    for length in 0..<contents.count {
      #expect(throws: SafetensorsError.self) {
        try SafetensorsFile(contents: Array(contents.prefix(length)), path: "model")
      }
    }
  }

  @Test func aSparseFileLargerThanMemoryIsRefused() throws {
    let folder = try TemporaryFolder()
    let size = 1 << 43
    let header = "{\(entry("a", shape: "[\(size)]", offsets: "[0,\(size)]"))}"
    let path = try folder.put(safetensors(header), in: "huge")
    // Some file systems do not have files of this size, not even sparse ones.
    guard truncate(path, off_t(8 + header.utf8.count + size)) == 0 else { return }
    let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile(path: path) }
    #expect(error?.fault == .inaccessible(FileError(.read, path: path, cause: .system(ENOMEM))))
  }

  @Test func filesOfTheReferenceWriterAreRead() throws {
    let goldens = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: "Goldens")
    let enumerator = FileManager.default.enumerator(at: goldens, includingPropertiesForKeys: nil)
    let files = try #require(enumerator).compactMap { $0 as? URL }
      .filter { $0.pathExtension == "safetensors" }
    #expect(!files.isEmpty)
    for file in files {
      #expect(try !SafetensorsFile(path: file.path).header.tensors.isEmpty, "\(file.path)")
    }
  }

  // MARK: Damage

  @Test func randomDamageNeverCrashes() throws {
    let tensors = (0..<4).map {
      SafetensorsTensor(
        name: "layer.\($0)", shape: [2, 3], values: [Float](repeating: 1, count: 6))
    }
    let intact = try SafetensorsFile.encode(
      tensors, metadata: ["k\"": "v\n"], path: "model", checksum: false)
    var random = SeededGenerator(seed: 7)
    let interesting = Array("{}[]\":,0123456789eE.-\\u \u{0}\u{FF}__metadata__dtype".utf8)
    var accepted = 0
    for _ in 0..<3000 {
      var contents = intact
      for _ in 0..<Int.random(in: 1...4, using: &random) {
        let place = Int.random(in: contents.indices, using: &random)
        switch Int.random(in: 0..<4, using: &random) {
        case 0: contents[place] = interesting.randomElement(using: &random)!
        case 1: contents.insert(interesting.randomElement(using: &random)!, at: place)
        case 2: contents.remove(at: place)
        default: contents[place] ^= 1 << Int.random(in: 0..<8, using: &random)
        }
      }
      accepted += (try? SafetensorsFile(contents: contents, path: "model")) == nil ? 0 : 1
    }
    // Changes of elements and names cannot be noticed without a checksum.
    #expect(accepted > 0 && accepted < 2000)
  }

  @Test func theChecksumNoticesEveryFlippedBit() throws {
    let tensors = [
      SafetensorsTensor(name: "weight", shape: [2, 3], values: [1, 2, 3, 4, 5, 6] as [Float]),
      SafetensorsTensor(name: "bias", shape: [3], values: [7, 8, 9] as [Int32]),
    ]
    let contents = try SafetensorsFile.encode(tensors, metadata: ["epoch": "3"], path: "model")
    let intact = try SafetensorsFile(contents: contents, path: "model")
    let key = try #require(contents.firstRange(of: Array("spool.crc32c".utf8)))
    for place in contents.indices {
      for bit in 0..<8 {
        var damaged = contents
        damaged[place] ^= 1 << bit
        guard let file = try? SafetensorsFile(contents: damaged, path: "model") else { continue }
        // Only where the checksum's own name is hit is there nothing to compare with.
        #expect(key.contains(place), "bit \(bit) of byte \(place)")
        for tensor in intact.header.tensors {
          #expect(file.bytes(of: try file.tensor(tensor.name)) == intact.bytes(of: tensor))
        }
      }
    }
  }

  @Test func theChecksumNoticesASwapOfAxes() throws {
    let tensor = SafetensorsTensor(name: "a", shape: [2, 3], values: [Int32](0..<6))
    var contents = try SafetensorsFile.encode([tensor], path: "model")
    contents.replaceSubrange(
      try #require(contents.firstRange(of: Array("[2,3]".utf8))), with: Array("[3,2]".utf8))
    let error = #expect(throws: SafetensorsError.self) {
      try SafetensorsFile(contents: contents, path: "model")
    }
    #expect(error?.fault == .checksumMismatch)
  }

  @Test func aChecksumThatIsNone() throws {
    for text in ["", "0123456", "012345678", "0123456g", "-1234567"] {
      let header = "{\"__metadata__\":{\"spool.crc32c\":\"\(text)\"},\(entry("a"))}"
      let error = #expect(throws: SafetensorsError.self) { try read(header) }
      #expect(error?.fault == .invalidChecksum(text))
    }
    let header = "{\"__metadata__\":{\"spool.crc32c\":\"01234567\"},\(entry("a"))}"
    let error = #expect(throws: SafetensorsError.self) { try read(header) }
    #expect(error?.fault == .checksumMismatch)
    #expect(error?.description.contains("remove \"spool.crc32c\" from its metadata") == true)
  }
}
