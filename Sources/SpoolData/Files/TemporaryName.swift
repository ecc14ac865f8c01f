#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif
import Synchronization

/// The names of files that are not complete yet: `.spool-<process>-<number>.tmp`.
///
/// The length does not depend on the final name, which may be as long as the file system allows.
enum TemporaryName {
  private static let counter = Atomic<Int>(0)

  /// A name this process has not used before.
  static func next() -> String {
    let number = counter.wrappingAdd(1, ordering: .relaxed).newValue
    return "\(prefix)\(getpid())-\(number)\(suffix)"
  }

  private static let prefix = ".spool-"
  private static let suffix = ".tmp"

  /// The process that made a temporary file, or nil if `name` is not one's name.
  static func process(of name: String) -> pid_t? {
    guard name.hasPrefix(prefix), name.hasSuffix(suffix) else { return nil }
    let numbers = name.dropFirst(prefix.count).dropLast(suffix.count).split(
      separator: "-", omittingEmptySubsequences: false)
    guard numbers.count == 2, let process = pid_t(numbers[0]), process > 0, Int(numbers[1]) != nil
    else { return nil }
    return process
  }

  /// Removes the temporary files of processes that died while saving into `folder`.
  ///
  /// A file that is locked is being written by a process that only seems dead: in another
  /// container, say, that shares the folder but not the process numbers. Failures are ignored:
  /// what cannot be removed now does no harm, and the save is what matters.
  static func sweepAbandonedFiles(in folder: borrowing FileDescriptor) {
    for name in folder.entries() {
      guard let process = process(of: name), kill(process, 0) != 0, errno == ESRCH,
        let file = try? FileDescriptor(opening: name, in: folder.number, O_RDONLY | O_NOFOLLOW),
        file.lockWithoutWaiting()
      else { continue }
      unlinkat(folder.number, name, 0)
    }
  }
}
