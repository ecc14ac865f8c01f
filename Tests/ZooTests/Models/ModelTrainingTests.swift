import Spool
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

/// A model for the tests of `TrainingSession.train`: its one parameter goes up by 1 at each step, and the
/// measurements are those given.
private struct Climber: TestModel {
  var measured: [Double] = []
  var stopsAfter = Int.max

  let name = "climber"

  struct Height: Module {
    @Parameter var height = Tensor<Float>(0)
  }

  struct Stop: Error {}

  func train(_ session: TrainingSession) throws {
    let model = Height()
    let trainer = Trainer(model, SGD(for: model, learningRate: 1), schedule: .constant(1))
    if session.isResuming { try trainer.restore(from: session.folder.training) }
    let plan = TrainingPlan(
      steps: 8, stepsPerEpoch: 4, measuredEvery: 2, unit: "m", best: "validation_loss")
    try session.train(model, with: trainer, plan) {
      if trainer.step == stopsAfter { throw Stop() }
      return TrainedItems(try trainer.takeStep { -model.height }, count: 1, values: ["m": 2])
    } measure: {
      let loss = measured[trainer.step / 2 - 1]
      return Measurement(["validation_loss": loss], summary: "at \(loss)")
    }
  }

  func evaluate(_ session: RunSession) throws {
    let model = Height()
    try load(into: model, from: session.folder.model)
    session.console.print("height \(model.height.scalar)")
  }
}

@Suite struct ModelTrainingTests {
  private let folder: TemporaryFolder
  private let run: String

  init() throws {
    folder = try TemporaryFolder()
    run = folder.file("run")
  }

  @Test func keepsTheBestModel() throws {
    let zoo = TestZoo([Climber(measured: [3, 1, 2, 1.5])])
    let result = zoo("train climber --run \(run)")
    #expect(result.status == 0)
    #expect(
      result.output == """
        epoch 1/2: at 3.0
        epoch 1/2: at 1.0
        epoch 2/2: at 2.0
        epoch 2/2: at 1.5
        saved in \(run)

        """)
    #expect(zoo("evaluate --run \(run)").output == "height 4.0\n")
    let metrics = String(decoding: try folder.bytes(of: "run/metrics.jsonl"), as: UTF8.self)
    #expect(
      metrics.hasPrefix(
        #"{"step":1,"gradient_norm":1.0,"learning_rate":1.0,"loss":-0.0,"m":2.0}"# + "\n"))
    #expect(metrics.hasSuffix(#"{"step":8,"validation_loss":1.5}"# + "\n"))
  }

  /// What cannot be compared is saved until something can.
  @Test func aModelIsSavedWhateverIsMeasured() throws {
    let zoo = TestZoo([Climber(measured: [.nan, .infinity, .nan, .nan])])
    #expect(zoo("train climber --run \(run)").status == 0)
    #expect(zoo("evaluate --run \(run)").output == "height 4.0\n")
    let nothing = folder.file("nothing")
    let other = TestZoo([Climber(measured: [.nan, .nan, .nan, .nan])])
    #expect(other("train climber --run \(nothing)").status == 0)
    #expect(other("evaluate --run \(nothing)").output == "height 8.0\n")
  }

  @Test func remembersTheBestWhenResumed() throws {
    let measured = [3.0, 1, 2, 1.5]
    let broken = TestZoo([Climber(measured: measured, stopsAfter: 5)])
    #expect(broken("train climber --run \(run)").status == 1)
    let zoo = TestZoo([Climber(measured: measured)])
    let result = zoo("train climber --run \(run) --resume")
    #expect(result.output.contains("epoch 2/2: at 2.0"))
    #expect(!result.output.contains("at 1.0"))
    #expect(zoo("evaluate --run \(run)").output == "height 4.0\n")
  }

  @Test func aModelThatDoesNotGenerateSaysSo() throws {
    let zoo = TestZoo([Climber(measured: [1, 1, 1, 1])])
    #expect(zoo("train climber --run \(run)").status == 0)
    let result = zoo("sample --run \(run)")
    #expect(result.status == 1)
    #expect(
      result.errors.contains("climber does not generate") && result.errors.contains("evaluate"))
  }
}
