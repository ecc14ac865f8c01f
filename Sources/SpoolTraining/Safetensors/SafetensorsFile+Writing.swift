import SpoolData

/// A tensor to be saved: its name, element type, shape and elements.
public struct SafetensorsTensor: Sendable {
  /// The name, different from that of every other tensor in the file.
  public let name: String
  /// The type of the elements.
  public let dtype: SafetensorsDType
  /// The number of elements along each axis; `[]` is a scalar.
  public let shape: [Int]
  /// The elements in little-endian order, row by row.
  public let bytes: [UInt8]

  /// A tensor of any element type, given as bytes.
  public init(name: String, dtype: SafetensorsDType, shape: [Int], bytes: [UInt8]) {
    self.name = name
    self.dtype = dtype
    self.shape = shape
    self.bytes = bytes
  }

  /// A tensor with the given elements, row by row.
  public init<Scalar: SafetensorsScalar>(name: String, shape: [Int], values: [Scalar]) {
    self.init(name: name, dtype: Scalar.dtype, shape: shape, bytes: Scalar.bytes(of: values))
  }
}

extension SafetensorsFile {
  /// Saves tensors and metadata at `path`, whole or not at all (see `AtomicFile`).
  ///
  /// The same contents give the same bytes: tensors stand in order of falling element size, so that
  /// each is aligned, and then of their names. Unless `checksum` is false the metadata get a check
  /// value that reading verifies.
  ///
  /// Throws, before anything is written, if a name occurs twice or is the format's own, if a shape
  /// does not fit its bytes or has too many axes, and if the file cannot be saved.
  public static func write(
    _ tensors: [SafetensorsTensor], metadata: [String: String] = [:], to path: String,
    checksum: Bool = true
  ) throws(SafetensorsError) {
    let contents = try Contents(tensors, metadata: metadata, checksum: checksum, path: path)
    do throws(FileError) {
      try AtomicFile.replace(path) { output throws(FileError) in
        try output.write(contents.start)
        for tensor in contents.tensors { try output.write(tensor.bytes) }
      }
    } catch {
      throw SafetensorsError(file: path, place: .file, fault: .inaccessible(error))
    }
  }

  /// The bytes that `write` puts into the file at `path`.
  public static func encode(
    _ tensors: [SafetensorsTensor], metadata: [String: String] = [:], path: String,
    checksum: Bool = true
  ) throws(SafetensorsError) -> [UInt8] {
    let contents = try Contents(tensors, metadata: metadata, checksum: checksum, path: path)
    return contents.tensors.reduce(into: contents.start) { $0 += $1.bytes }
  }

  /// The parts of a file in the order in which they are written.
  private struct Contents {
    /// The header with its length in front.
    let start: [UInt8]
    let tensors: [SafetensorsTensor]

    init(
      _ unordered: [SafetensorsTensor], metadata: [String: String], checksum: Bool, path: String
    ) throws(SafetensorsError) {
      tensors = unordered.sorted {
        let (a, b) = ($0.dtype.bitsPerElement, $1.dtype.bitsPerElement)
        return a != b ? a > b : ExactString($0.name) < ExactString($1.name)
      }
      var metadata = Dictionary(
        uniqueKeysWithValues: metadata.map { (ExactString($0.key), $0.value) })
      guard metadata[ExactString(SafetensorsChecksum.key)] == nil else {
        throw SafetensorsError(
          file: path, place: .tensor(SafetensorsChecksum.key), fault: .reservedName)
      }
      let described = try Self.describe(tensors, path: path)
      if checksum {
        let bytes = Dictionary(
          uniqueKeysWithValues: tensors.map { (ExactString($0.name), $0.bytes) })
        metadata[ExactString(SafetensorsChecksum.key)] = SafetensorsChecksum.text(
          metadata: metadata, tensors: described, bytes: { bytes[ExactString($0.name)]![...] })
      }
      start = Self.header(described, metadata: metadata)
    }

    /// The places of the tensors, one after the other.
    private static func describe(
      _ tensors: [SafetensorsTensor], path: String
    ) throws(SafetensorsError) -> [SafetensorsHeader.Tensor] {
      var names: Set<ExactString> = [SafetensorsHeader.metadataName]
      var described: [SafetensorsHeader.Tensor] = []
      var end = 0
      for tensor in tensors {
        func failure(_ fault: SafetensorsError.Fault) -> SafetensorsError {
          SafetensorsError(file: path, place: .tensor(tensor.name), fault: fault)
        }
        if ExactString(tensor.name) == SafetensorsHeader.metadataName {
          throw failure(.reservedName)
        }
        guard names.insert(ExactString(tensor.name)).inserted else {
          throw failure(.duplicateTensor(tensor.name))
        }
        guard tensor.shape.count <= SafetensorsHeader.mostAxes else {
          throw failure(.tooManyAxes(tensor.shape.count))
        }
        do throws(SafetensorsSizeFault) {
          try tensor.dtype.check(shape: tensor.shape, byteCount: tensor.bytes.count)
        } catch {
          throw failure(error.fault(shape: tensor.shape))
        }
        let start = end
        end += tensor.bytes.count
        described.append(
          .init(
            name: tensor.name, dtype: tensor.dtype, shape: tensor.shape, byteRange: start..<end))
      }
      return described
    }

    /// The header as text, padded with spaces so that the data start at a multiple of 8.
    private static func header(
      _ tensors: [SafetensorsHeader.Tensor], metadata: [ExactString: String]
    ) -> [UInt8] {
      var fields: [String] = []
      if !metadata.isEmpty {
        let texts = metadata.sorted { $0.key < $1.key }.map {
          "\(quoted($0.key.text)):\(quoted($0.value))"
        }
        fields.append("\(quoted(SafetensorsHeader.metadataName.text)):{\(list(texts))}")
      }
      for tensor in tensors {
        let shape = list(tensor.shape.map(String.init))
        let range = tensor.byteRange
        fields.append(
          "\(quoted(tensor.name)):{\"dtype\":\"\(tensor.dtype.rawValue)\",\"shape\":[\(shape)],"
            + "\"data_offsets\":[\(range.lowerBound),\(range.upperBound)]}")
      }
      var text = Array("{\(list(fields))}".utf8)
      text += repeatElement(UInt8(ascii: " "), count: -text.count & 7)
      let length = withUnsafeBytes(of: UInt64(text.count).littleEndian, Array.init)
      return length + text
    }

    private static func list(_ items: [String]) -> String {
      items.joined(separator: ",")
    }

    private static func quoted(_ text: String) -> String {
      var result = "\""
      for scalar in text.unicodeScalars {
        switch scalar {
        case "\"", "\\":
          result += "\\\(scalar)"
        case ..<" ":
          let digits = String(scalar.value, radix: 16)
          result += "\\u" + String(repeating: "0", count: 4 - digits.count) + digits
        default:
          result.unicodeScalars.append(scalar)
        }
      }
      return result + "\""
    }
  }
}
