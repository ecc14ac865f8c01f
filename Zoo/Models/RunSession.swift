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
