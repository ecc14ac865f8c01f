import Foundation
import SpoolData
import Testing
import TestSupport

@testable import SpoolTraining

@Suite struct SafetensorsWritingTests {
  let tensors = [
    SafetensorsTensor(name: "z", shape: [2], values: [1, 2] as [Float]),
    SafetensorsTensor(name: "mask", shape: [3], values: [true, false, true]),
    SafetensorsTensor(name: "a", shape: [], values: [-1] as [Int32]),
    SafetensorsTensor(name: "empty", shape: [2, 0], values: [] as [Double]),
    SafetensorsTensor(name: "d", shape: [1, 1], values: [0.1] as [Double]),
  ]

  @Test func theBytesAreTheFormats() throws {
    let tensors = [
      SafetensorsTensor(name: "b", shape: [2], values: [true, false]),
      SafetensorsTensor(name: "é\"\\\n\u{7F}", shape: [1, 2], values: [1, -2] as [Float]),
    ]
    let contents = try SafetensorsFile.encode(
      tensors, metadata: ["y": "\u{1F}", "x": ""], path: "model", checksum: false)
    let header =
      #"{"__metadata__":{"x":"","y":"\u001f"},"#
      + #""é\"\\\#u{5C}u000a\#u{7F}":{"dtype":"F32","shape":[1,2],"data_offsets":[0,8]},"#
      + #""b":{"dtype":"BOOL","shape":[2],"data_offsets":[8,10]}}"#
    let expected = header + String(repeating: " ", count: -header.utf8.count & 7)
    #expect(contents.prefix(8) == [UInt8(expected.utf8.count), 0, 0, 0, 0, 0, 0, 0][...])
    #expect(String(decoding: contents.dropFirst(8).dropLast(10), as: UTF8.self) == expected)
    #expect(contents.suffix(10) == [0, 0, 0x80, 0x3F, 0, 0, 0, 0xC0, 1, 0][...])
  }

  @Test func theSameContentsGiveTheSameBytes() throws {
    let metadata = ["one": "1", "two": "2", "three": "3"]
    let contents = try SafetensorsFile.encode(tensors, metadata: metadata, path: "model")
    #expect(
      try SafetensorsFile.encode(tensors.reversed(), metadata: metadata, path: "other") == contents)
  }

  @Test func everythingComesBack() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("model.safetensors")
    try SafetensorsFile.write(tensors, metadata: ["kind": "öäü\0😀"], to: path)
    let file = try SafetensorsFile(path: path)
    #expect(file.header.metadata["kind"] == "öäü\0😀")
    #expect(file.header.tensors.map(\.name) == ["d", "empty", "a", "z", "mask"])
    for tensor in tensors {
      let read = try file.tensor(tensor.name)
      #expect(read.dtype == tensor.dtype && read.shape == tensor.shape)
      #expect(file.bytes(of: read).elementsEqual(tensor.bytes))
      #expect(read.byteRange.lowerBound.isMultiple(of: tensor.dtype.bitsPerElement / 8))
    }
    #expect(try file.values(of: "z") == [1, 2] as [Float])
    #expect(try file.values(of: "mask") == [true, false, true])
    #expect(try file.values(of: "a") == [-1] as [Int32])
    #expect(try file.values(of: "d") == [0.1] as [Double])
    #expect(try file.values(of: "empty") == [] as [Double])
    #expect(try folder.names == ["model.safetensors"])
  }

  @Test func theDataStartAtAMultipleOfEight() throws {
    for length in 0..<20 {
      let tensor = SafetensorsTensor(
        name: String(repeating: "n", count: length), shape: [], values: [1] as [Double])
      let contents = try SafetensorsFile.encode([tensor], path: "model")
      #expect(contents.count.isMultiple(of: 8))
    }
  }

  @Test func aFileReadAndWrittenByOthersKeepsItsChecksum() throws {
    let contents = try SafetensorsFile.encode(tensors, metadata: ["k": "v"], path: "model")
    let file = try SafetensorsFile(contents: contents, path: "model")
    // Another writer: other order, other spacing, the metadata copied.
    var header = "{ "
    var data: [UInt8] = []
    for tensor in file.header.tensors.reversed() {
      let start = data.count
      data += file.bytes(of: tensor)
      header +=
        entry(
          tensor.name, dtype: "\"\(tensor.dtype.rawValue)\"", shape: "\(tensor.shape)",
          offsets: "[\(start), \(data.count)]") + ", "
    }
    let texts = file.header.metadata.map { "\"\($0.key.text)\":\"\($0.value)\"" }
    header += "\"__metadata__\": {\(texts.joined(separator: ", "))}}"
    let rewritten = try SafetensorsFile(contents: safetensors(header) + data, path: "model")
    #expect(rewritten.header.metadata == file.header.metadata)
  }

  @Test func whatCannotBeWrittenIsRefusedAndTheOldFileKept() throws {
    let folder = try TemporaryFolder()
    let path = try folder.put([1, 2, 3], in: "model")
    func tensor(_ name: String, shape: [Int] = [2], bytes: Int = 2) -> SafetensorsTensor {
      SafetensorsTensor(
        name: name, dtype: .uint8, shape: shape, bytes: [UInt8](repeating: 0, count: bytes))
    }
    let cases: [([SafetensorsTensor], SafetensorsError.Fault)] = [
      ([tensor("a"), tensor("b"), tensor("a")], .duplicateTensor("a")),
      ([tensor("__metadata__")], .reservedName),
      (
        [SafetensorsTensor(name: "a", dtype: .float4E2M1, shape: [1], bytes: [0])], .fractionOfAByte
      ),
      ([tensor("a", shape: [3])], .sizeMismatch(needed: 3, found: 2)),
      ([tensor("a", shape: [-2])], .sizeOverflow(shape: [-2])),
      ([tensor("a", shape: [1 << 62, 8])], .sizeOverflow(shape: [1 << 62, 8])),
      ([tensor("a", shape: [2] + [Int](repeating: 1, count: 16))], .tooManyAxes(17)),
    ]
    for (tensors, fault) in cases {
      let expected = SafetensorsError(file: path, place: .tensor(tensors[0].name), fault: fault)
      #expect(throws: expected) { try SafetensorsFile.write(tensors, to: path) }
      #expect(expected.description.hasSuffix("with a shape that fits its elements"))
    }
    let error = #expect(throws: SafetensorsError.self) {
      try SafetensorsFile.write([], metadata: ["spool.crc32c": "0"], to: path)
    }
    #expect(error?.fault == .reservedName)
    #expect(try folder.bytes(of: "model") == [1, 2, 3])
  }

  @Test func aFolderThatIsMissing() throws {
    let path = try TemporaryFolder().file("missing/model")
    let error = #expect(throws: SafetensorsError.self) { try SafetensorsFile.write([], to: path) }
    #expect(error?.fault == .inaccessible(FileError(.save, path: path, cause: .system(ENOENT))))
    #expect(error?.description.hasSuffix("; make its folder first") == true)
  }
}
