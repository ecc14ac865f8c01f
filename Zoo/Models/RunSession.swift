import Foundation

/// The use of a trained model: what `evaluate` and `sample` work with.
public final class RunSession {
  /// The values of the verb's options.
  public let settings: Settings
  /// The run's files; the model is in `folder.model`.
  public let folder: RunFolder
  /// What the run was trained with.
  public let configuration: RunConfiguration
  /// The values of the options that the run was trained with.
  public let trainingSettings: Settings
  /// Where the result goes.
  public let console: Console
  private let warnings: Console

  init(
    settings: Settings, folder: RunFolder, configuration: RunConfiguration,
    trainingSettings: Settings, console: Console, warnings: Console
  ) {
    self.settings = settings
    self.folder = folder
    self.configuration = configuration
    self.trainingSettings = trainingSettings
    self.console = console
    self.warnings = warnings
  }

  /// Shows how far something that takes its time has come, apart from the result: call what it returns with the fraction
  /// that is done, up to 1, where the line is taken away.
  func progress(
    _ stage: String, now: @escaping () -> Double = { Date().timeIntervalSinceReferenceDate }
  ) -> (Double) -> Void {
    let reporter = ProgressReporter(on: warnings, now: now)
    var meter = ProgressMeter(at: now())
    return { fraction in
      if fraction >= 1 { return reporter.close() }
      meter.add(items: 0, at: now())
      reporter.show(
        TrainingProgress(
          stage: stage, fraction: fraction, unit: "",
          secondsLeft: meter.secondsLeft(fraction: fraction)))
    }
  }

  /// Says what the user should know about the result, apart from it.
  func warn(_ text: String) { warnings.print("zoo: \(text)") }

  /// What training put into `config.json` under this name. Throws where it is missing.
  func detail(_ name: String) throws(RunError) -> String {
    guard let detail = configuration.details[name] else {
      throw .damaged(file: folder.configuration, reason: "\"\(name)\" is missing")
    }
    return detail
  }
}
