import Foundation
import TestSupport
import Testing

/// `char-lm` as its users call it.
@Suite struct CharLMProgramTests {
  private let program = ProgramTests()
  private let small = [
    "--hidden", "8", "--layers", "1", "--batch", "4", "--time", "8", "--threads", "1",
  ]

  private func text(_ bytes: [UInt8], in folder: TemporaryFolder) throws -> String {
    try folder.put(bytes, in: "text.txt")
  }

  private func train(
    _ folder: TemporaryFolder, _ data: String, _ more: [String] = []
  ) throws -> (status: Int32, output: String, errors: String) {
    try program.run(
      ["train", "char-lm", "--data", data, "--run", folder.file("run")] + small + more)
  }

  private static let words = Array(String(repeating: "to be or not to be\n", count: 60).utf8)

  @Test func trainsEvaluatesAndSamples() throws {
    let folder = try TemporaryFolder()
    let data = try text(Self.words, in: folder)
    let trained = try train(folder, data, ["--steps", "12"])
    #expect(trained.status == 0, "\(trained.errors)")
    for file in ["config.json", "metrics.jsonl", "model.safetensors", "loss.svg"] {
      #expect(FileManager.default.fileExists(atPath: folder.file("run/\(file)")))
    }
    let reported = try #require(
      trained.output.firstMatch(of: /validation ([0-9.]+) nats/)?.output.1)
    let evaluated = try program.run(
      ["evaluate", "--run", folder.file("run"), "--data", data, "--threads", "2"])
    #expect(evaluated.status == 0)
    #expect(evaluated.output.contains("\(reported) nats per character"))
    let sample = [
      "sample", "--run", folder.file("run"), "--prompt", "to", "--temperature", "0.5", "--seed",
      "3",
      "--length", "20",
    ]
    let (first, second) = (try program.run(sample), try program.run(sample))
    #expect(first.status == 0 && first.output.hasPrefix("to") && first.output.count == 23)
    #expect(first.output == second.output)
    let again = try train(folder, data, ["--steps", "12"])
    #expect(again.status == 1 && again.errors.contains("--resume"))
  }

  @Test(arguments: [
    ([], "empty"), ([0x61, 0xff, 0x62], "UTF-8"), (Array("aaaaaaaaaaaaaaaa".utf8), "character"),
    (Array("abc".utf8), "--batch"),
  ])
  func badTextsAreOneLineAndTouchNothing(_ bytes: [UInt8], _ word: String) throws {
    let folder = try TemporaryFolder()
    try expectOneLine(try train(folder, text(bytes, in: folder), ["--steps", "2"]), word)
    #expect(!FileManager.default.fileExists(atPath: folder.file("run/model.safetensors")))
  }

  @Test func badArgumentsAndFoldersAreOneLine() throws {
    let folder = try TemporaryFolder()
    let data = try text(Self.words, in: folder)
    try expectOneLine(try train(folder, folder.file("nowhere.txt")), "nowhere.txt")
    try expectOneLine(try train(folder, data, ["--hidden", "0"]), "--hidden must be")
    try expectOneLine(
      try program.run(["train", "char-ml", "--data", data]), "did you mean char-lm?")
    try expectOneLine(
      try program.run(["train", "char-lm", "--data", data, "--run", "/proc/none"] + small), "/proc")
  }

  @Test func damagedModelsAreOneLineAndStay() throws {
    let folder = try TemporaryFolder()
    let data = try text(Self.words, in: folder)
    #expect(try train(folder, data, ["--steps", "2"]).status == 0)
    let model = folder.file("run/model.safetensors")
    let good = try Data(contentsOf: URL(filePath: model))
    for bad in [good.dropLast(5), Data("nonsense".utf8), Data(), good.prefix(100)] {
      try bad.write(to: URL(filePath: model))
      for verb in [["evaluate"], ["sample"]] {
        try expectOneLine(
          try program.run(verb + ["--run", folder.file("run")]), "model.safetensors")
      }
      #expect(try Data(contentsOf: URL(filePath: model)) == bad)
    }
  }

  private func expectOneLine(
    _ result: (status: Int32, output: String, errors: String), _ word: String,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(result.status == 1, sourceLocation: sourceLocation)
    #expect(result.errors.hasPrefix("zoo: "), sourceLocation: sourceLocation)
    #expect(result.errors.contains(word), "\(result.errors)", sourceLocation: sourceLocation)
    #expect(result.errors.split(separator: "\n").count == 1, sourceLocation: sourceLocation)
  }
}
