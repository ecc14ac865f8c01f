#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The `errno` of a system call that failed.
struct SystemError: Error {
  let code: Int32

  /// Must be read directly after the call, before another one overwrites it.
  static var last: SystemError { SystemError(code: errno) }
}

/// An open file, closed when it goes out of scope.
///
/// Calls that a signal interrupts are repeated; every other failure is thrown.
struct FileDescriptor: ~Copyable {
  let number: Int32

  /// What `fstat` says about an open file.
  struct Status {
    enum Kind {
      case regularFile, folder, other
    }

    let kind: Kind
    let size: Int
  }

  /// Opens `path`, relative to the folder `directory` (the working folder by default).
  init(
    opening path: String, in directory: Int32 = AT_FDCWD, _ flags: Int32, permissions: mode_t = 0
  ) throws(SystemError) {
    // No child process may inherit the file: it would hold the lock on it.
    let number = retryingInterruptions { openat(directory, path, flags | O_CLOEXEC, permissions) }
    guard number >= 0 else { throw .last }
    self.number = number
  }

  deinit {
    _ = close(number)
  }

  func status() throws(SystemError) -> Status {
    var status = stat()
    guard fstat(number, &status) == 0 else { throw .last }
    let kind: Status.Kind =
      switch status.st_mode & S_IFMT {
      case S_IFREG: .regularFile
      case S_IFDIR: .folder
      default: .other
      }
    return Status(kind: kind, size: Int(status.st_size))
  }

  /// Reads at most `buffer.count` bytes and returns how many came; 0 is the end of the file.
  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
    let wanted = min(buffer.count, Self.largestTransfer)
    #if canImport(Darwin)
      let count = retryingInterruptions { Darwin.read(number, buffer.baseAddress, wanted) }
    #elseif canImport(Glibc)
      let count = retryingInterruptions { Glibc.read(number, buffer.baseAddress, wanted) }
    #elseif canImport(Musl)
      let count = retryingInterruptions { Musl.read(number, buffer.baseAddress, wanted) }
    #endif
    guard count >= 0 else { throw .last }
    return count
  }

  /// Writes all of `bytes`, however many calls that takes.
  func writeAll(_ bytes: UnsafeRawBufferPointer) throws(SystemError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      let start = UnsafeRawBufferPointer(rebasing: rest)
      let count = retryingInterruptions {
        write(number, start.baseAddress, min(start.count, Self.largestTransfer))
      }
      guard count >= 0 else { throw .last }
      // A write of nothing without an error would otherwise be tried for ever.
      guard count > 0 else { throw SystemError(code: EIO) }
      rest = rest.dropFirst(count)
    }
  }

  /// Waits until the file's contents are on the disk, not only in the system's memory.
  func synchronize() throws(SystemError) {
    #if canImport(Darwin)
      // On Apple's systems fsync leaves the data in the drive's own cache.
      if retryingInterruptions({ fcntl(number, F_FULLFSYNC) }) == 0 { return }
    #endif
    guard retryingInterruptions({ fsync(number) }) == 0 else { throw .last }
  }

  /// Waits until the folder's entries are on the disk; file systems that cannot do so are excused.
  func synchronizeFolder() throws(SystemError) {
    do {
      try synchronize()
    } catch  where error.code == EINVAL || error.code == ENOTSUP {
      return
    }
  }

  /// Takes the file's lock, which the system releases when the file is closed or the process dies.
  /// Returns false if another open file holds it.
  func lockWithoutWaiting() -> Bool {
    retryingInterruptions { flock(number, LOCK_EX | LOCK_NB) } == 0
  }

  /// Gives the lock back. Closing does so too, but not while a child process that is just being
  /// started still has a copy of the descriptor.
  func unlock() {
    _ = flock(number, LOCK_UN)
  }

  /// Closes the file and reports what closing reports; the descriptor is gone in either case.
  consuming func closeChecked() throws(SystemError) {
    let number = number
    discard self
    // After an interruption the descriptor is closed already, and repeating could close another's.
    guard close(number) == 0 || errno == EINTR else { throw .last }
  }

  /// Some systems refuse more than this in one call.
  private static let largestTransfer = 1 << 30
}

/// Runs system calls on behalf of an operation on the file at `path`, whose error names both.
func reporting<Result: ~Copyable>(
  _ operation: FileError.Operation, _ path: String, _ calls: () throws(SystemError) -> Result
) throws(FileError) -> Result {
  do throws(SystemError) {
    return try calls()
  } catch {
    throw FileError(operation, path: path, cause: .system(error.code))
  }
}

/// Repeats a call that returns a negative number for as long as signals interrupt it.
private func retryingInterruptions<Result: SignedInteger>(_ call: () -> Result) -> Result {
  while true {
    let result = call()
    if result >= 0 || errno != EINTR { return result }
  }
}
