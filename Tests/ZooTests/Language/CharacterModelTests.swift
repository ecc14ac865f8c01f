import Spool
import SpoolData
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct CharacterModelTests {
  private func gradientsHold<Cell: RecurrentCell>(
    _ cell: (Int, Int, RandomKey) -> Cell
  ) throws where Cell.Scalar == Double {
    let sizes = CharacterModelSizes(vocabulary: 5, embedding: 2, hidden: 3, layers: 2)
    let model = CharacterModel(sizes, key: RandomKey(seed: 1), cell: cell)
    let characters = Tensor<Int32>(shape: [4, 2], [0, 1, 4, 2, 2, 3, 1, 0])
    let next = Tensor<Int32>(shape: [4, 2], [1, 4, 2, 2, 3, 1, 0, 3])
    let state = model.initialState(batch: 2).map { $0 + 0.1 }
    try checkGradients(of: model) {
      crossEntropy(logits: model(characters, from: state).logits, labels: next)
    }
  }

  @Test func gradientsAgreeWithDifferences() throws {
    try gradientsHold { LSTMCell<Double>(inputSize: $0, hiddenSize: $1, key: $2) }
    try gradientsHold { GRUCell<Double>(inputSize: $0, hiddenSize: $1, key: $2) }
    try gradientsHold { RNNCell<Double>(inputSize: $0, hiddenSize: $1, key: $2) }
  }

  /// Layer by layer and step by step, without `scan`: the logits and the gradients of all parameters. And an item of a
  /// batch has what it has alone.
  private func isALoop<Cell: RecurrentCell>(
    _ cell: (Int, Int, RandomKey) -> Cell
  ) where Cell.Scalar == Double {
    let sizes = CharacterModelSizes(vocabulary: 5, embedding: 2, hidden: 3, layers: 2)
    let model = CharacterModel(sizes, key: RandomKey(seed: 1), cell: cell)
    let characters = Tensor<Int32>(shape: [4, 2], [0, 1, 4, 2, 2, 3, 1, 0])
    func loop() -> Tensor<Double> {
      var states = model.initialState(batch: 2)
      return stack(
        (0..<4).map { t in
          var x = model.embedding(characters[t])
          for (layer, cell) in model.network.layers.map(\.forward).enumerated() {
            (x, states[layer].forward) = cell(x, states[layer].forward)
          }
          return model.output(x)
        })
    }
    func gradients(_ logits: () -> Tensor<Double>) -> [Tensor<Double>] {
      let (_, gradients) = valueAndGradient(of: model) { square(logits() - 0.1).sum() }
      return model.parameters().map { gradients[$0.parameter]! }
    }
    let logits = model(characters, from: nil).logits
    expectClose(logits, loop(), within: 1e-13)
    for (a, b) in zip(gradients { model(characters, from: nil).logits }, gradients(loop)) {
      expectClose(a, b, within: 1e-12, "\(Cell.self)")
    }
    for item in 0..<2 {
      let alone = model(characters[.all, item..<(item + 1)], from: nil).logits
      expectClose(alone[.all, 0], logits[.all, item], within: 1e-14)
    }
  }

  @Test func layersRunAsALoopDoes() {
    isALoop { LSTMCell<Double>(inputSize: $0, hiddenSize: $1, key: $2) }
    isALoop { GRUCell<Double>(inputSize: $0, hiddenSize: $1, key: $2) }
    isALoop { RNNCell<Double>(inputSize: $0, hiddenSize: $1, key: $2) }
  }

  /// A text in which the two characters before it tell each character.
  private static let text = String(repeating: "abac", count: 400)
  /// The same, numbered as the vocabulary does.
  private static let encoded = (0..<1600).map { Int32([0, 1, 0, 2][$0 % 4]) }

  private func training(
    steps: Int, in folder: TemporaryFolder
  ) throws -> LanguageTraining<CharacterModel<LSTMCell<Float>>> {
    try folder.put(Array(Self.text.utf8), in: "text")
    let text = try CharacterText(path: folder.file("text"))
    let sizes = CharacterModelSizes(
      vocabulary: text.vocabulary.count, embedding: 4, hidden: 16, layers: 2, dropout: 0.1)
    let model = CharacterModel(sizes, key: RandomKey(seed: 2)) {
      LSTMCell<Float>(inputSize: $0, hiddenSize: $1, key: $2)
    }
    let parser = ArgumentParser(
      command: "zoo train char-lm", declarations: TrainVerb.declarations(of: CharLM()))
    let settings = try parser.parse([
      "--steps", "\(steps)", "--batch", "8", "--time", "16", "--learning-rate", "0.02",
      "--dropout", "0.1",
    ])
    return try CharLM.training(of: model, on: text, settings).0
  }

  @Test func theRecipeIsAdamWithCosineDecayAndClipping() throws {
    let training = try training(steps: 30, in: TemporaryFolder())
    #expect(training.trainer.clippingLimit == 1 && training.trainer.optimizer is Adam<Float>)
    expectCosineDecay(
      try (0..<30).map { _ in try training.takeStep().report.learningRate }, from: 0.02, warmUp: 3)
  }

  @Test func learnsAPeriodicText() throws {
    let training = try training(steps: 120, in: TemporaryFolder())
    let held = Self.encoded.suffix(160).map(\.self)
    let before = try CharLM.meanCrossEntropy(of: held, under: training.network)
    for _ in 0..<120 { _ = try training.takeStep() }
    let after = try CharLM.meanCrossEntropy(of: held, under: training.network)
    #expect(before > 0.9)
    #expect(after < 0.1)
  }

  @Test(arguments: [1, 7, 13, 20])
  func continuesBitForBit(after steps: Int) throws {
    let folder = try TemporaryFolder()
    let whole = try training(steps: 20, in: folder)
    var losses: [Double] = []
    for _ in 0..<20 { losses.append(try whole.takeStep().report.loss) }

    let first = try training(steps: 20, in: folder)
    for _ in 0..<steps { _ = try first.takeStep() }
    let run = RunFolder(path: folder.path)
    try first.trainer.save(to: run.training)
    let second = try training(steps: 20, in: folder)
    try second.restore(from: run.training)
    #expect(second.trainer.step == steps)
    var rest: [Double] = []
    while second.trainer.step < 20 { rest.append(try second.takeStep().report.loss) }
    #expect(rest == Array(losses[steps...]))
    #expect(
      second.network.parameters().values.map(\.scalars)
        == whole.network.parameters().values.map(\.scalars))
  }

  @Test func evaluationDoesNotDependOnHowTheTextIsCut() throws {
    let training = try training(steps: 20, in: TemporaryFolder())
    for _ in 0..<20 { _ = try training.takeStep() }
    let characters = Array(Self.encoded.prefix(321))
    let model = training.network
    let whole = try model.meanCrossEntropy(of: characters, batch: 4, time: 80)
    let cut = try model.meanCrossEntropy(of: characters, batch: 4, time: 7)
    #expect(abs(whole - cut) < 1e-5)
  }

  @Test func theLikeliestCharactersGoOnWithThePeriod() throws {
    let training = try training(steps: 120, in: TemporaryFolder())
    for _ in 0..<120 { _ = try training.takeStep() }
    let written = training.network.sample(
      after: [0, 1, 0, 2], count: 8, by: TokenSampling(temperature: 0), key: RandomKey(seed: 1))
    #expect(written == [0, 1, 0, 2, 0, 1, 0, 2])
  }
}
