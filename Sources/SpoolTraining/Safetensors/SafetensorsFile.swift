import SpoolData

/// The contents of a safetensors file: named tensors as bytes, and texts about them.
///
/// The format (Hugging Face, 2022) is a JSON header with names, element types, shapes and places,
/// followed by the elements of all tensors in little-endian order, row by row. Reading copies the
/// file into memory; nothing is mapped, so that a file which changes meanwhile cannot crash us.
public struct SafetensorsFile: Sendable {
  /// The path that the file was read from, for messages.
  public let path: String
  /// The tensors' descriptions and the metadata.
  public let header: SafetensorsHeader
  private let data: [UInt8]

  /// Reads the file at `path`.
  ///
  /// Throws if it cannot be read, if anything in it is not as the format prescribes, or if it
  /// carries a checksum that its contents do not have.
  public init(path: String) throws(SafetensorsError) {
    func access<Result: ~Copyable>(
      _ body: () throws(FileError) -> Result
    ) throws(SafetensorsError) -> Result {
      do throws(FileError) {
        return try body()
      } catch {
        throw SafetensorsError(file: path, place: .file, fault: .inaccessible(error))
      }
    }
    let reader = try access { () throws(FileError) in try FileReader(path: path) }
    try self.init(path: path, size: reader.size) { count throws(SafetensorsError) in
      try access { () throws(FileError) in try reader.read(upTo: count) }
    }
  }

  /// Reads a file's contents from memory; `path` is what messages call it.
  public init(contents: [UInt8], path: String) throws(SafetensorsError) {
    var rest = contents[...]
    try self.init(path: path, size: contents.count) { count throws(SafetensorsError) in
      defer { rest = rest.dropFirst(count) }
      return Array(rest.prefix(count))
    }
  }

  /// Reads a file of `size` bytes front to back; `next` returns its next bytes, at most the given
  /// number. Nothing is read or allocated before the header has shown that it is there.
  private init(
    path: String, size: Int, next: (Int) throws(SafetensorsError) -> [UInt8]
  ) throws(SafetensorsError) {
    let length = try SafetensorsHeader.length(
      next(SafetensorsHeader.lengthSize), fileSize: size, file: path)
    let dataSize = size - SafetensorsHeader.lengthSize - length
    header = try SafetensorsHeader(parsing: next(length), dataSize: dataSize, file: path)
    data = try next(dataSize)
    self.path = path
    guard data.count == dataSize else {
      // It was shortened after its size was asked.
      throw failure(.dataBeyondEnd(end: dataSize, available: data.count))
    }
    try verifyChecksum()
  }

  /// The elements of `tensor`, which must be one of this file's header.
  public func bytes(of tensor: SafetensorsHeader.Tensor) -> ArraySlice<UInt8> {
    data[tensor.byteRange]
  }

  /// The description of the tensor with exactly this name; throws if there is none.
  public func tensor(_ name: String) throws(SafetensorsError) -> SafetensorsHeader.Tensor {
    guard let tensor = header[name] else { throw failure(.missingTensor, tensor: name) }
    return tensor
  }

  /// An error about this file, or about one of its tensors.
  func failure(_ fault: SafetensorsError.Fault, tensor: String? = nil) -> SafetensorsError {
    SafetensorsError(file: path, place: tensor.map { .tensor($0) } ?? .file, fault: fault)
  }

  private func verifyChecksum() throws(SafetensorsError) {
    guard let expected = header.metadata[ExactString(SafetensorsChecksum.key)] else { return }
    guard SafetensorsChecksum.isWellFormed(expected) else {
      throw failure(.invalidChecksum(expected))
    }
    let found = SafetensorsChecksum.text(
      metadata: header.metadata, tensors: header.tensors, bytes: bytes)
    if found != expected { throw failure(.checksumMismatch) }
  }
}
