import Foundation
import SpoolData

/// The Swift sources of this package's libraries: real text that needs no download.
enum PackageSources {
  /// All of them one after another, in the order of their paths.
  static func read() throws -> String {
    let root = URL(filePath: #filePath).deletingLastPathComponent().appending(path: "../../..")
      .standardizedFileURL
    let folder = root.appending(path: "Sources")
    let files = FileManager.default.enumerator(atPath: folder.path())?.compactMap { $0 as? String }
    let sources = (files ?? []).filter { $0.hasSuffix(".swift") }.sorted()
    guard !sources.isEmpty else { throw Missing(folder: folder.path()) }
    return try sources.map { try TextFile.read(path: folder.appending(path: $0).path()) }.joined()
  }

  /// The program runs where the sources that it was built from are not.
  struct Missing: Error, CustomStringConvertible {
    let folder: String
    var description: String {
      "the default text, the package's own sources, is not in \(folder.escapedForDisplay); "
        + "pass a text with --data FILE"
    }
  }
}
