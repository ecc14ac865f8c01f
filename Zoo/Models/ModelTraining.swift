import Spool
import SpoolData
import SpoolNN
import SpoolTraining

/// How long a model is trained, how often it is measured, and what its run's figures are called.
public struct TrainingPlan {
  /// The number of steps.
  public var steps: Int
  /// The number of steps in which the data are gone through once; nil where they are drawn without end.
  public var stepsPerEpoch: Int?
  /// After how many steps the model is measured and saved, besides at the end.
  public var measuredEvery: Int
  /// What the items of a step are, as in `words/s`.
  public var unit: String
  /// What the loss is measured in, for the curve.
  public var lossUnit: String
  /// The heading of the curve.
  public var title: String
  /// The value, of those that are measured, whose lowest the saved model is to have; nil to save the last.
  public var best: String?
  /// What else using the model takes, for `config.json`.
  public var details: [String: String]

  /// A plan. It measures after each epoch, or after every tenth of the run where there are no epochs.
  public init(
    steps: Int, stepsPerEpoch: Int? = nil, measuredEvery: Int? = nil, unit: String,
    lossUnit: String = "loss", title: String = "", best: String? = nil,
    details: [String: String] = [:]
  ) {
    self.steps = steps
    self.stepsPerEpoch = stepsPerEpoch
    self.measuredEvery = measuredEvery ?? stepsPerEpoch ?? max(1, steps / 10)
    self.unit = unit
    self.lossUnit = lossUnit
    self.title = title
    self.best = best
    self.details = details
  }

  /// `epoch 3/14`, or `step 120/1000` where there are no epochs.
  func stage(of step: Int) -> String {
    guard let stepsPerEpoch else { return "step \(step)/\(steps)" }
    let epoch = max(step - 1, 0) / stepsPerEpoch + 1
    return "epoch \(epoch)/\((steps + stepsPerEpoch - 1) / stepsPerEpoch)"
  }
}

/// What a step of training did, and how many characters, words or examples it learnt from.
public struct TrainedItems {
  let report: Trainer<Float>.StepReport
  let count: Int
  let values: [String: Double]

  /// - Parameter values: further figures for `metrics.jsonl`.
  public init(
    _ report: Trainer<Float>.StepReport, count: Int, values: [String: Double] = [:]
  ) {
    self.report = report
    self.count = count
    self.values = values
  }
}

/// What was measured of a model between steps.
public struct Measurement {
  /// By name; the curve shows `validation_loss`.
  public var values: [String: Double]
  /// The same for people, in a phrase.
  public var summary: String

  /// Figures and what to print about them.
  public init(_ values: [String: Double], summary: String) {
    self.values = values
    self.summary = summary
  }
}

extension TrainingSession {
  /// Trains a model as planned, from where a resumed run has stopped, until the last step or the user's wish;
  /// measures and saves it from time to time and at the end. Returns whether the last step was taken.
  ///
  /// The trainer must have been restored already where `isResuming`.
  ///
  /// - Parameters:
  ///   - step: takes one step of the trainer.
  ///   - measure: measures the model as it is; nil where there is nothing to measure it on.
  @discardableResult
  public func train<M: Module>(
    _ model: M, with trainer: Trainer<Float>, _ plan: TrainingPlan,
    step: () throws -> TrainedItems, measure: () throws -> Measurement?
  ) throws -> Bool where M.Scalar == Float {
    try start(
      steps: plan.steps, stepsDone: trainer.step, unit: plan.unit, lossUnit: plan.lossUnit,
      title: plan.title, details: plan.details)
    while trainer.step < plan.steps, !shouldStop {
      let items = try step()
      let (report, stage) = (items.report, plan.stage(of: trainer.step))
      var values = items.values
      values["gradient_norm"] = report.gradientNorm
      values["learning_rate"] = report.learningRate
      try record(
        step: trainer.step, stage: stage, loss: report.loss, items: items.count, values: values)
      guard trainer.step % plan.measuredEvery == 0 || trainer.step == plan.steps else { continue }
      var isBest = true
      if let measurement = try measure() {
        try record(step: trainer.step, values: measurement.values)
        note("\(stage): \(measurement.summary)")
        isBest = takeNote(of: measurement, trainer, plan)
      }
      try save(isBest ? model : nil, trainer)
    }
    if trainer.step < plan.steps {
      try save(plan.best.flatMap { trainer.notes[$0] } == nil ? model : nil, trainer)
    }
    return trainer.step == plan.steps
  }

  /// Whether the model measured is the one to keep.
  private func takeNote(
    of measurement: Measurement, _ trainer: Trainer<Float>, _ plan: TrainingPlan
  ) -> Bool {
    guard let best = plan.best, let value = measurement.values[best] else { return true }
    guard let lowest = trainer.notes[best] else {
      // Nothing is lower than NaN, so it must not become what the others are compared with.
      if !value.isNaN { trainer.notes[best] = value }
      return true
    }
    guard value < lowest else { return false }
    trainer.notes[best] = value
    return true
  }

  /// Saves what resuming needs, and the model if it is the one to keep.
  private func save<M: Module>(_ model: M?, _ trainer: Trainer<Float>) throws
  where M.Scalar == Float {
    try trainer.save(to: folder.training)
    if let model { try SpoolTraining.save(model, to: folder.model) }
  }
}
