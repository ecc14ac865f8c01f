#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Reads a regular file front to back, with its size known from the start.
///
/// Files are read, never mapped: a mapped file that another program shortens kills the process.
public struct FileReader: ~Copyable {
  /// The path as it was given.
  public let path: String
  /// The size of the file when it was opened, in bytes.
  public let size: Int
  private let file: FileDescriptor

  /// Opens the file at `path`.
  ///
  /// Throws if it is missing, may not be read, or is a folder, pipe or device.
  public init(path: String) throws(FileError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw FileError(.read, path: path, cause: .unusablePath)
    }
    let file = try reporting(.read, path) { () throws(SystemError) in
      // Without O_NONBLOCK, opening a pipe would wait for somebody to write into it.
      try FileDescriptor(opening: path, O_RDONLY | O_NONBLOCK)
    }
    let status = try reporting(.read, path) { () throws(SystemError) in try file.status() }
    switch status.kind {
    case .regularFile: break
    case .folder: throw FileError(.read, path: path, cause: .isFolder)
    case .other: throw FileError(.read, path: path, cause: .notARegularFile)
    }
    self.path = path
    size = status.size
    self.file = file
  }

  /// Reads the next `count` bytes, or fewer if the file ends before.
  public func read(upTo count: Int) throws(FileError) -> [UInt8] {
    // An array that does not get its memory ends the process, and a sparse file costs nothing to
    // make, however large it claims to be.
    guard let probe = malloc(max(count, 1)) else {
      throw FileError(.read, path: path, cause: .system(ENOMEM))
    }
    free(probe)
    var failure: SystemError?
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, filled in
      do throws(SystemError) {
        while filled < count {
          let rest = UnsafeMutableBufferPointer(rebasing: buffer[filled..<count])
          let came = try file.read(into: UnsafeMutableRawBufferPointer(rest))
          if came == 0 { break }
          filled += came
        }
      } catch {
        failure = error
      }
    }
    if let failure { throw FileError(.read, path: path, cause: .system(failure.code)) }
    return bytes
  }

  /// The whole contents of the file at `path`.
  public static func contents(of path: String) throws(FileError) -> [UInt8] {
    let reader = try FileReader(path: path)
    var contents = try reader.read(upTo: reader.size)
    // The file may have grown since its size was asked, and some special files claim size 0.
    while true {
      let more = try reader.read(upTo: 1 << 16)
      if more.isEmpty { return contents }
      contents += more
    }
  }
}
