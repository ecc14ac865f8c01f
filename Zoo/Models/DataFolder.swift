import Foundation
import SpoolData

/// A folder that `--data` names, which must hold certain files.
struct DataFolder {
  let path: String
  /// What it needs, for messages: `one each for train, val and test`.
  let needs: String

  /// The path of the one file whose name starts and ends so. Throws where there is none, or more than one.
  func file(startingWith start: String = "", endingWith end: String) throws -> String {
    let names = (try? FileManager.default.contentsOfDirectory(atPath: path)) ?? []
    let found = names.filter { $0.hasPrefix(start) && $0.hasSuffix(end) }.sorted()
    guard found.count == 1 else {
      throw WrongFiles(folder: self, pattern: "\(start)*\(end)", found: found)
    }
    return URL(filePath: path).appending(path: found[0]).path()
  }

  /// Not exactly one file has such a name.
  private struct WrongFiles: Error, CustomStringConvertible {
    let folder: DataFolder
    let pattern: String
    let found: [String]

    var description: String {
      let what = found.isEmpty ? "no file" : "several files (\(found.joined(separator: ", ")))"
      return "\(folder.path.escapedForDisplay) has \(what.escapedForDisplay) called "
        + "\(pattern.escapedForDisplay); --data needs \(folder.needs)"
    }
  }
}
