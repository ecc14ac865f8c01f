import Foundation
import Spool
import TestSupport
import Testing

@testable import SpoolZoo

/// What cannot fit the machine is refused at once.
@Suite struct LeastMemoryTests {
  @Test func aNeedIsAProduct() throws {
    let states = LeastMemory.states((3, "steps"), (5, "units"), loweredBy: ["time", "hidden"])
    try states.check(against: 4 * 15)
    let error = #expect(throws: CommandLineError.self) { try states.check(against: 59) }
    #expect(
      error?.description
        == "the states of a step of training take at least 60 bytes (3 steps × 5 units), more than the 59 "
        + "bytes of memory that there are; lower --time or --hidden")
    let weights = LeastMemory.weights((3, "layers"), (5, "units"), loweredBy: ["layers"])
    try weights.check(against: 8 * 15)
    #expect(throws: CommandLineError.self) { try weights.check(against: 8 * 15 - 1) }
  }

  /// Before weights are drawn or examples made, which alone would take hours.
  @Test(arguments: [
    ("adding --hidden 8192 --batch 65536 --time 100000", "--batch, --hidden or --time"),
    ("copy-memory --hidden 8192 --batch 65536 --delay 100000", "--batch, --hidden or --delay"),
    ("ntm --longest 1000 --batch 65536 --slots 65536", "--longest, --batch, --slots or --width"),
    ("dnc --batch 65536 --slots 65536", "--longest, --batch or --slots"),
  ])
  func sizesThatNoMachineHoldsAreOneLine(line: String, options: String) throws {
    let folder = try TemporaryFolder()
    let result = TestZoo(ModelRegistry.all.models)("train \(line) --run \(folder.file("run"))")
    #expect(result.status == 1)
    #expect(result.errors.hasSuffix("; lower \(options)\n"), "\(result.errors)")
    #expect(result.errors.split(separator: "\n").count == 1)
    #expect(!FileManager.default.fileExists(atPath: folder.file("run")))
  }

  private func needs(_ line: String) throws -> [LeastMemory] {
    let words = line.split(separator: " ").map(String.init)
    let model = try ModelRegistry.all.model(named: words[0])
    let parser = ArgumentParser(
      command: "zoo train \(model.name)", declarations: TrainVerb.declarations(of: model))
    return model.leastMemory(try parser.parse(Array(words.dropFirst())))
  }

  /// In billions of bytes, on paper.
  @Test(arguments: [
    ("word-lm --hidden 8192 --layers 16", 68.72),
    ("char-lm --hidden 8192 --layers 16", 8.59),
    ("translate --hidden 8192", 3.221),
    ("sequential-mnist --hidden 8192 --batch 65536", 2.147),
    ("video --seen 100 --batch 65536 --size 64", 107.4),
    ("memn2n --hops 20 --sentences 10000 --width 8192", 13.763),
    ("deep-tagger --hidden 8192 --layers 64", 34.36),
  ])
  func everyModelKnowsWhatItNeeds(line: String, least: Double) throws {
    let needs = try needs(line)
    func fits(_ bytes: Double) -> Bool {
      needs.allSatisfy { need in (try? need.check(against: Int(bytes * 1e9))) != nil }
    }
    #expect(!fits(0.999 * least) && fits(1.001 * least))
  }

  @Test func theDefaultsFit() throws {
    for model in ModelRegistry.all.models {
      let needs = try needs(model.name)
      #expect(!needs.isEmpty, "\(model.name)")
      for need in needs { try need.check(against: 1_000_000_000) }
    }
  }
}
