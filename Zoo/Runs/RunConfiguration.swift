import Foundation
import SpoolData

/// What a run was started with: the contents of its `config.json`.
public struct RunConfiguration: Codable, Equatable, Sendable {
  /// The version of this file's layout.
  var version = Self.currentVersion
  /// The name of the model.
  public let model: String
  /// The settings of all options that had one.
  public let options: [String: OptionSetting]
  /// What else the model must know to be used again, under names of its own.
  public let details: [String: String]

  /// The version that is written, and the latest one that is read.
  static let currentVersion = 1

  init(model: String, options: [String: OptionSetting], details: [String: String]) {
    self.model = model
    self.options = options
    self.details = details
  }

  /// Reads the file at `path`.
  init(path: String) throws {
    let bytes = try FileReader.contents(of: path)
    struct Version: Decodable {
      let version: Int
    }
    do {
      let decoder = JSONDecoder()
      let version = try decoder.decode(Version.self, from: Data(bytes)).version
      guard (1...Self.currentVersion).contains(version) else {
        throw RunError.newerVersion(
          file: path, found: version, supported: Self.currentVersion)
      }
      self = try decoder.decode(RunConfiguration.self, from: Data(bytes))
    } catch let error as DecodingError {
      throw RunError.damaged(file: path, reason: error.reason)
    }
  }

  /// Writes the file at `path`, whole or not at all.
  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.prettyPrinted, .sortedKeys, .withoutEscapingSlashes]
    try AtomicFile.write([UInt8](encoder.encode(self)) + [UInt8(ascii: "\n")], to: path)
  }
}

extension DecodingError {
  /// What is wrong, in a phrase with the place in the file.
  fileprivate var reason: String {
    let (what, context): (String, Context) =
      switch self {
      case .keyNotFound(let key, let context): ("\"\(key.stringValue)\" is missing", context)
      case .typeMismatch(_, let context), .valueNotFound(_, let context):
        ("a value has the wrong type", context)
      case .dataCorrupted(let context):
        (context.debugDescription.trimmingCharacters(in: ["."]), context)
      @unknown default: ("it cannot be read", Context(codingPath: [], debugDescription: ""))
      }
    let place = context.codingPath.map(\.stringValue).joined(separator: ".")
    return place.isEmpty ? what : "\(what) (at \(place))"
  }
}
