import Foundation
import TestSupport

extension TemporaryFolder {
  /// What the run in the folder `run` recorded under `name`, in order.
  func recorded(_ name: String) throws -> [Double] {
    let lines = try String(contentsOfFile: file("run/metrics.jsonl"), encoding: .utf8)
    return try lines.split(separator: "\n").compactMap { line in
      try JSONDecoder().decode([String: Double].self, from: Data(line.utf8))[name]
    }
  }
}
