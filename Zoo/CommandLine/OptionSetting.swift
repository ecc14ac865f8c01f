/// The value that an option was given, as it stands in a run's `config.json`.
public enum OptionSetting: Equatable, Sendable {
  /// Whether a flag was given.
  case flag(Bool)
  /// A whole number.
  case integer(Int)
  /// A number.
  case number(Double)
  /// A text: one of several words, a path or anything else.
  case text(String)
}

extension OptionSetting: CustomStringConvertible {
  /// The setting as somebody would type it.
  public var description: String {
    switch self {
    case .flag(let isOn): isOn ? "yes" : "no"
    case .integer(let value): "\(value)"
    // 1 rather than 1.0, which nobody would type.
    case .number(let value): Int(exactly: value).map { "\($0)" } ?? "\(value)"
    case .text(let text): text
    }
  }
}

extension OptionSetting: Codable {
  /// Reads a truth value, number or text.
  public init(from decoder: any Decoder) throws {
    let container = try decoder.singleValueContainer()
    if let value = try? container.decode(Bool.self) {
      self = .flag(value)
    } else if let value = try? container.decode(Int.self) {
      self = .integer(value)
    } else if let value = try? container.decode(Double.self) {
      self = .number(value)
    } else {
      self = .text(try container.decode(String.self))
    }
  }

  /// Writes a truth value, number or text.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    switch self {
    case .flag(let value): try container.encode(value)
    case .integer(let value): try container.encode(value)
    case .number(let value): try container.encode(value)
    case .text(let value): try container.encode(value)
    }
  }
}
