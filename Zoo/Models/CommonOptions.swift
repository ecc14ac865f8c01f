/// The options that every model has.
public enum CommonOptions {
  /// The run's folder; without it `zoo train` takes a new one and the other verbs the latest one.
  public static let run = Option.optionalText(
    "run", placeholder: "DIR",
    help: "folder of the run (default: a new one in runs/)", mayChangeOnResume: true)
  /// The same for the verbs that use a run.
  public static let existingRun = Option.optionalText(
    "run", placeholder: "DIR", help: "folder of the run (default: the latest one in runs/)")
  /// Whether to go on with a run that has stopped.
  public static let resume = Option.flag(
    "resume", help: "continue the run in --run where it stopped", mayChangeOnResume: true)
  /// What all random numbers of the run come from.
  public static let seed = Option.integer(
    "seed", default: 1, in: 0...Int.max, help: "seed of all random numbers")
  /// How many threads to compute with; nil for as many as there are cores.
  public static let threads = Option.optionalInteger(
    "threads", in: 1...256, help: "threads to compute with (default: one per core)",
    mayChangeOnResume: true)

  /// What is about a call of the program and not about the run it starts.
  static let unsaved: Set = [run.declaration.name, resume.declaration.name]
}
