#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Replaces a file as a whole: after a crash, a full disk or a power cut there is the old version
/// or the new one at the path, never a mixture and never nothing.
///
/// The new version is written to a temporary file in the same folder, synced, renamed over the old
/// one, and then the folder is synced, because a rename is a change of the folder. Any failure
/// before the rename removes the temporary file and leaves the old version untouched. If only the
/// last step fails, the new version is in place but the error is thrown all the same: it may not
/// survive a power cut.
///
/// - A path that is a symbolic link is followed: the file it points to is replaced and the link
///   stays. A link to nothing is an error, and so is a file that its permissions protect.
/// - The permissions of an existing file are kept.
/// - A temporary file that a killed process left behind is removed by the next save into its
///   folder. Saves of several processes or threads to one path leave one of the versions, whole.
public enum AtomicFile {
  /// Replaces the file at `path` by `bytes`.
  public static func write(_ bytes: [UInt8], to path: String) throws(FileError) {
    try replace(path) { output throws(FileError) in try output.write(bytes) }
  }

  /// Replaces the file at `path` by `text` in UTF-8.
  public static func write(_ text: String, to path: String) throws(FileError) {
    try write(Array(text.utf8), to: path)
  }

  /// Replaces the file at `path` by what `body` writes: for contents that should not be gathered
  /// in one array first.
  public static func replace(
    _ path: String, with body: (borrowing Output) throws(FileError) -> Void
  ) throws(FileError) {
    let target = try Target(path)
    TemporaryName.sweepAbandonedFiles(in: target.folder)
    let output = try Output(path: path, target: target)
    let temporaryName = output.temporaryName
    do throws(FileError) {
      try body(output)
      try output.finish()
      try reporting(.save, path) { () throws(SystemError) in
        let folder = target.folder.number
        guard renameat(folder, temporaryName, folder, target.name) == 0 else { throw .last }
      }
    } catch {
      unlinkat(target.folder.number, temporaryName, 0)
      throw error
    }
    try reporting(.save, path) { () throws(SystemError) in try target.folder.synchronizeFolder() }
  }

  /// The new version while it is being written.
  public struct Output: ~Copyable {
    fileprivate let path: String
    fileprivate let temporaryName: String
    private let file: FileDescriptor

    fileprivate init(path: String, target: borrowing Target) throws(FileError) {
      var name = TemporaryName.next()
      let file = try reporting(.save, path) { () throws(SystemError) in
        while true {
          do throws(SystemError) {
            return try FileDescriptor(
              opening: name, in: target.folder.number, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW,
              permissions: 0o666)
          } catch {
            // Left behind by a killed process that had this one's number.
            guard error.code == EEXIST else { throw error }
            name = TemporaryName.next()
          }
        }
      }
      _ = file.lockWithoutWaiting()
      if let permissions = target.permissions {
        // File systems without permissions refuse; there is nothing to keep on those.
        _ = fchmod(file.number, permissions & 0o777)
      }
      self.path = path
      temporaryName = name
      self.file = file
    }

    /// Adds `bytes` to the end of the new version.
    public func write(_ bytes: UnsafeRawBufferPointer) throws(FileError) {
      try reporting(.save, path) { () throws(SystemError) in try file.writeAll(bytes) }
    }

    /// Adds `bytes` to the end of the new version.
    public func write(_ bytes: [UInt8]) throws(FileError) {
      try bytes.span.bytes.withUnsafeBytes { buffer throws(FileError) in try write(buffer) }
    }

    /// Puts the complete new version on the disk. After a failed sync the system may have dropped
    /// the data and would call a second sync a success, so there is no second attempt.
    fileprivate consuming func finish() throws(FileError) {
      let path = path
      try reporting(.save, path) { () throws(SystemError) in try file.synchronize() }
      do throws(SystemError) {
        try file.closeChecked()
      } catch {
        throw FileError(.save, path: path, cause: .system(error.code))
      }
    }
  }

  /// The folder and the name that a path stands for once symbolic links are followed.
  fileprivate struct Target: ~Copyable {
    let folder: FileDescriptor
    let name: String
    /// Those of the existing file, nil if there is none.
    let permissions: mode_t?

    init(_ path: String) throws(FileError) {
      guard !path.isEmpty, !path.utf8.contains(0) else {
        throw FileError(.save, path: path, cause: .unusablePath)
      }
      let permissions = try Self.permissionsOfReplaceableFile(at: path)
      let resolved = permissions == nil ? path : try Self.followingLinks(path)
      let slash = resolved.utf8.lastIndex(of: UInt8(ascii: "/"))
      let start = slash.map(resolved.utf8.index(after:)) ?? resolved.startIndex
      let name = String(resolved[start...])
      // A missing path that ends in a slash could only become a folder.
      guard !name.isEmpty else { throw FileError(.save, path: path, cause: .isFolder) }
      let folderPath = slash == nil ? "." : String(resolved[..<start])
      folder = try reporting(.save, path) { () throws(SystemError) in
        try FileDescriptor(opening: folderPath, O_RDONLY | O_DIRECTORY)
      }
      self.name = name
      self.permissions = permissions
    }

    /// Nil if there is no file at `path` yet; throws if what is there must not be replaced.
    private static func permissionsOfReplaceableFile(at path: String) throws(FileError) -> mode_t? {
      var status = stat()
      guard stat(path, &status) == 0 else {
        let code = errno
        guard code == ENOENT else { throw FileError(.save, path: path, cause: .system(code)) }
        guard lstat(path, &status) != 0 else {
          throw FileError(.save, path: path, cause: .danglingLink)
        }
        return nil
      }
      switch status.st_mode & S_IFMT {
      case S_IFDIR: throw FileError(.save, path: path, cause: .isFolder)
      case S_IFREG: break
      default: throw FileError(.save, path: path, cause: .notARegularFile)
      }
      try reporting(.save, path) { () throws(SystemError) in
        guard faccessat(AT_FDCWD, path, W_OK, AT_EACCESS) == 0 else { throw .last }
      }
      return status.st_mode
    }

    private static func followingLinks(_ path: String) throws(FileError) -> String {
      try reporting(.save, path) { () throws(SystemError) in
        guard let resolved = realpath(path, nil) else { throw .last }
        defer { free(resolved) }
        return String(cString: resolved)
      }
    }
  }
}
