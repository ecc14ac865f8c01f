import Foundation
import SpoolData

/// The numbers measured at one step of a run: a line of its `metrics.jsonl`.
public struct MetricsRecord: Equatable, Sendable {
  /// How many steps of training lie behind.
  public let step: Int
  /// The numbers by name, as `loss` or `validation_loss`.
  public let values: [String: Double]

  /// The numbers measured after `step` steps.
  public init(step: Int, values: [String: Double]) {
    self.step = step
    self.values = values
  }

  /// The line, a JSON object: the step first, then the numbers in the order of their names. What
  /// is not finite becomes null, for which JSON has no number.
  var line: String {
    let fields = values.sorted { $0.key < $1.key }.map { name, value in
      "\"\(name)\":\(value.isFinite ? "\(value)" : "null")"
    }
    return "{" + (["\"step\":\(step)"] + fields).joined(separator: ",") + "}"
  }

  /// The numbers of a line; nil if it is not one, for instance because it was cut short.
  init?(line: some StringProtocol) {
    guard
      let fields = try? JSONDecoder().decode([String: Double?].self, from: Data(line.utf8)),
      let number = fields["step"] ?? nil, let step = Int(exactly: number)
    else { return nil }
    self.step = step
    values = fields.filter { $0.key != "step" }.mapValues { $0 ?? .nan }
  }
}

/// The measurements of a run, in its `metrics.jsonl`: one line for each, added as it is made.
final class MetricsLog {
  /// The records so far.
  private(set) var records: [MetricsRecord] = []
  private let file: LineFile

  /// Starts the log of a new run.
  init(path: String) throws {
    try AtomicFile.write("", to: path)
    file = try LineFile(path: path)
  }

  /// Continues the log of a run that is resumed after `step` steps. Records of later steps, made
  /// between the last save and the end, are taken out: those steps are going to be made again.
  init(path: String, resumingAfter step: Int) throws {
    records = try Self.records(path: path).filter { $0.step <= step }
    try AtomicFile.write(records.map { $0.line + "\n" }.joined(), to: path)
    file = try LineFile(path: path)
  }

  /// The records in the file at `path`; lines that are none are left out.
  static func records(path: String) throws(FileError) -> [MetricsRecord] {
    let text = String(decoding: try FileReader.contents(of: path), as: UTF8.self)
    // Split by bytes: as Characters, a line end after a carriage return would be none.
    return text.utf8.split(separator: UInt8(ascii: "\n")).compactMap {
      MetricsRecord(line: String(decoding: $0, as: UTF8.self))
    }
  }

  /// Adds a record.
  func append(_ record: MetricsRecord) throws(FileError) {
    try file.append(record.line)
    records.append(record)
  }
}
