import Spool
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@Suite struct ClippingLimitTests {
  private struct Weight: Module {
    typealias Scalar = Double
    @Parameter var w: Tensor<Double> = [0]
  }

  /// How far steps along gradients of these norms go.
  private func steps(
    _ norms: [Double], clippingTo limit: ClippingLimit?
  ) throws -> (lengths: [Double], trainer: Trainer<Double>) {
    let model = Weight()
    let trainer = Trainer(
      model, SGD(for: model, learningRate: 1), schedule: .constant(1), clippingTo: limit)
    let lengths = try norms.map { norm in
      let before = model.w.scalars[0]
      let report = try trainer.takeStep { (model.w * Tensor(norm)).sum() }
      #expect(report.gradientNorm == norm)
      return before - model.w.scalars[0]
    }
    return (lengths, trainer)
  }

  @Test func followsThePercentileOfTheLastSteps() throws {
    let norms = [1.0, 2, 100, 1, 50, 0, 70]
    let (lengths, trainer) = try steps(norms, clippingTo: .percentile(50, ofLast: 3))
    // Of 1; 1 2; 1 2 100; 2 100 1; 100 1 50; 1 50 0; 50 0 70.
    expectClose(Tensor(lengths), [1, 1.5, 2, 1, 50, 0, 50], within: 1e-12)
    #expect(trainer.gradientNorms.values == [50, 0, 70])
    #expect(try steps(norms, clippingTo: 10).lengths == [1, 2, 10, 1, 10, 0, 10])
  }

  @Test func observedNormsSayWhatLimitToChoose() throws {
    let (lengths, trainer) = try steps([4, 1, 3, 2], clippingTo: nil)
    #expect(lengths == [4, 1, 3, 2])
    let norms = trainer.gradientNorms
    expectClose(
      Tensor([0, 50, 90, 100].map { norms.percentile($0)! }), [1, 2.5, 3.7, 4], within: 1e-12)
    let long = try steps((0..<1200).map(Double.init), clippingTo: nil).trainer.gradientNorms
    #expect(long.values == (200..<1200).map(Double.init))
    #expect(try steps([], clippingTo: nil).trainer.gradientNorms.percentile(90) == nil)
  }

  @Test func gradientsThatAreNotFiniteAreNoNorms() throws {
    let model = Weight()
    let trainer = Trainer(
      model, SGD(for: model, learningRate: 1), schedule: .constant(1), clippingTo: .percentile(90))
    #expect(throws: NonFiniteGradients.self) {
      try trainer.takeStep { (model.w * Tensor(.infinity)).sum() }
    }
    #expect(trainer.gradientNorms.values.isEmpty && model.w.scalars == [0])
  }

  @Test func impossibleLimitsTrap() async {
    let window = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = try ClippingLimitTests().steps([1], clippingTo: .percentile(50, ofLast: 0))
    }
    expectMessage(window, "of the last 0 steps; give at least one step")
    let percentage = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = try ClippingLimitTests().steps([1], clippingTo: .percentile(101))
    }
    expectMessage(percentage, "101.0 is not from 0 to 100")
  }
}
