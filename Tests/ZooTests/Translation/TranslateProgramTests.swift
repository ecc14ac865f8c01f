import Foundation
import Spool
import TestSupport
import Testing

@testable import SpoolZoo

/// `translate` as its users call it.
@Suite struct TranslateProgramTests {
  private let program = ProgramTests()
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    for (part, count) in [("train", 40), ("val", 6), ("test", 8)] {
      let pairs = ToyLanguage.pairs(count, key: RandomKey(seed: count))
      for (ending, sentences) in [("de", pairs.source), ("en", pairs.target)] {
        let text = sentences.map { $0.joined(separator: " ") + "\n" }.joined()
        try folder.put(Array(text.utf8), in: "\(part).tok.\(ending)")
      }
    }
  }

  private func train(
    _ more: [String] = [], data: String? = nil
  ) throws -> (status: Int32, output: String, errors: String) {
    try program.run(
      [
        "train", "translate", "--data", data ?? folder.path, "--run", folder.file("run"), "--steps",
        "4", "--embedding", "8", "--hidden", "4", "--batch", "16", "--threads", "1",
      ] + more)
  }

  private func expectOneLine(
    _ result: (status: Int32, output: String, errors: String), _ words: String...,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    #expect(result.status == 1, sourceLocation: sourceLocation)
    #expect(result.errors.hasPrefix("zoo: "), sourceLocation: sourceLocation)
    #expect(result.errors.split(separator: "\n").count == 1, sourceLocation: sourceLocation)
    for word in words {
      #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: sourceLocation)
    }
  }

  @Test func trainsEvaluatesAndTranslates() throws {
    let trained = try train()
    #expect(trained.status == 0, "\(trained.errors)")
    let reported = try #require(
      trained.output.firstMatch(of: /on the test part: ([0-9.]+ BLEU)/)?.output.1)
    let run = ["--run", folder.file("run"), "--threads", "2"]
    let evaluated = try program.run(
      ["evaluate", "--beam", "1", "--output", folder.file("written")] + run)
    #expect(evaluated.status == 0, "\(evaluated.errors)")
    #expect(evaluated.output.contains(reported))
    #expect(evaluated.output.contains("6 to 10 source words"))
    #expect(try folder.bytes(of: "written").count { $0 == UInt8(ascii: "\n") } == 8)
    let validation = try #require(
      trained.output.firstMatch(of: /validation ([0-9.]+ nats per word)/)?.output.1)
    let again = try program.run(["evaluate", "--part", "validation"] + run)
    #expect(again.output.contains(validation))

    let picture = folder.file("map.svg")
    let translated = try program.run(
      ["translate", "the red cat sees a house", "--beam", "2", "--heat-map", picture] + run)
    #expect(translated.status == 0, "\(translated.errors)")
    let svg = try String(contentsOfFile: picture, encoding: .utf8)
    let written = translated.output.split { $0.isWhitespace }.map(String.init)
    for word in ["the", "red", "cat", "&lt;eos&gt;"] + written {
      #expect(svg.contains(">\(word)</text>"), "\(word)")
    }
    let sampled = try program.run(["sample"] + run)
    #expect(sampled.output.split(separator: "\n").count { $0.hasPrefix("translation:") } == 5)

    #expect(translated.errors.isEmpty)
    let odd = try program.run(["translate", "the Red cat sees a zebra"] + run)
    #expect(odd.status == 0 && !odd.output.contains("zebra"))
    #expect(odd.errors.hasSuffix("written as in its training text: Red zebra\n"), "\(odd.errors)")

    expectOneLine(try program.run(["translate"] + run), "needs a sentence")
    expectOneLine(try program.run(["translate", ""] + run), "needs a sentence")
    expectOneLine(try program.run(["translate", " "] + run), "has no words")
    try FileManager.default.removeItem(atPath: folder.file("test.tok.de"))
    expectOneLine(try program.run(["evaluate"] + run), "no file called test*.de")
  }

  @Test func aFixedContextHasNoHeatMap() throws {
    #expect(try train(["--attention", "none"]).status == 0)
    expectOneLine(
      try program.run(
        [
          "translate", "the cat", "--run", folder.file("run"), "--heat-map", folder.file("map.svg"),
        ]), "attends to nothing")
  }

  @Test func badDataAreOneLineWithFileAndLine() throws {
    let source = try folder.bytes(of: "train.tok.de")
    let lines = source.split(separator: UInt8(ascii: "\n"))
    try folder.put(
      Array(lines.dropLast(2).joined(separator: [UInt8(ascii: "\n")])), in: "train.tok.de")
    expectOneLine(try train(), "train.tok.de has 38 lines", "40", "line 39 of")
    try folder.put(source + Array("x\n \n".utf8), in: "train.tok.de")
    let target = try folder.bytes(of: "train.tok.en")
    try folder.put(target + Array("x\ny\n".utf8), in: "train.tok.en")
    expectOneLine(try train(), "train.tok.de, line 42: no words")
    try folder.put(source, in: "train-2.de")
    expectOneLine(try train(), "several files (train-2.de, train.tok.de)")
    expectOneLine(try train(data: folder.file("nowhere")), "nowhere", "no file called train*.de")
    expectOneLine(try train(["--attention", "soft"]), "--attention")
    #expect(!FileManager.default.fileExists(atPath: folder.file("run/model.safetensors")))
  }

  @Test func aDamagedVocabularyIsOneLine() throws {
    #expect(try train().status == 0)
    let path = folder.file("run/config.json")
    let good = try String(contentsOfFile: path, encoding: .utf8)
    for (bad, words) in [
      (good.replacing("\"source_vocabulary\"", with: "\"vocabulary\""), "source_vocabulary"),
      (good.replacing("<eos>\\n", with: "<eos>\\n\\n"), "line 5"),
      (good.replacing("<pad>\\n", with: ""), "model.safetensors"),
    ] {
      try bad.write(toFile: path, atomically: true, encoding: .utf8)
      expectOneLine(
        try program.run(["evaluate", "--run", folder.file("run")]), words)
    }
  }
}
