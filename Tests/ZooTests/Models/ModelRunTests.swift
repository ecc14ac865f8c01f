import Foundation
import SpoolData
import TestSupport
import Testing

@testable import SpoolZoo

/// What every run of every model fulfils, whatever it learns.
@Suite struct ModelRunTests {
  private let folder: TemporaryFolder

  init() throws {
    folder = try TemporaryFolder()
    func put(_ text: String, times: Int, in folderName: String, _ name: String) throws {
      let place = folder.file(folderName)
      try FileManager.default.createDirectory(atPath: place, withIntermediateDirectories: true)
      try folder.put(Array(String(repeating: text, count: times).utf8), in: "\(folderName)/\(name)")
    }
    for name in ["train.txt", "valid.txt", "test.txt"] {
      try put("to be or not to be\n", times: 12, in: "words", name)
    }
    for part in ["train", "val", "test"] {
      for (ending, line) in [("de", "das haus ist rot\n"), ("en", "the house is red\n")] {
        try put(line, times: 8, in: "pairs", "\(part).\(ending)")
      }
    }
    let story = "1 Mary went home.\n2 Where is Mary?\thome\t1\n"
    for part in ["train", "test"] {
      try put(story, times: 12, in: "stories", "qa1_places_\(part).txt")
    }
  }

  /// Each model with options that make it small; FOLDER stands for that of the data.
  private static let calls = [
    "char-lm --data FOLDER/words/train.txt --hidden 4 --batch 4 --time 9 --epochs 3 --dropout 0.2",
    "word-lm --data FOLDER/words --hidden 4 --batch 4 --time 9 --epochs 3 --dropout 0.2",
    "adding --time 4 --hidden 4 --batch 2 --steps 3",
    "copy-memory --delay 1 --symbols 2 --hidden 4 --batch 2 --steps 3",
    "sequential-mnist --pixels 50 --hidden 4 --batch 2 --steps 3",
    "deep-tagger --hidden 4 --layers 1 --batch 2 --steps 3",
    "translate --data FOLDER/pairs --hidden 4 --embedding 4 --batch 4 --epochs 3 --dropout 0.2",
    "video --hidden 2 --layers 1 --batch 1 --seen 2 --ahead 1 --steps 3",
    "ntm --longest 2 --hidden 4 --slots 4 --width 3 --steps 3",
    "dnc --longest 2 --hidden 4 --slots 4 --width 3 --steps 3",
    "dnc --data FOLDER/stories --renamed-answers --hidden 4 --slots 4 --width 3 --steps 3",
    "memn2n --data FOLDER/stories --width 4 --hops 1 --batch 8 --epochs 3 --linear-epochs 1",
  ]

  private func train(
    _ call: String, in run: String, _ zoo: TestZoo = TestZoo(ModelRegistry.all.models)
  ) throws -> (model: [UInt8], metrics: [UInt8]) {
    let line = call.replacing("FOLDER", with: folder.path)
    let result = zoo("train \(line) --threads 1 --run \(folder.file(run))")
    #expect(result.status == 0, "\(result.errors)")
    return try (
      folder.bytes(of: "\(run)/model.safetensors"), folder.bytes(of: "\(run)/metrics.jsonl")
    )
  }

  /// What is on the disk when the second measurement is reported is what a process leaves that is killed then. Resumed,
  /// the run ends with the same bits; with another seed it would not.
  @Test(arguments: calls) func aKilledRunGoesOnAsIfItHadNotBeen(_ call: String) throws {
    var lines = 0
    let zoo = TestZoo(ModelRegistry.all.models)
    zoo.output.whenPrinting = { [folder] in
      lines += 1
      if lines == 2 {
        try? FileManager.default.copyItem(
          atPath: folder.file("whole"), toPath: folder.file("killed"))
      }
    }
    let whole = try train(call, in: "whole", zoo)
    let model = try #require(call.split(separator: " ").first)
    let resumed = try train("\(model) --resume", in: "killed")
    #expect(resumed.model == whole.model)
    #expect(resumed.metrics == whole.metrics)
    let other = try train("\(call) --seed 2", in: "other")
    #expect(other.metrics != whole.metrics)
  }

  /// On a terminal a line says how far an evaluation has come, which is gone at its end. It is no part of the result.
  @Test(arguments: [("translate", "translating"), ("video", "predicting")])
  func anEvaluationShowsItsProgress(model: String, stage: String) throws {
    _ = try train(#require(Self.calls.first { $0.hasPrefix(model) }), in: "run")
    let line = "evaluate --run \(folder.file("run"))"
    let watched = TestZoo(ModelRegistry.all.models, isTerminal: true)(line)
    #expect(watched.errors.contains("\r\(stage)  ") && watched.errors.contains("% "))
    #expect(watched.errors.hasSuffix("\r\u{1B}[K") && !watched.errors.contains("loss"))
    let logged = TestZoo(ModelRegistry.all.models)(line)
    #expect(logged.errors.isEmpty && !watched.output.contains(stage))
  }

  /// Beside curves and parameters the page of each model has something of its own.
  @Test(arguments: calls) func aPageShowsWhatHappensInside(_ call: String) throws {
    _ = try train(call, in: "run")
    let zoo = TestZoo(ModelRegistry.all.models)
    let result = zoo("inspect --run \(folder.file("run"))")
    #expect(result.status == 0, "\(result.errors)")
    let page = String(decoding: try folder.bytes(of: "run/report.html"), as: UTF8.self)
    let headings = page.matches(of: /<h2>(.*?)<\/h2>/).map { String($0.output.1) }
    #expect(headings.starts(with: ["Settings", "Curves"]) && headings.last == "Parameters")
    #expect(headings.count > 3, "\(headings)")
  }

  @Test func everyModelIsHere() {
    let names = Set(Self.calls.map { $0.prefix { $0 != " " } })
    for model in ModelRegistry.all.models { #expect(names.contains(model.name[...])) }
  }
}
