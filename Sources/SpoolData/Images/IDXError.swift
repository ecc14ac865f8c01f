/// An IDX file that could not be used: which file, which byte, what is wrong with it, and the repair.
public enum IDXError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file could not be read at all.
  case file(FileError)
  /// The file is still packed by gzip.
  case packed(path: String)
  /// The file ends at byte `size`, inside its header of `needed` bytes.
  case headerTooShort(path: String, size: Int, needed: Int)
  /// The byte at `offset` of the header is not what it has to be.
  case badHeader(path: String, offset: Int, byte: UInt8, expected: UInt8)
  /// The header of `header` bytes promises an array of `shape`, which is not what follows in the file of `size`
  /// bytes.
  case wrongSize(path: String, shape: [Int], size: Int, header: Int)
  /// The byte at `offset` is a label that is not below `classes`.
  case unknownLabel(path: String, offset: Int, label: UInt8, classes: Int)
  /// There are labels of another number of images.
  case unequalCounts(images: String, imageCount: Int, labels: String, labelCount: Int)
  /// A folder has not exactly one file of this kind.
  case notOneFile(folder: String, pattern: String, found: [String])

  /// One line: the path, the byte, what is wrong, and the repair.
  public var description: String {
    switch self {
    case .file(let error):
      return error.description
    case .packed(let path):
      return "\(path.escapedForDisplay) is packed by gzip; unpack it with gunzip"
    case .headerTooShort(let path, let size, let needed):
      return "\(path.escapedForDisplay) ends at byte \(size), inside its header of \(needed) "
        + "bytes; get the file again"
    case .badHeader(let path, let offset, let byte, let expected):
      return "\(path.escapedForDisplay) is not the IDX file expected: byte \(offset) is "
        + "\(hexadecimal(byte)), but \(Self.meaning[offset]) is \(hexadecimal(expected)) there; "
        + "name another file"
    case .wrongSize(let path, let shape, let size, let header):
      return "\(path.escapedForDisplay): from byte 4 on its header promises the sizes \(shape), "
        + "but \(size - header) bytes follow from byte \(header) on; get the file again"
    case .unknownLabel(let path, let offset, let label, let classes):
      return "\(path.escapedForDisplay): byte \(offset) is the label \(label), but labels are 0 "
        + "to \(classes - 1); get the file again"
    case .unequalCounts(let images, let imageCount, let labels, let labelCount):
      return "\(images.escapedForDisplay) has \(imageCount) images, but "
        + "\(labels.escapedForDisplay) has \(labelCount) labels; use files that belong together"
    case .notOneFile(let folder, let pattern, let found):
      let names = found.isEmpty ? "none" : found.map(\.escapedForDisplay).joined(separator: ", ")
      return "\(folder.escapedForDisplay) must have one file \(pattern), but there is \(names); "
        + "put the unpacked IDX file there"
    }
  }

  private static let meaning = [
    "the first byte of every IDX file", "the second byte of every IDX file",
    "the code of unsigned bytes", "the number of axes",
  ]

  private func hexadecimal(_ byte: UInt8) -> String {
    "0x" + String(byte, radix: 16, uppercase: true)
  }
}
