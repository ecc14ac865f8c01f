import SpoolTraining
import Testing

@testable import SpoolZoo

/// How the models of the long-memory suite are trained.
@Suite struct LongMemoryRecipeTests {
  private func trainer(of model: Slope, steps: Int) throws -> Trainer<Float> {
    let parser = ArgumentParser(
      command: "zoo train adding", declarations: TrainVerb.declarations(of: Adding()))
    return Adding.trainer(
      of: model, try parser.parse(["--steps", "\(steps)", "--learning-rate", "0.004"]))
  }

  @Test func gradientsAreClippedToANormOfOne() throws {
    try expectClipping(to: 1) { try trainer(of: $0, steps: 9) }
  }

  @Test func theRateRisesForATenthOfTheStepsAndFalls() throws {
    let model = Slope()
    let trainer = try trainer(of: model, steps: 40)
    expectCosineDecay(
      try (0..<40).map { _ in try trainer.takeStep { model.x.sum() }.learningRate }, from: 0.004,
      warmUp: 4)
    let long = try self.trainer(of: model, steps: 5000)
    let last = try (0...100).map { _ in try long.takeStep { model.x.sum() }.learningRate }
    #expect(last.firstIndex(of: 0.004) == 99)
  }
}
