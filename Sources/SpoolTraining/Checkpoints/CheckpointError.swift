import SpoolData

/// The tensors of a file are not those of the model that is to be given them.
public struct CheckpointError: Error, Equatable, Sendable, CustomStringConvertible {
  /// One tensor that does not fit.
  public enum Problem: Equatable, Sendable {
    /// The model has it, the file has not.
    case missing(String)
    /// The file has it, the model has not.
    case unexpected(String)
    /// Both have it, in different shapes.
    case wrongShape(String, found: [Int], needed: [Int])
  }

  /// The file.
  public let file: String
  /// All that does not fit.
  public let problems: [Problem]

  /// Problems of the tensors in `file`.
  public init(file: String, problems: [Problem]) {
    self.file = file
    self.problems = problems
  }

  /// One line: the file, what does not fit, and the repair.
  public var description: String {
    let texts = problems.map { problem in
      switch problem {
      case .missing(let name): "\(name.escapedForDisplay) is missing"
      case .unexpected(let name): "\(name.escapedForDisplay) is not in the model"
      case .wrongShape(let name, let found, let needed):
        "\(name.escapedForDisplay) has shape \(found) instead of \(needed)"
      }
    }
    return "\(file.escapedForDisplay) does not fit the model: "
      + texts.joined(separator: ", ") + "; load it into a model of the same kind and sizes"
  }
}
