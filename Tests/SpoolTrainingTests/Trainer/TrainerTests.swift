import Spool
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@Suite struct TrainerTests {
  private func trainer(_ model: Linear<Float>, limit: ClippingLimit? = 0.5) -> Trainer<Float> {
    Trainer(
      model, Adam(for: model), schedule: .cosineDecay(from: 0.1, total: 9), clippingTo: limit)
  }

  private func model() -> Linear<Float> {
    Linear(inputSize: 3, outputSize: 2, key: RandomKey(seed: 1))
  }

  /// A step whose loss depends on the step's number and on what the step before has carried over.
  private func takeStep(_ trainer: Trainer<Float>, _ model: Linear<Float>) throws -> Double {
    let x = Tensor<Float>.normal([4, 3], key: RandomKey(seed: 2).folding(in: trainer.step))
    let carried = trainer.carried.first ?? .zeros([4, 2])
    var next = carried
    let report = try trainer.takeStep {
      let y = model(x) + carried
      next = stopGradient(y)
      return square(y - 1).mean()
    }
    trainer.carried = [next]
    trainer.notes["best"] = min(trainer.notes["best"] ?? .infinity, report.loss)
    return report.loss
  }

  @Test func learnsAtTheRateOfTheScheduleAndClips() throws {
    let model = model()
    let trainer = trainer(model)
    let x = Tensor<Float>.normal([4, 3], key: RandomKey(seed: 2))
    let reports = try (0..<9).map { _ in try trainer.takeStep { square(model(x) - 9).mean() } }
    #expect(trainer.step == 9)
    #expect(reports[8].loss < reports[0].loss)
    #expect(reports[0].learningRate == 0.1 && reports[8].learningRate == 0)
    #expect(reports[0].gradientNorm > 0.5 && trainer.clippingLimit == 0.5)

    let other = self.model()
    let (_, gradients) = valueAndGradient(of: other) { square(other(x) - 9).mean() }
    Adam(for: other, learningRate: 0.1).update(with: try gradients.clipped(toNorm: 0.5))
    let same = self.model()
    _ = try self.trainer(same).takeStep { square(same(x) - 9).mean() }
    #expect(same.parameters().values == other.parameters().values)
  }

  @Test(arguments: [0.5, .percentile(50, ofLast: 3)] as [ClippingLimit])
  func continuesBitForBit(limit: ClippingLimit) throws {
    let folder = try TemporaryFolder()
    let path = folder.file("training.safetensors")
    let model = model()
    let whole = trainer(model, limit: limit)
    let losses = try (0..<9).map { _ in try takeStep(whole, model) }

    let firstModel = self.model()
    let first = trainer(firstModel, limit: limit)
    for _ in 0..<4 { _ = try takeStep(first, firstModel) }
    try first.save(to: path)
    let secondModel = Linear<Float>(inputSize: 3, outputSize: 2, key: RandomKey(seed: 7))
    let second = trainer(secondModel, limit: limit)
    try second.restore(from: path, carrying: [[4, 2]])
    #expect(second.step == 4 && second.notes == first.notes)
    #expect(second.gradientNorms == first.gradientNorms)
    #expect(try (4..<9).map { _ in try takeStep(second, secondModel) } == Array(losses[4...]))
    #expect(second.notes["best"] == losses.min())
  }

  @Test func aLossThatIsNotFiniteChangesNothing() throws {
    let model = model()
    let trainer = trainer(model, limit: nil)
    let before = model.parameters().values
    #expect(throws: NonFiniteGradients.self) {
      try trainer.takeStep { log(model(Tensor.zeros([1, 3])) * 0).sum() }
    }
    // log of −1, whose slope is finite.
    #expect(throws: NonFiniteLoss.self) {
      try trainer.takeStep { log(model(Tensor.zeros([1, 3])) * 0 - 1).sum() }
    }
    #expect(model.parameters().values == before && trainer.step == 0)
    _ = try trainer.takeStep { square(model(Tensor.ones([1, 3])) - 1).sum() }
    #expect(model.parameters().values != before)
  }

  @Test func aModelWithoutParametersTraps() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      struct Forgotten: Module {
        typealias Scalar = Float
        var weight = Tensor<Float>.zeros([2])
      }
      let model = Forgotten()
      _ = Trainer(model, SGD(for: model, learningRate: 1), schedule: .constant(1))
    }
    expectMessage(trapped, "Forgotten has no parameters; mark what it is to learn with @Parameter")
  }

  @Test func whatDoesNotFitIsRefusedAndChangesNothing() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("training.safetensors")
    let model = model()
    let trainer = trainer(model)
    _ = try takeStep(trainer, model)
    try trainer.save(to: path)

    let other = Linear<Float>(inputSize: 3, outputSize: 2, key: RandomKey(seed: 7))
    let values = other.parameters().values
    let fresh = self.trainer(other)
    #expect(throws: CheckpointError.self) { try fresh.restore(from: path, carrying: [[5, 2]]) }
    try save(model, to: folder.file("model.safetensors"))
    let error = #expect(throws: (any Error).self) {
      try fresh.restore(from: folder.file("model.safetensors"))
    }
    #expect("\(try #require(error))".contains("start a new run"))
    #expect(other.parameters().values == values && fresh.step == 0 && fresh.carried.isEmpty)
  }
}
