#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A text file that grows line by line: a log.
///
/// A line reaches the file at once and as a whole, so that a killed process loses no line and a
/// reader sees none cut short. A line that does not fit on the disk is taken back.
public struct LineFile: ~Copyable {
  /// The path as it was given.
  public let path: String
  private let file: FileDescriptor

  /// Opens the file at `path`, or makes it if there is none.
  public init(path: String) throws(FileError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw FileError(.append, path: path, cause: .unusablePath)
    }
    file = try reporting(.append, path) { () throws(SystemError) in
      try FileDescriptor(opening: path, O_WRONLY | O_CREAT | O_APPEND, permissions: 0o666)
    }
    self.path = path
  }

  /// Adds `line` and a line end.
  public func append(_ line: String) throws(FileError) {
    try reporting(.append, path) { () throws(SystemError) in
      let size = try file.status().size
      do throws(SystemError) {
        try Array("\(line)\n".utf8).span.bytes.withUnsafeBytes { bytes throws(SystemError) in
          try file.writeAll(bytes)
        }
      } catch {
        _ = ftruncate(file.number, off_t(size))
        throw error
      }
    }
  }
}
