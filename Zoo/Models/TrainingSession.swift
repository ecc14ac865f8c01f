import Foundation
import SpoolData

/// One call of `zoo train`: the settings, the run's folder, progress, metrics and the wish to stop.
public final class TrainingSession {
  /// The values of the options; those of a resumed run where the command line gives none.
  public let settings: Settings
  /// The run's files.
  public let folder: RunFolder
  /// Whether the run is to go on from `folder.training`.
  public let isResuming: Bool
  /// How many steps of training have been recorded, those before the resumption included.
  public private(set) var stepsDone = 0

  private let model: any ZooModel
  private let reporter: ProgressReporter
  private let now: () -> Double
  private var lock: LockedFolder?
  private var metrics: MetricsLog?
  private var meter: ProgressMeter
  private var steps = 0
  private var unit = ""
  private var lossUnit = ""
  private var curveTitle = ""

  init(
    model: any ZooModel, settings: Settings, folder: RunFolder, lock: consuming LockedFolder?,
    console: Console, now: @escaping () -> Double = TrainingSession.seconds
  ) {
    self.model = model
    self.settings = settings
    self.folder = folder
    self.now = now
    isResuming = settings[CommonOptions.resume]
    reporter = ProgressReporter(on: console, now: now)
    meter = ProgressMeter(at: now())
    self.lock = lock
  }

  /// Takes the folder into use, when everything that training needs is there: makes it, writes
  /// `config.json`, and opens `metrics.jsonl`. Throws if the folder cannot be written to.
  ///
  /// - Parameters:
  ///   - steps: how many steps the whole run has.
  ///   - stepsDone: how many of them the resumed run had done when it was saved; 0 for a new run.
  ///   - unit: what `items` of `record` are, as in `chars/s`.
  ///   - lossUnit: what the loss is measured in, for the curve.
  ///   - title: the heading of the curve; the model's name if empty.
  ///   - details: what else using the model takes, for `config.json`.
  public func start(
    steps: Int, stepsDone: Int = 0, unit: String, lossUnit: String = "loss", title: String = "",
    details: [String: String] = [:]
  ) throws {
    if lock == nil { lock = try LockedFolder(path: folder.path) }
    let options = settings.all.filter { !CommonOptions.unsaved.contains($0.key) }
    try RunConfiguration(model: model.name, options: options, details: details)
      .write(to: folder.configuration)
    metrics =
      isResuming
      ? try MetricsLog(path: folder.metrics, resumingAfter: stepsDone)
      : try MetricsLog(path: folder.metrics)
    self.steps = steps
    self.stepsDone = stepsDone
    self.unit = unit
    self.lossUnit = lossUnit
    curveTitle = title.isEmpty ? model.name : title
    let fraction = steps > 0 ? Double(stepsDone) / Double(steps) : 1
    meter = ProgressMeter(at: now(), fractionDone: fraction)
  }

  /// Takes note of a step of training: in `metrics.jsonl`, with further `values` if there are any,
  /// and on the console.
  ///
  /// `stage` is the part of the run that is under way, as `epoch 3/14`, and `items` how many
  /// characters, words or examples the step has learnt from.
  public func record(
    step: Int, stage: String, loss: Double, items: Int, values: [String: Double] = [:]
  ) throws {
    try append(MetricsRecord(step: step, values: values.merging(["loss": loss]) { $1 }))
    stepsDone = step
    meter.add(items: items, at: now())
    let fraction = Double(step) / Double(steps)
    reporter.show(
      TrainingProgress(
        stage: stage, fraction: fraction, loss: loss, itemsPerSecond: meter.itemsPerSecond,
        unit: unit, secondsLeft: meter.secondsLeft(fraction: fraction)))
  }

  /// Takes note of a measurement between steps, under names such as `validation_loss`, which the
  /// curve shows.
  public func record(step: Int, values: [String: Double]) throws {
    try append(MetricsRecord(step: step, values: values))
  }

  private func append(_ record: MetricsRecord) throws {
    precondition(metrics != nil, "TrainingSession.record: call start first")
    try metrics!.append(record)
  }

  /// Prints a line that stays: the end of an epoch, for example.
  public func note(_ line: String) {
    reporter.note(line)
  }

  /// Draws the losses so far in `loss.svg`. The end of training does so too.
  public func drawLossCurve() throws {
    precondition(metrics != nil, "TrainingSession.drawLossCurve: call start first")
    let chart = LossCurve.chart(of: metrics!.records, title: curveTitle, unit: lossUnit)
    try AtomicFile.write(chart.svg(), to: folder.lossCurve)
  }

  /// Whether the user wants the run to stop: then save and return.
  public var shouldStop: Bool {
    Interruption.signal != nil
  }

  /// Whether the last step has been recorded.
  var isComplete: Bool {
    stepsDone >= steps
  }

  /// Ends the session: takes the live line away and draws the curve.
  func finish() throws {
    reporter.close()
    if metrics != nil { try drawLossCurve() }
  }

  /// Takes the live line away after an error.
  func abandon() {
    reporter.close()
  }

  /// The time since some moment in the past, in seconds.
  static func seconds() -> Double {
    Double(DispatchTime.now().uptimeNanoseconds) / 1e9
  }
}
