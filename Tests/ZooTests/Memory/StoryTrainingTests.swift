import Spool
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

/// How the memory network is trained, looked at while it stands still: at a rate of nearly 0.
@Suite struct StoryTrainingTests {
  private let question = NumberedQuestion(
    sentences: [[1, 2, 3], [4, 2, 5], [3, 1]], question: [6, 1], answer: 3)

  private func settings(_ arguments: [String]) throws -> Settings {
    try ArgumentParser(
      command: "zoo train memn2n", declarations: TrainVerb.declarations(of: MemN2N())
    ).parse(arguments)
  }

  private func network() -> MemoryNetwork<Float> {
    let network = MemoryNetwork<Float>(
      vocabulary: 7, width: 4, hops: 2, sentences: 9, key: RandomKey(seed: 1))
    for (place, entry) in network.parameters().enumerated() {
      entry.parameter.value = .normal(
        entry.parameter.value.shape, key: RandomKey(seed: 2).folding(in: place))
    }
    return network
  }

  /// The losses of each step of training on one question four times, two at a step.
  private func losses(_ arguments: String...) throws -> [Double] {
    let training = StoryTraining(
      network(), on: [NumberedQuestion](repeating: question, count: 4),
      try settings(["--batch", "2", "--learning-rate", "1e-12"] + arguments))
    #expect(training.stepsPerEpoch == 2)
    return try (0..<training.stepCount).map { _ in try training.takeStep().report.loss }
  }

  /// The softmax is left out for whole epochs.
  @Test func theSoftmaxComesAfterTheLinearEpochs() throws {
    func loss(isLinear: Bool) -> Double {
      let stories = StoryBatch([question], limit: 9)
      let logits = network()(stories, isLinear: isLinear).logits
      return Double(crossEntropy(logits: logits, labels: stories.answers).scalar)
    }
    let (linear, soft) = (loss(isLinear: true), loss(isLinear: false))
    #expect(abs(linear - soft) > 0.1)
    for epochs in 0...3 {
      let losses = try losses(
        "--epochs", "3", "--linear-epochs", "\(epochs)", "--noise", "0")
      let expected = (0..<6).map { $0 < 2 * epochs ? linear : soft }
      #expect(zip(losses, expected).allSatisfy { abs($0 - $1) < 1e-5 })
    }
  }

  /// Empty sentences make the others older, at each step and in each story in its own way.
  @Test func noiseIsDrawnAnewAtEachStep() throws {
    let quiet = try losses("--epochs", "4", "--linear-epochs", "0", "--noise", "0")
    #expect(quiet.allSatisfy { abs($0 - quiet[0]) < 1e-5 })
    let noisy = try losses("--epochs", "4", "--linear-epochs", "0", "--noise", "0.5")
    #expect(Set(noisy.map { Int($0 * 1e4) }).count > 3)
    // With two gaps of which each is there or not, four ages are possible; with no noise, or all of it, one.
    let loud = try losses("--epochs", "4", "--linear-epochs", "0", "--noise", "0.999999")
    #expect(loud.allSatisfy { abs($0 - loud[0]) < 1e-5 } && abs(loud[0] - quiet[0]) > 1e-3)
  }

  @Test func gradientsAreClippedToANormOfForty() throws {
    try expectClipping(to: 40) { StoryTraining.trainer(of: $0, rate: 0.004, steps: 9) }
  }

  @Test func theRateFallsToZero() throws {
    let model = Slope()
    let trainer = StoryTraining.trainer(of: model, rate: 0.004, steps: 9)
    expectCosineDecay(
      try (0..<9).map { _ in try trainer.takeStep { model.x.sum() }.learningRate }, from: 0.004,
      warmUp: 0)
  }

  /// Sukhbaatar et al. (2015), section 4.1: normal weights with a deviation of 0.1, temporal ones included.
  @Test func theNetworkIsThatOfTheOptions() throws {
    let vocabulary = StoryVocabulary(words: (0..<60).map { "w\(100 + $0)" })
    let network = MemN2N.network(
      try settings(["--hops", "4", "--width", "30", "--sentences", "70"]), vocabulary,
      key: RandomKey(seed: 1))
    #expect(network.tables.count == 5 && network.times.count == 5)
    for table in network.tables { #expect(table.value.shape == [vocabulary.count, 30]) }
    for time in network.times { #expect(time.value.shape == [70, 30]) }
    for entry in network.parameters() {
      let deviation = square(entry.parameter.value).mean().scalar.squareRoot()
      #expect((0.09...0.11).contains(deviation), "\(entry.name)")
    }
    #expect(Set(network.parameters().values.map(\.scalars)).count == 10)
  }

  /// What is held out contradicts what is learnt, so that it is answered worse and worse; what is saved is the network
  /// at its best.
  @Test func theBestNetworkIsSaved() throws {
    let folder = try TemporaryFolder()
    func story(_ place: String) -> String {
      "1 Mary went home.\n2 Where is Mary?\t\(place)\t1\n"
    }
    let stories = String(repeating: story("home"), count: 18) + story("out") + story("out")
    for part in ["train", "test"] {
      try folder.put(Array(stories.utf8), in: "qa1_places_\(part).txt")
    }
    let options = [
      "--data", folder.path, "--epochs", "8", "--linear-epochs", "0", "--learning-rate", "0.1",
      "--batch", "4",
    ]
    let result = TestZoo([MemN2N()])(
      ["train", "memn2n", "--threads", "1", "--run", folder.file("run")] + options)
    #expect(result.status == 0, "\(result.errors)")
    let losses = try folder.recorded("validation_loss")
    let best = try #require(losses.min())
    #expect(losses.count == 8 && losses.last! > best + 0.01, "\(losses)")

    let task = try StoryTask(1, in: folder.path)
    let vocabulary = StoryVocabulary(of: task.training + task.validation + task.test)
    let network = MemN2N.network(
      try settings(options), vocabulary, key: RandomKey(seed: 0))
    try load(into: network, from: folder.file("run/model.safetensors"))
    let score = network.score(on: try vocabulary.numbered(task.validation, from: ""))
    #expect(abs(score.loss - best) < 1e-6)
  }
}
