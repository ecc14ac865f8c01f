import Foundation
import SpoolData
import Testing
import TestSupport

@Suite struct LineFileTests {
  @Test func linesAreAddedToWhatIsThere() throws {
    let folder = try TemporaryFolder()
    let path = try folder.put(Array("old\n".utf8), in: "log")
    let file = try LineFile(path: path)
    try file.append("one")
    try file.append("zwölf")
    #expect(try folder.bytes(of: "log") == Array("old\none\nzwölf\n".utf8))
  }

  @Test func aLineThatDoesNotFitIsTakenBack() async throws {
    let folder = try TemporaryFolder()
    let path = folder.file("log")
    await #expect(processExitsWith: .success) { [path = path as String] in
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 100, rlim_max: 100)
      #expect(setrlimit(limitOnFileSize, &limit) == 0)
      let file = try LineFile(path: path)
      try file.append(String(repeating: "a", count: 60))
      let error = #expect(throws: FileError.self) {
        try file.append(String(repeating: "b", count: 60))
      }
      #expect(error == FileError(.append, path: path, cause: .system(EFBIG)))
      try file.append("c")
    }
    let expected = String(repeating: "a", count: 60) + "\nc\n"
    #expect(try folder.bytes(of: "log") == Array(expected.utf8))
  }

  @Test func aPathThatCannotBeOpened() throws {
    let folder = try TemporaryFolder()
    for (path, cause) in [
      ("", FileError.Cause.unusablePath), (folder.path, .system(EISDIR)),
      (folder.file("missing/log"), .system(ENOENT)),
    ] {
      let error = #expect(throws: FileError.self) { _ = try LineFile(path: path) }
      #expect(error == FileError(.append, path: path, cause: cause))
    }
  }
}
