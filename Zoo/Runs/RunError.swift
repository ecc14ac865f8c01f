import SpoolData

/// A run that cannot be started, continued or used: one line with the folder and the repair.
public enum RunError: Error, Equatable, Sendable, CustomStringConvertible {
  /// A run is to be started in a folder that holds one.
  case alreadyThere(folder: String, canResume: Bool)
  /// A run is to be continued or used in a folder that holds none.
  case notThere(folder: String)
  /// No folder is named, and there is none to choose: none of that model, if one is asked for.
  case noRuns(folder: String, model: String? = nil)
  /// A run is to be continued that has not saved anything yet.
  case nothingSaved(folder: String)
  /// A run is to be continued as a model that it is not of.
  case otherModel(folder: String, found: String, wanted: String)
  /// The run's model is not in this zoo.
  case unknownModel(folder: String, name: String)
  /// A file of the run is not what this program writes.
  case damaged(file: String, reason: String)
  /// The run was made by a later version.
  case newerVersion(file: String, found: Int, supported: Int)

  /// One line: the folder or file, what is wrong, and the repair.
  public var description: String {
    switch self {
    case .alreadyThere(let folder, let canResume):
      "\(folder.escapedForDisplay) already holds a run; name another folder with --run"
        + (canResume ? ", or continue this one with --resume" : "")
    case .notThere(let folder):
      "\(folder.escapedForDisplay) holds no run; name the folder of a run with --run"
    case .noRuns(let folder, let model):
      "there is no run\(model.map { " of \($0)" } ?? "") in \(folder.escapedForDisplay) yet; train "
        + "\(model.map { "one with zoo train \($0)" } ?? "a model") first, or name the folder of a run "
        + "with --run"
    case .nothingSaved(let folder):
      "the run in \(folder.escapedForDisplay) stopped before it saved anything; "
        + "start it again without --resume"
    case .otherModel(let folder, let found, let wanted):
      "\(folder.escapedForDisplay) holds a run of \(found.escapedForDisplay), not of \(wanted); "
        + "name another folder with --run"
    case .unknownModel(let folder, let name):
      "the run in \(folder.escapedForDisplay) is of the model \(name.escapedForDisplay), which "
        + "this zoo does not have; use the version that made the run"
    case .damaged(let file, let reason):
      "\(file.escapedForDisplay) is damaged: \(reason.escapedForDisplay); "
        + "restore it from a copy or train again"
    case .newerVersion(let file, let found, let supported):
      "\(file.escapedForDisplay) has version \(found), but this program reads up to version "
        + "\(supported); use the version that made the run"
    }
  }
}
