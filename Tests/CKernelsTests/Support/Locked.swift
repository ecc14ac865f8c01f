import Foundation

/// A value that threads take turns at.
///
/// Sendable, unchecked: `value` is read and changed under `lock` only. A lock of Foundation's, since
/// ThreadSanitizer does not see those of Synchronization on Linux.
final class Locked<Value>: @unchecked Sendable {
  private let lock = NSLock()
  private var value: Value

  init(_ value: Value) { self.value = value }

  func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    lock.withLock { body(&value) }
  }
}
