import Foundation
import SpoolData
import Testing
import TestSupport

@Suite struct TextFileTests {
  let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
  }

  @Test func readsTextCharacterForCharacter() throws {
    // Both forms of é, a carriage return and a zero byte all stay.
    let text = "caf\u{E9} cafe\u{301}\r\n\0漢字 😀"
    let path = try folder.put(Array(text.utf8), in: "text")
    #expect(try Array(TextFile.read(path: path).utf8) == Array(text.utf8))
  }

  @Test func leavesOutAByteOrderMark() throws {
    let path = try folder.put([0xEF, 0xBB, 0xBF, 0x61, 0xEF, 0xBB, 0xBF], in: "text")
    #expect(try Array(TextFile.read(path: path).unicodeScalars) == ["a", "\u{FEFF}"])
  }

  @Test func readsAFileThatClaimsToBeEmpty() throws {
    guard FileManager.default.fileExists(atPath: "/proc/self/status") else { return }
    #expect(try TextFile.read(path: "/proc/self/status").contains("Pid:"))
  }

  @Test func aMissingFile() {
    let path = folder.file("gone")
    let error = #expect(throws: TextFileError.self) { try TextFile.read(path: path) }
    #expect(error == .file(FileError(.read, path: path, cause: .system(ENOENT))))
    #expect(error?.description == "cannot read \(path): No such file or directory; check the path")
  }

  @Test func aFolder() {
    let path = folder.path
    let error = #expect(throws: TextFileError.self) { try TextFile.read(path: path) }
    #expect(error?.description == "cannot read \(path): it is a folder; name a file inside it")
  }

  @Test func aPipeIsRefusedWithoutWaiting() {
    let path = folder.file("pipe")
    #expect(mkfifo(path, 0o600) == 0)
    #expect(throws: TextFileError.file(FileError(.read, path: path, cause: .notARegularFile))) {
      try TextFile.read(path: path)
    }
  }

  @Test func anUnreadableFile() async throws {
    let path = try folder.put([0x61], in: "secret")
    chmod(path, 0o000)
    await #expect(processExitsWith: .success) { [path = path as String] in
      boundByPermissions {
        let expected = TextFileError.file(FileError(.read, path: path, cause: .system(EACCES)))
        #expect(throws: expected) { try TextFile.read(path: path) }
      }
    }
  }

  @Test(arguments: [[], [0xEF, 0xBB, 0xBF]] as [[UInt8]]) func anEmptyFile(_ bytes: [UInt8]) throws
  {
    let path = try folder.put(bytes, in: "empty")
    let error = #expect(throws: TextFileError.empty(path: path)) { try TextFile.read(path: path) }
    #expect(error?.description == "\(path) is empty; name a file that contains text")
  }

  @Test func aFileThatIsNotUTF8() throws {
    let path = try folder.put(Array("caf".utf8) + [0xE9, 0x0A], in: "latin1")
    let error = #expect(throws: TextFileError.notUTF8(path: path, offset: 3, byte: 0xE9)) {
      try TextFile.read(path: path)
    }
    #expect(error?.description.contains("not UTF-8 text: byte 3 is 0xE9; convert it") == true)
  }

  @Test func aFileInUTF16IsRecognised() throws {
    let path = try folder.put([0xFF, 0xFE, 0x61, 0x00], in: "utf16")
    let error = #expect(throws: TextFileError.self) { try TextFile.read(path: path) }
    #expect(error?.description.contains("convert it from UTF-16") == true)
  }

  @Test func anErrorMessageIsOneLineWithoutControlCodes() {
    let error = #expect(throws: TextFileError.self) {
      try TextFile.read(path: "/no/such\n\u{1B}[2J\u{202E}name")
    }
    #expect(
      error?.description
        == "cannot read /no/such\\n\\u{1B}[2J\\u{202E}name: No such file or directory; check the path"
    )
  }
}
