#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// A file that could not be read, written or replaced: which file, why, and what to do about it.
public struct FileError: Error, Equatable, Sendable, CustomStringConvertible {
  /// What was being done to the file.
  public enum Operation: String, Equatable, Sendable {
    /// Reading the whole file.
    case read
    /// Writing a new version of the file and putting it in the old one's place.
    case save
    /// Adding lines to the end of the file.
    case append
    /// Making a folder, or taking one that is there into use.
    case useFolder
  }

  /// Why the operation failed.
  public enum Cause: Equatable, Sendable {
    /// A system call failed with this `errno`.
    case system(Int32)
    /// The path names a folder where a file is needed.
    case isFolder
    /// The path names a pipe, socket or device where a file is needed.
    case notARegularFile
    /// The path is empty or contains a zero byte, so it names nothing.
    case unusablePath
    /// Another process has the folder locked.
    case inUse
    /// The path is a symbolic link to a file that does not exist.
    case danglingLink
  }

  /// What was being done.
  public let operation: Operation
  /// The path as it was given.
  public let path: String
  /// Why it failed.
  public let cause: Cause

  /// An error of `operation` on the file at `path`.
  public init(_ operation: Operation, path: String, cause: Cause) {
    self.operation = operation
    self.path = path
    self.cause = cause
  }

  /// The `errno` of a failed system call, and nil for the other causes.
  public var systemCode: Int32? {
    if case .system(let code) = cause { code } else { nil }
  }

  /// One line: the operation and path, the cause, and the repair.
  public var description: String {
    "cannot \(verb) \(path.escapedForDisplay): \(reason); \(repair)"
  }

  private var verb: String {
    switch operation {
    case .read: "read"
    case .save: "save"
    case .append: "add to"
    case .useFolder: "use the folder"
    }
  }

  private var reason: String {
    switch cause {
    case .system(let code): systemMessage(code)
    case .isFolder: "it is a folder"
    case .notARegularFile: "it is not a regular file"
    case .unusablePath: path.isEmpty ? "the path is empty" : "the path contains a zero byte"
    case .danglingLink: "it is a symbolic link to a file that does not exist"
    case .inUse: "another process is using it"
    }
  }

  private var repair: String {
    switch cause {
    case .isFolder: "name a file inside it"
    case .notARegularFile: "name a regular file"
    case .unusablePath: "name a file"
    case .danglingLink: "remove the link or make the file it points to"
    case .inUse: "wait until it has finished or name another folder"
    case .system(let code): repair(of: code)
    }
  }

  private func repair(of code: Int32) -> String {
    switch code {
    case ENOENT:
      operation == .read ? "check the path" : "make its folder first"
    case EACCES, EPERM:
      operation == .read
        ? "give yourself permission to read it" : "choose a folder you may write to"
    case EROFS: "choose a folder on a disk that can be written to"
    case ENOSPC, EDQUOT: "free some space and try again"
    case EFBIG: "raise the limit on file sizes (ulimit -f) and try again"
    case ENOTDIR, EEXIST: "a file stands where a folder is needed: choose another path"
    case ENAMETOOLONG: "choose a shorter name"
    case ELOOP: "remove the circle of symbolic links"
    case EMFILE, ENFILE: "close some files or raise the limit on open files (ulimit -n)"
    case ENOMEM: "it does not fit into memory: free some or use a smaller file"
    default: "check the disk and try again"
    }
  }
}

/// The system's own text for an `errno`, in the C locale's English.
func systemMessage(_ code: Int32) -> String {
  withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { buffer in
    guard strerror_r(code, buffer.baseAddress!, buffer.count) == 0 else { return "error \(code)" }
    return String(cString: buffer.baseAddress!)
  }
}
