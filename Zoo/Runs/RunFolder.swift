import Foundation
import SpoolData

/// The files of a run.
///
/// | file | holds |
/// | --- | --- |
/// | `config.json` | the model, its settings and what else is needed to use it again |
/// | `metrics.jsonl` | what was measured, a line for each step |
/// | `model.safetensors` | the model's parameters, after the last save |
/// | `training.safetensors` | all that resuming needs: parameters, optimiser, step |
/// | `loss.svg` | the losses as a picture |
/// | `report.html` | what `zoo inspect` shows |
///
/// The two safetensors files are each replaced as a whole, one after the other; resuming reads
/// `training.safetensors` alone, using the model `model.safetensors` alone, so that a crash between
/// the two does no harm.
public struct RunFolder: Sendable {
  /// The path of the folder.
  public let path: String

  /// The run in the folder at `path`, which need not exist.
  public init(path: String) {
    self.path = path
  }

  /// The path of `config.json`.
  public var configuration: String { file("config.json") }
  /// The path of `metrics.jsonl`.
  public var metrics: String { file("metrics.jsonl") }
  /// The path of `model.safetensors`.
  public var model: String { file("model.safetensors") }
  /// The path of `training.safetensors`.
  public var training: String { file("training.safetensors") }
  /// The path of `loss.svg`.
  public var lossCurve: String { file("loss.svg") }
  /// The path of `report.html`.
  public var report: String { file("report.html") }

  /// The path of the file `name`.
  func file(_ name: String) -> String {
    path.hasSuffix("/") ? path + name : "\(path)/\(name)"
  }

  /// Whether there is something in the folder that a new run would destroy. The settings alone are
  /// nothing: a run that failed before its first step leaves them.
  var holdsRun: Bool {
    let manager = FileManager.default
    if manager.fileExists(atPath: model) || manager.fileExists(atPath: training) { return true }
    let size = (try? manager.attributesOfItem(atPath: metrics))?[.size] as? Int ?? 0
    return size > 0
  }

  /// Whether the run can be continued.
  var canResume: Bool {
    let manager = FileManager.default
    return manager.fileExists(atPath: training) && manager.fileExists(atPath: configuration)
  }

  /// Where runs are kept if nothing else is said.
  static let defaultParent = "runs"

  /// The first of `runs/NAME`, `runs/NAME-2`, … that holds no run and is not in use.
  static func unused(for model: String, in parent: String = defaultParent) -> RunFolder {
    var number = 1
    while true {
      let name = number == 1 ? model : "\(model)-\(number)"
      let folder = RunFolder(path: "\(parent)/\(name)")
      if !folder.holdsRun, !folder.isInUse { return folder }
      number += 1
    }
  }

  private var isInUse: Bool {
    guard FileManager.default.fileExists(atPath: path) else { return false }
    do throws(FileError) {
      _ = try LockedFolder(path: path)
      return false
    } catch {
      return error.cause == .inUse
    }
  }

  /// The run in `parent`, of that model or of any, that has saved its model last; throws if there is none.
  static func newest(
    in parent: String = defaultParent, of model: String? = nil
  ) throws(RunError) -> RunFolder {
    let manager = FileManager.default
    let names = (try? manager.contentsOfDirectory(atPath: parent)) ?? []
    let runs = names.sorted().map { RunFolder(path: "\(parent)/\($0)") }.filter { run in
      model == nil || (try? run.readConfiguration())?.model == model
    }
    let dated = runs.compactMap { run in
      ((try? manager.attributesOfItem(atPath: run.model))?[.modificationDate] as? Date)
        .map { (run, $0) }
    }
    guard let newest = dated.max(by: { $0.1 < $1.1 }) else {
      throw .noRuns(folder: parent, model: model)
    }
    return newest.0
  }

  /// What the run was started with; throws if the folder holds none.
  func readConfiguration() throws -> RunConfiguration {
    do {
      return try RunConfiguration(path: configuration)
    } catch let error as FileError where error.systemCode == ENOENT || error.systemCode == ENOTDIR {
      throw RunError.notThere(folder: path)
    }
  }
}
