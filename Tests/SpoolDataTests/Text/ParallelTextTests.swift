import SpoolData
import Testing
import TestSupport

@Suite struct ParallelTextTests {
  let folder: TemporaryFolder

  init() throws { folder = try TemporaryFolder() }

  private func read(_ source: String, _ target: String) throws -> ParallelText {
    try ParallelText(
      source: folder.put(Array(source.utf8), in: "a.de"),
      target: folder.put(Array(target.utf8), in: "a.en"))
  }

  @Test func linesAreSentencesAndWordsStandBetweenSpaces() throws {
    let text = try read("ein mann .\nzwei\r\n", "a man .\ntwo")
    #expect(text.source == [["ein", "mann", "."], ["zwei"]])
    #expect(text.target == [["a", "man", "."], ["two"]])
    #expect(text.count == 2)
  }

  @Test(arguments: [("a\nb\nc\n", "a\n", "a.de"), ("a\n", "a\nb\n", "a.en")])
  func unequalNumbersOfLinesAreNamed(_ source: String, _ target: String, _ longer: String) {
    let error = #expect(throws: ParallelTextError.self) { try read(source, target) }
    let message = error?.description ?? ""
    #expect(message.contains("a.de has \(source.count / 2) lines"))
    #expect(message.contains("line 2 of \(folder.file(longer)) has no counterpart"))
    #expect(!message.contains("\n"))
  }

  @Test func aLineWithoutWordsIsNamed() throws {
    let error = #expect(throws: ParallelTextError.self) { try read("a\nb\nc\n", "a\n \t\nc\n") }
    #expect(error == .empty(path: folder.file("a.en"), line: 2))
    #expect(error?.description.hasPrefix("\(folder.file("a.en")), line 2: no words; ") == true)
  }

  @Test func aFileThatCannotBeReadIsNamed() throws {
    let path = folder.file("gone")
    let error = #expect(throws: ParallelTextError.self) {
      try ParallelText(source: path, target: path)
    }
    #expect(error?.description.hasPrefix("cannot read \(path)") == true)
  }
}
