import Foundation

/// Runs `body` as somebody whom permissions bind: as nobody in a process of the superuser's, as itself in any
/// other. For exit tests, since a process has one user at a time.
public func boundByPermissions(_ body: () throws -> Void) rethrows {
  guard geteuid() == 0 else { return try body() }
  precondition(seteuid(65_534) == 0, "the superuser cannot become nobody")
  // Back at the end: LeakSanitizer may not look at a process that has given up its rights.
  defer { _ = seteuid(0) }
  try body()
}
