/// An option with the Swift type of its value. Declared once, it makes the command line accept the
/// option, help describe it, and the settings give its value:
///
///     static let hidden = Option.integer("hidden", default: 256, in: 1...4096, help: "units per layer")
///     ...
///     let hidden = session.settings[Self.hidden]
public struct Option<Value: Sendable>: Sendable {
  /// What the command line needs to know.
  public let declaration: OptionDeclaration
  private let value: @Sendable (OptionSetting?) -> Value?

  private init(
    _ declaration: OptionDeclaration, value: @escaping @Sendable (OptionSetting?) -> Value?
  ) {
    self.declaration = declaration
    self.value = value
  }

  /// The value that a checked setting stands for.
  func value(of setting: OptionSetting?) -> Value {
    guard let value = value(setting) else {
      preconditionFailure(
        "Option --\(declaration.name): the setting \(String(describing: setting)) was not checked")
    }
    return value
  }
}

extension Option<Int> {
  /// A whole number in a range, with a default.
  public static func integer(
    _ name: String, placeholder: String = "N", default value: Int, in range: ClosedRange<Int>,
    help: String, mayChangeOnResume: Bool = false
  ) -> Option {
    Option(
      OptionDeclaration(
        name: name, placeholder: placeholder, help: help, kind: .integer(range),
        defaultSetting: .integer(value), mayChangeOnResume: mayChangeOnResume)
    ) { setting in
      if case .integer(let value) = setting { value } else { nil }
    }
  }
}

extension Option<Int?> {
  /// A whole number in a range that need not be given.
  public static func optionalInteger(
    _ name: String, placeholder: String = "N", in range: ClosedRange<Int>, help: String,
    mayChangeOnResume: Bool = false
  ) -> Option {
    Option(
      OptionDeclaration(
        name: name, placeholder: placeholder, help: help, kind: .integer(range),
        defaultSetting: nil, mayChangeOnResume: mayChangeOnResume)
    ) { setting in
      if case .integer(let value) = setting { .some(value) } else { .some(nil) }
    }
  }
}

extension Option<Double> {
  /// A number in a range, with a default.
  public static func number(
    _ name: String, placeholder: String = "X", default value: Double, in range: NumberRange,
    help: String, mayChangeOnResume: Bool = false
  ) -> Option {
    Option(
      OptionDeclaration(
        name: name, placeholder: placeholder, help: help, kind: .number(range),
        defaultSetting: .number(value), mayChangeOnResume: mayChangeOnResume)
    ) { setting in
      if case .number(let value) = setting { value } else { nil }
    }
  }
}

extension Option<Double?> {
  /// A number in a range that need not be given.
  public static func optionalNumber(
    _ name: String, placeholder: String = "X", in range: NumberRange, help: String,
    mayChangeOnResume: Bool = false
  ) -> Option {
    Option(
      OptionDeclaration(
        name: name, placeholder: placeholder, help: help, kind: .number(range),
        defaultSetting: nil, mayChangeOnResume: mayChangeOnResume)
    ) { setting in
      if case .number(let value) = setting { .some(value) } else { .some(nil) }
    }
  }
}

extension Option<String> {
  /// A text with a default.
  public static func text(
    _ name: String, placeholder: String, default value: String, help: String,
    mayChangeOnResume: Bool = false
  ) -> Option {
    Option(
      OptionDeclaration(
        name: name, placeholder: placeholder, help: help, kind: .text,
        defaultSetting: .text(value), mayChangeOnResume: mayChangeOnResume)
    ) { setting in
      if case .text(let value) = setting { value } else { nil }
    }
  }
}

extension Option<String?> {
  /// A text that need not be given, a path for example.
  public static func optionalText(
    _ name: String, placeholder: String, help: String, mayChangeOnResume: Bool = false
  ) -> Option {
    Option(
      OptionDeclaration(
        name: name, placeholder: placeholder, help: help, kind: .text, defaultSetting: nil,
        mayChangeOnResume: mayChangeOnResume)
    ) { setting in
      if case .text(let value) = setting { .some(value) } else { .some(nil) }
    }
  }
}

extension Option<Bool> {
  /// An option without a value: off unless given.
  public static func flag(
    _ name: String, help: String, mayChangeOnResume: Bool = false
  ) -> Option {
    Option(
      OptionDeclaration(
        name: name, placeholder: nil, help: help, kind: .flag, defaultSetting: .flag(false),
        mayChangeOnResume: mayChangeOnResume)
    ) { setting in
      if case .flag(let value) = setting { value } else { nil }
    }
  }
}

extension Option
where Value: RawRepresentable<String> & CaseIterable {
  /// One of the cases of an enumeration, by its raw value.
  public static func choice(
    _ name: String, default value: Value, help: String, mayChangeOnResume: Bool = false
  ) -> Option {
    let choices = Value.allCases.map(\.rawValue)
    return Option(
      OptionDeclaration(
        name: name, placeholder: choices.joined(separator: "|"), help: help,
        kind: .choice(choices), defaultSetting: .text(value.rawValue),
        mayChangeOnResume: mayChangeOnResume)
    ) { setting in
      if case .text(let text) = setting { Value(rawValue: text) } else { nil }
    }
  }
}
