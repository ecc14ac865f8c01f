import SpoolData

extension SafetensorsHeader {
  /// The length of the header, from the first 8 bytes of `file`, which is `fileSize` bytes long.
  static func length(
    _ bytes: [UInt8], fileSize: Int, file: String
  ) throws(SafetensorsError) -> Int {
    func failure(_ fault: SafetensorsError.Fault) -> SafetensorsError {
      SafetensorsError(file: file, place: .file, fault: fault)
    }
    guard bytes.count == lengthSize else { throw failure(.tooShort(size: bytes.count)) }
    let length = bytes.reversed().reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
    let available = fileSize - lengthSize
    if length == 0 { throw failure(.emptyHeader) }
    if length > longest { throw failure(.headerTooLong(length)) }
    if length > available { throw failure(.headerBeyondEnd(length, available: available)) }
    return Int(length)
  }

  /// Reads the header text of `file`, which `dataSize` bytes follow.
  ///
  /// Accepts what the format's reference reader accepts, except where that leaves room for two
  /// readings of one file: a repeated name, an unknown field in a tensor's description. The data of
  /// the tensors must follow each other without gap and overlap and fill the file; tensors without
  /// elements take no room and may stand anywhere between others.
  init(
    parsing bytes: [UInt8], dataSize: Int, file: String, mostTensors: Int = Self.mostTensors
  ) throws(SafetensorsError) {
    var scanner = HeaderScanner(bytes, file: file)
    if let offset = bytes.withUnsafeBytes(firstInvalidUTF8Offset) {
      throw scanner.failure(.notUTF8, at: offset)
    }
    if bytes.starts(with: [0xEF, 0xBB, 0xBF]) { throw scanner.failure(.byteOrderMark) }
    var tensors: [Tensor] = []
    var indices: [ExactString: Int] = [:]
    var metadata: [ExactString: String]?
    try scanner.object("\"{\", the start of the header") {
      scanner, name, offset throws(SafetensorsError) in
      let key = ExactString(name)
      if key == Self.metadataName {
        guard metadata == nil else { throw scanner.failure(.duplicateField(name), at: offset) }
        metadata = try scanner.metadata()
        return
      }
      guard indices.updateValue(tensors.count, forKey: key) == nil else {
        throw scanner.failure(.duplicateTensor(name), at: offset)
      }
      guard tensors.count < mostTensors else { throw scanner.failure(.tooManyTensors, at: offset) }
      tensors.append(try scanner.tensor(name, at: offset))
    }
    guard scanner.isAtEnd() else { throw scanner.failure(.textAfterHeader) }
    self.init(tensors: tensors, metadata: metadata ?? [:], indices: indices)
    try checkLayout(dataSize: dataSize, file: file)
  }

  /// Checks that the data of the tensors fill `dataSize` bytes without overlap and gap.
  private func checkLayout(dataSize: Int, file: String) throws(SafetensorsError) {
    // A tensor without elements sorts before the one that starts at the same place.
    let inOrder = tensors.sorted {
      ($0.byteRange.lowerBound, $0.byteRange.upperBound)
        < ($1.byteRange.lowerBound, $1.byteRange.upperBound)
    }
    var end = 0
    for tensor in inOrder {
      let start = tensor.byteRange.lowerBound
      let fault: SafetensorsError.Fault? =
        if start < end {
          .overlap(start: start, previousEnd: end)
        } else if start > end {
          .gap(start: start, previousEnd: end)
        } else if tensor.byteRange.upperBound > dataSize {
          .dataBeyondEnd(end: tensor.byteRange.upperBound, available: dataSize)
        } else {
          nil
        }
      if let fault { throw SafetensorsError(file: file, place: .tensor(tensor.name), fault: fault) }
      end = tensor.byteRange.upperBound
    }
    if end < dataSize {
      throw SafetensorsError(file: file, place: .file, fault: .trailingBytes(dataSize - end))
    }
  }
}

extension HeaderScanner {
  /// Reads the metadata: an object of texts, or `null`, which the reference reader allows.
  fileprivate mutating func metadata() throws(SafetensorsError) -> [ExactString: String] {
    if skipNull() { return [:] }
    var metadata: [ExactString: String] = [:]
    try object("the metadata's \"{\"") { scanner, key, offset throws(SafetensorsError) in
      let value = try scanner.string("a text in quotation marks")
      guard metadata.updateValue(value, forKey: ExactString(key)) == nil else {
        throw scanner.failure(.duplicateField(key), at: offset)
      }
    }
    return metadata
  }

  /// Reads a tensor's description; `start` is the offset of its name.
  fileprivate mutating func tensor(
    _ name: String, at start: Int
  ) throws(SafetensorsError) -> SafetensorsHeader.Tensor {
    var dtype: SafetensorsDType?
    var shape: [Int]?
    var offsets: [Int]?
    try object("the tensor's \"{\"") { scanner, key, offset throws(SafetensorsError) in
      switch ExactString(key) {
      case "dtype" where dtype == nil:
        dtype = try scanner.dtype()
      case "shape" where shape == nil:
        shape = try scanner.naturalNumbers("the shape's \"[\"")
      case "data_offsets" where offsets == nil:
        offsets = try scanner.naturalNumbers("the data offsets' \"[\"")
        guard offsets!.count == 2 else {
          throw scanner.failure(.expected("two data offsets"), at: offset)
        }
      case "dtype", "shape", "data_offsets":
        throw scanner.failure(.duplicateField(key), at: offset)
      default:
        throw scanner.failure(.unknownField(key), at: offset)
      }
    }
    func missing(_ field: String) -> SafetensorsError {
      failure(.missingField(field), at: start)
    }
    guard let dtype else { throw missing("dtype") }
    guard let shape else { throw missing("shape") }
    guard let offsets else { throw missing("data_offsets") }
    guard shape.count <= SafetensorsHeader.mostAxes else {
      throw failure(.tooManyAxes(shape.count), at: start)
    }
    guard offsets[0] <= offsets[1] else {
      throw failure(.reversedOffsets(offsets[0], offsets[1]), at: start)
    }
    do throws(SafetensorsSizeFault) {
      try dtype.check(shape: shape, byteCount: offsets[1] - offsets[0])
    } catch {
      throw failure(error.fault(shape: shape), at: start)
    }
    return SafetensorsHeader.Tensor(
      name: name, dtype: dtype, shape: shape, byteRange: offsets[0]..<offsets[1])
  }

  private mutating func dtype() throws(SafetensorsError) -> SafetensorsDType {
    let start = offset
    let name = try string("the element type in quotation marks")
    guard let dtype = SafetensorsDType(rawValue: name) else {
      throw failure(.unknownDType(name), at: start)
    }
    return dtype
  }
}
