/// A text file that could not be used: which file, what is wrong with it, and the repair.
public enum TextFileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The file could not be read at all.
  case file(FileError)
  /// The file holds no characters.
  case empty(path: String)
  /// The byte at `offset` is not part of well-formed UTF-8.
  case notUTF8(path: String, offset: Int, byte: UInt8)

  /// One line: the path, what is wrong, and the repair.
  public var description: String {
    switch self {
    case .file(let error):
      return error.description
    case .empty(let path):
      return "\(path.escapedForDisplay) is empty; name a file that contains text"
    case .notUTF8(let path, let offset, let byte):
      // A file in UTF-16 starts with one of these two bytes, which never occur in UTF-8.
      let encoding = offset == 0 && (byte == 0xFE || byte == 0xFF) ? "UTF-16" : "its own encoding"
      let digits = String(byte, radix: 16, uppercase: true)
      return "\(path.escapedForDisplay) is not UTF-8 text: byte \(offset) is 0x\(digits); "
        + "convert it from \(encoding), for example with iconv -t UTF-8"
    }
  }
}

/// Reads text.
public enum TextFile {
  /// The text of the UTF-8 file at `path`, character for character: line ends and normalisation
  /// stay as they are. Only a byte order mark at the start is left out, being a signature of the
  /// encoding and not a part of the text.
  ///
  /// Throws if the file is missing, unreadable, a folder or no regular file, if it holds no
  /// characters, or if it is not UTF-8; the error names the first offending byte.
  public static func read(path: String) throws(TextFileError) -> String {
    let bytes: [UInt8]
    do throws(FileError) {
      bytes = try FileReader.contents(of: path)
    } catch {
      throw .file(error)
    }
    if let offset = bytes.withUnsafeBytes(firstInvalidUTF8Offset) {
      throw .notUTF8(path: path, offset: offset, byte: bytes[offset])
    }
    let text = bytes.starts(with: byteOrderMark) ? bytes.dropFirst(byteOrderMark.count) : bytes[...]
    guard !text.isEmpty else { throw .empty(path: path) }
    return String(decoding: text, as: UTF8.self)
  }

  private static let byteOrderMark: [UInt8] = [0xEF, 0xBB, 0xBF]
}
