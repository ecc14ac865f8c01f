import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct WordLMTests {
  private let sizes = WordNetworkSizes(vocabulary: 7, hidden: 4, layers: 2, initialBound: 0.5)
  private let words = Tensor<Int32>(shape: [3, 2], [0, 1, 4, 2, 6, 3])
  private let next = Tensor<Int32>(shape: [3, 2], [4, 2, 6, 3, 5, 0])

  @Test(arguments: [false, true]) func gradientsAgreeWithDifferences(isTied: Bool) throws {
    var sizes = sizes
    sizes.isTied = isTied
    sizes.dropout = 0.5
    sizes.isVariational = true
    let network = WordNetwork<Double>(sizes, key: RandomKey(seed: 1))
    #expect((network.parameters()["outputWeights"] == nil) == isTied)
    let state = network.initialState(batch: 2).map { $0 + 0.1 }
    try checkGradients(of: network) {
      crossEntropy(
        logits: network(words, from: state, key: RandomKey(seed: 5)).logits, labels: next)
    }
  }

  /// For each of six time steps which features of the last layer's outputs are dropped.
  private func dropped(isVariational: Bool) -> [[Bool]] {
    var sizes = WordNetworkSizes(vocabulary: 2, hidden: 40, layers: 1, initialBound: 0.5)
    sizes.dropout = 0.5
    sizes.isVariational = isVariational
    let network = WordNetwork<Double>(sizes, key: RandomKey(seed: 1))
    // What is not dropped at the last step is the gradient by an output weight.
    return (1...6).map { time in
      let words = Tensor<Int32>.zeros([6, 1])
      let (_, gradients) = valueAndGradient(of: network) {
        network(words, from: nil, key: RandomKey(seed: 5)).logits[time - 1, 0, 0]
      }
      return gradients[network.outputWeights!]![.all, 0].scalars.map { $0 == 0 }
    }
  }

  @Test func variationalDropoutIsTheSameAtEveryStep() {
    let same = dropped(isVariational: true)
    #expect(Set(same).count == 1)
    #expect((8...32).contains(same[0].count { $0 }))
    #expect(Set(dropped(isVariational: false)).count == 6)
  }

  private static let sentences = Array(
    String(repeating: " the cat sat on the mat \n a dog ran to the cat \n", count: 400).utf8)

  private func data(in folder: TemporaryFolder) throws -> String {
    for name in ["x.train.txt", "x.valid.txt"] { try folder.put(Self.sentences, in: name) }
    try folder.put(Array(Self.sentences.prefix(Self.sentences.count / 4)), in: "x.test.txt")
    return folder.path
  }

  @Test func learnsAndIsMeasuredAgain() throws {
    let folder = try TemporaryFolder()
    let zoo = TestZoo([WordLM()])
    let run = folder.file("run")
    let trained = zoo(
      "train word-lm --data \(try data(in: folder)) --run \(run) --hidden 24 --batch 8 --time 10 "
        + "--steps 200 --threads 1")
    #expect(trained.status == 0, "\(trained.errors)")
    let perplexities = trained.output.matches(of: /perplexity ([0-9.]+)/).map(\.output.1)
    // Only after "the" are there two continuations, one in three times the cat.
    #expect(try #require(Double(perplexities.last ?? "")) < 1.5, "\(perplexities)")
    let evaluated = zoo("evaluate --run \(run) --part validation")
    #expect(evaluated.output.contains("perplexity \(perplexities.last!),"))
    #expect(evaluated.output.contains("validation: 5600 words"))
    #expect(zoo("evaluate --run \(run)").output.contains("test: 1400 words"))
    // It may begin in the middle of a sentence: "the cat" ends one, too.
    let sample = zoo("sample --run \(run) --temperature 0 --length 14")
    #expect(
      ["the cat sat on the mat", "a dog ran to the cat"].contains { sample.output.contains($0) })
  }

  @Test func aResumedRunHasTheSameBits() throws {
    let folder = try TemporaryFolder()
    let text = try WordText(path: data(in: folder))
    let settings = try ArgumentParser(
      command: "zoo train word-lm", declarations: TrainVerb.declarations(of: WordLM())
    ).parse(["--hidden", "8", "--batch", "4", "--time", "5", "--dropout", "0.2", "--variational"])
    func training() throws -> LanguageTraining<WordNetwork<Float>> {
      let sizes = WordNetworkSizes(vocabulary: text.vocabulary.count, settings)
      return try WordLM.training(
        of: WordNetwork(sizes, key: RandomKey(seed: 1)), on: text, settings
      ).0
    }
    let (whole, first, second) = (try training(), try training(), try training())
    // The paper's norm of 5, of a loss that is the mean over five time steps here; and no momentum.
    #expect(whole.trainer.clippingLimit == 1 && whole.trainer.optimizer is SGD<Float>)
    for _ in 0..<20 { _ = try whole.takeStep() }
    for _ in 0..<9 { _ = try first.takeStep() }
    try first.trainer.save(to: folder.file("training"))
    try second.restore(from: folder.file("training"))
    for _ in 9..<20 { _ = try second.takeStep() }
    #expect(
      second.network.parameters().values.map(\.scalars)
        == whole.network.parameters().values.map(\.scalars))
  }

  @Test func badTextsAreOneLine() throws {
    let folder = try TemporaryFolder()
    let zoo = TestZoo([WordLM()])
    func errors() -> String {
      let result = zoo("train word-lm --data \(folder.path) --run \(folder.file("run")) --steps 1")
      #expect(result.status == 1 && result.errors.split(separator: "\n").count == 1)
      return result.errors
    }
    #expect(errors().contains("train.txt"))
    _ = try data(in: folder)
    try folder.put(Array("the unheard cat\n".utf8), in: "x.valid.txt")
    #expect(errors().contains("\"unheard\"") && errors().contains("x.valid.txt"))
    try folder.put(Array("the \u{ff}".unicodeScalars.map { UInt8($0.value) }), in: "x.test.txt")
    #expect(errors().contains("x.test.txt is not UTF-8"))
    try folder.put(Self.sentences, in: "y.train.txt")
    #expect(errors().contains("y.train.txt"))
  }

  @Test func commentsBecomeWords() throws {
    let text = try WordText(path: nil)
    #expect(text.training.count > 20_000 && text.validation.count > 1_000)
    let words = try text.vocabulary.decode(text.training.prefix(400))
    #expect(words.allSatisfy { $0 == $0.lowercased() || $0 == "N" } && words.contains("the"))
    #expect(text.vocabulary.number(of: "<unk>") != nil)
  }
}
