import Spool
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

/// How the models of the long-memory suite are trained.
@Suite struct LongMemoryRecipeTests {
  private struct Slope: Module {
    @Parameter var x = Tensor<Float>([0, 0])
  }

  private func trainer(of model: Slope, steps: Int) throws -> Trainer<Float> {
    let parser = ArgumentParser(
      command: "zoo train adding", declarations: TrainVerb.declarations(of: Adding()))
    return Adding.trainer(
      of: model, try parser.parse(["--steps", "\(steps)", "--learning-rate", "0.004"]))
  }

  /// Where steps along these gradients lead.
  private func end(of gradients: [Float]...) throws -> Tensor<Float> {
    let model = Slope()
    let trainer = try trainer(of: model, steps: 9)
    for gradient in gradients { try trainer.takeStep { (model.x * Tensor(gradient)).sum() } }
    return model.x
  }

  /// A gradient alone does not show it, since Adam's step does not depend on its length; the one after it does.
  @Test func gradientsAreClippedToANormOfOne() throws {
    let clipped = try end(of: [30, 40], [0.3, 0.4])
    let one = try end(of: [0.6, 0.8], [0.3, 0.4])
    let half = try end(of: [0.3, 0.4], [0.3, 0.4])
    expectClose(clipped, one, within: 1e-6)
    #expect(abs(one - half).min().scalar > 1e-4)
  }

  @Test func theRateRisesForATenthOfTheStepsAndFalls() throws {
    let model = Slope()
    let trainer = try trainer(of: model, steps: 40)
    let rates = try (0..<40).map { _ in
      try trainer.takeStep { model.x.sum() }.learningRate
    }
    #expect(rates.max() == 0.004 && rates.firstIndex(of: 0.004) == 3)
    #expect(rates[..<4] == rates[..<4].sorted()[...] && rates[0] < 0.002)
    #expect(rates[4...] == rates[4...].sorted(by: >)[...] && rates[39] < 0.0001)
    let long = try self.trainer(of: model, steps: 5000)
    let last = try (0...100).map { _ in try long.takeStep { model.x.sum() }.learningRate }
    #expect(last.firstIndex(of: 0.004) == 99)
  }
}
