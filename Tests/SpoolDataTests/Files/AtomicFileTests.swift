import Foundation
import SpoolData
import Synchronization
import Testing
import TestSupport

@Suite struct AtomicFileTests {
  let folder: TemporaryFolder
  let path: String

  init() throws {
    folder = try TemporaryFolder()
    path = folder.file("model")
  }

  @Test func writesANewFileAndReplacesAnOldOne() throws {
    try AtomicFile.write([1, 2, 3], to: path)
    #expect(try folder.bytes(of: "model") == [1, 2, 3])
    try AtomicFile.write("öre", to: path)
    #expect(try folder.bytes(of: "model") == Array("öre".utf8))
    try AtomicFile.write([], to: path)
    #expect(try folder.bytes(of: "model") == [])
    #expect(try folder.names == ["model"])
  }

  @Test func writesInPieces() throws {
    try AtomicFile.replace(path) { output throws(FileError) in
      for piece in 0..<100 {
        try output.write([UInt8](repeating: UInt8(piece), count: 1000))
      }
    }
    let expected = (0..<100_000).map { UInt8($0 / 1000) }
    #expect(try folder.bytes(of: "model") == expected)
  }

  @Test func writesToAPathInTheWorkingFolder() async throws {
    await #expect(processExitsWith: .success) { [directory = folder.path as String] in
      #expect(chdir(directory) == 0)
      try AtomicFile.write([7], to: "bare")
    }
    #expect(try folder.bytes(of: "bare") == [7])
  }

  @Test func aFailureWhileWritingKeepsTheOldVersion() throws {
    try folder.put([1, 2, 3], in: "model")
    let failure = FileError(.read, path: "elsewhere", cause: .isFolder)
    #expect(throws: failure) {
      try AtomicFile.replace(path) { output throws(FileError) in
        try output.write([9])
        throw failure
      }
    }
    #expect(try folder.bytes(of: "model") == [1, 2, 3])
    #expect(try folder.names == ["model"])
  }

  @Test func aFullDiskKeepsTheOldVersion() async throws {
    try folder.put([1, 2, 3], in: "model")
    await #expect(processExitsWith: .success) { [path = path as String] in
      // The limit on file sizes makes writes fail part of the way, as a full disk does.
      signal(SIGXFSZ, SIG_IGN)
      var limit = rlimit(rlim_cur: 65_536, rlim_max: 65_536)
      #expect(setrlimit(limitOnFileSize, &limit) == 0)
      let error = #expect(throws: FileError.self) {
        try AtomicFile.write([UInt8](repeating: 9, count: 1_000_000), to: path)
      }
      #expect(error?.systemCode == EFBIG)
    }
    #expect(try folder.bytes(of: "model") == [1, 2, 3])
    #expect(try folder.names == ["model"])
  }

  @Test func aReadOnlyFolderKeepsTheOldVersion() async throws {
    try folder.put([1], in: "model")
    await #expect(processExitsWith: .success) {
      [path = path as String, directory = folder.path as String] in
      chmod(directory, geteuid() == 0 ? 0o755 : 0o555)
      boundByPermissions {
        for name in [path, directory + "/other"] {
          let error = #expect(throws: FileError.self) { try AtomicFile.write([9], to: name) }
          #expect(error?.systemCode == EACCES)
          #expect(error?.description.contains("choose a folder you may write to") == true)
        }
      }
    }
    chmod(folder.path, 0o755)
    #expect(try folder.bytes(of: "model") == [1])
    #expect(try folder.names == ["model"])
  }

  @Test func aProtectedFileIsKept() async throws {
    try folder.put([1], in: "model")
    chmod(path, 0o444)
    chmod(folder.path, 0o777)
    await #expect(processExitsWith: .success) { [path = path as String] in
      boundByPermissions {
        #expect(throws: FileError(.save, path: path, cause: .system(EACCES))) {
          try AtomicFile.write([9], to: path)
        }
      }
    }
    #expect(try folder.bytes(of: "model") == [1])
  }

  @Test func refusesPathsThatAreNoFiles() throws {
    let cases: [(path: String, cause: FileError.Cause)] = [
      ("", .unusablePath),
      (folder.file("a\0b"), .unusablePath),
      (folder.path, .isFolder),
      (folder.file("missing/"), .isFolder),
      (folder.file("missing/model"), .system(ENOENT)),
      (folder.file(String(repeating: "x", count: 256)), .system(ENAMETOOLONG)),
      ("/dev/null", .notARegularFile),
    ]
    for (path, cause) in cases {
      #expect(throws: FileError(.save, path: path, cause: cause)) {
        try AtomicFile.write([1], to: path)
      }
    }
    #expect(try folder.names == [])
  }

  @Test func theLongestNameIsNotTooLong() throws {
    let name = String(repeating: "x", count: 255)
    try AtomicFile.write([1], to: folder.file(name))
    #expect(try folder.names == [name])
  }

  @Test func followsALinkAndKeepsIt() throws {
    let manager = FileManager.default
    try manager.createDirectory(atPath: folder.file("real"), withIntermediateDirectories: false)
    try folder.put([1], in: "real/model")
    try manager.createSymbolicLink(atPath: path, withDestinationPath: "real/model")
    try AtomicFile.write([2], to: path)
    #expect(try folder.bytes(of: "real/model") == [2])
    #expect(try manager.destinationOfSymbolicLink(atPath: path) == "real/model")
  }

  @Test func refusesALinkToNothing() throws {
    try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: "gone")
    #expect(throws: FileError(.save, path: path, cause: .danglingLink)) {
      try AtomicFile.write([2], to: path)
    }
    #expect(try folder.names == ["model"])
  }

  @Test func keepsPermissions() throws {
    try folder.put([1], in: "model")
    chmod(path, 0o640)
    try AtomicFile.write([2], to: path)
    let attributes = try FileManager.default.attributesOfItem(atPath: path)
    #expect(attributes[.posixPermissions] as? Int == 0o640)
  }

  @Test func sweepsTheFilesOfDeadProcessesOnly() throws {
    let living = ".spool-\(getppid())-1.tmp"
    // Larger than any process number a system gives out.
    let dead = ".spool-2147483646-1.tmp"
    let alike = [".spool-2147483646.tmp", ".spool-x-1.tmp", "spool-2147483646-1.tmp"]
    for name in [living, dead] + alike { try folder.put([0], in: name) }
    try AtomicFile.write([1], to: path)
    #expect(try folder.names == (alike + [living, "model"]).sorted())
  }

  @Test func leavesALockedTemporaryFile() throws {
    let name = ".spool-2147483646-1.tmp"
    let descriptor = open(try folder.put([0], in: name), O_RDONLY)
    defer { close(descriptor) }
    #expect(flock(descriptor, LOCK_EX) == 0)
    try AtomicFile.write([1], to: path)
    #expect(try folder.names == [name, "model"])
  }

  @Test func writersOfOnePathLeaveOneVersionWhole() async throws {
    await withTaskGroup { group in
      for writer in 0..<4 {
        group.addTask { [path] in
          for _ in 0..<20 {
            #expect(throws: Never.self) {
              try AtomicFile.write([UInt8](repeating: UInt8(writer), count: 50_000), to: path)
            }
          }
        }
      }
    }
    let bytes = try folder.bytes(of: "model")
    #expect(bytes.count == 50_000)
    #expect(Set(bytes).count == 1)
    #expect(try folder.names == ["model"])
  }
}

#if canImport(Glibc)
  let limitOnFileSize = __rlimit_resource_t(RLIMIT_FSIZE.rawValue)
#else
  let limitOnFileSize = RLIMIT_FSIZE
#endif
