/// An array of unsigned bytes in the IDX format of the MNIST files (LeCun, Cortes & Burges, 1998): two bytes 0, the
/// code of the element type, the number of axes, each axis's size in four bytes, the most significant
/// first, and the elements in row-major order.
public struct IDXFile: Equatable, Sendable {
  /// The path as it was given.
  public let path: String
  /// The size of each axis.
  public let shape: [Int]
  /// The elements in row-major order.
  public let elements: [UInt8]

  /// Reads the file at `path`, whose array has `rank` axes.
  ///
  /// Throws, naming the byte, if it is no such file: another type or number of axes, or more or fewer
  /// elements than its header promises.
  public init(path: String, rank: Int) throws(IDXError) {
    precondition((1...255).contains(rank), "IDXFile: rank is \(rank), must be 1 to 255")
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try FileReader.contents(of: path)
    } catch {
      throw .file(error)
    }
    if bytes.starts(with: [0x1F, 0x8B]) { throw .packed(path: path) }
    for (offset, expected) in [0, 0, Self.unsignedByte, UInt8(rank)].enumerated()
    where offset < bytes.count && bytes[offset] != expected {
      throw .badHeader(path: path, offset: offset, byte: bytes[offset], expected: expected)
    }
    let start = 4 + 4 * rank
    guard bytes.count >= start else {
      throw .headerTooShort(path: path, size: bytes.count, needed: start)
    }
    let shape = (1...rank).map { axis in
      bytes[(4 * axis)..<(4 * axis + 4)].reduce(0) { $0 << 8 | Int($1) }
    }
    guard bytes.count - start == elementCount(of: shape) else {
      throw .wrongSize(path: path, shape: shape, size: bytes.count, header: start)
    }
    self.path = path
    self.shape = shape
    elements = Array(bytes[start...])
  }

  private static let unsignedByte: UInt8 = 0x08
}

/// The product of the sizes, or nil if it is more than any array holds.
private func elementCount(of shape: [Int]) -> Int? {
  shape.contains(0)
    ? 0
    : shape.reduce(1) { count, size in
      guard let count else { return nil }
      let (product, overflows) = count.multipliedReportingOverflow(by: size)
      return overflows ? nil : product
    }
}
