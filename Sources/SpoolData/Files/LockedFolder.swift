#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A folder that one process has to itself for as long as this value lives.
///
/// The lock is on the folder, not in it: nothing is left behind when the process dies. It keeps
/// away only those who ask for it too.
public struct LockedFolder: ~Copyable {
  /// The path as it was given.
  public let path: String
  private let folder: FileDescriptor

  /// Makes the folder at `path`, with the folders around it, unless it is there, and locks it.
  ///
  /// Throws if it cannot be made, is no folder, or another process has it locked.
  public init(path: String) throws(FileError) {
    guard !path.isEmpty, !path.utf8.contains(0) else {
      throw FileError(.useFolder, path: path, cause: .unusablePath)
    }
    try reporting(.useFolder, path) { () throws(SystemError) in try Self.make(path) }
    let folder = try reporting(.useFolder, path) { () throws(SystemError) in
      try FileDescriptor(opening: path, O_RDONLY | O_DIRECTORY)
    }
    guard folder.lockWithoutWaiting() || errno != EWOULDBLOCK else {
      throw FileError(.useFolder, path: path, cause: .inUse)
    }
    self.path = path
    self.folder = folder
  }

  deinit {
    folder.unlock()
  }

  private static func make(_ path: String) throws(SystemError) {
    if mkdir(path, 0o777) == 0 || errno == EEXIST { return }
    guard errno == ENOENT, let parent = parent(of: path) else { throw .last }
    try make(parent)
    guard mkdir(path, 0o777) == 0 || errno == EEXIST else { throw .last }
  }

  /// The path of the folder around, nil for a single name.
  private static func parent(of path: String) -> String? {
    var rest = path.utf8[...]
    let slash = UInt8(ascii: "/")
    while rest.last == slash { rest.removeLast() }
    guard let end = rest.lastIndex(of: slash), end > rest.startIndex else { return nil }
    return String(path[..<end])
  }
}
