import Foundation
import SpoolData
import Testing
import TestSupport

@Suite struct LockedFolderTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func makesTheFolderAndThoseAroundIt() throws {
    for name in ["a", "a", "b/c/d", "e//f///", "g/./h"] {
      _ = try LockedFolder(path: folder.file(name))
      var isFolder: ObjCBool = false
      #expect(FileManager.default.fileExists(atPath: folder.file(name), isDirectory: &isFolder))
      #expect(isFolder.boolValue)
    }
  }

  @Test func theLockLastsAsLongAsTheValue() throws {
    let path = folder.file("run")
    do {
      let lock = try LockedFolder(path: path)
      let error = #expect(throws: FileError.self) { _ = try LockedFolder(path: path) }
      #expect(error == FileError(.useFolder, path: path, cause: .inUse))
      #expect(error?.description.contains("another process is using it; wait") == true)
      #expect(lock.path == path)
    }
    _ = try LockedFolder(path: path)
  }

  @Test func whatCannotBeAFolder() throws {
    try folder.put([], in: "file")
    let cases: [(String, FileError.Cause)] = [
      ("", .unusablePath), ("a\0b", .unusablePath), (folder.file("file"), .system(ENOTDIR)),
      (folder.file("file/below"), .system(ENOTDIR)), ("/proc/none/below", .system(ENOENT)),
      (folder.file(String(repeating: "x", count: 256)), .system(ENAMETOOLONG)),
    ]
    for (path, cause) in cases {
      let error = #expect(throws: FileError.self) { _ = try LockedFolder(path: path) }
      #expect(error == FileError(.useFolder, path: path, cause: cause))
    }
  }
}
