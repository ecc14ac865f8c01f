import SpoolData

/// An option as the command line knows it: its name, what it may be, and what help says about it.
public struct OptionDeclaration: Sendable {
  /// What values an option takes.
  public enum Kind: Sendable {
    /// None: the option is given or not.
    case flag
    /// A whole number in the range.
    case integer(ClosedRange<Int>)
    /// A number in the range.
    case number(NumberRange)
    /// One of these words.
    case choice([String])
    /// Any text but the empty one.
    case text
  }

  /// The name without the dashes, `hidden` for `--hidden`.
  public let name: String
  /// What help shows in place of the value, `N` or `FILE`; nil for a flag.
  public let placeholder: String?
  /// What the option does, a phrase for help.
  public let help: String
  /// What values it takes.
  public let kind: Kind
  /// What holds when it is not given; nil if then the program decides or does without.
  public let defaultSetting: OptionSetting?
  /// Whether a run that is resumed may go on with another value than it was started with.
  public let mayChangeOnResume: Bool

  /// The setting that `text` stands for; throws if it is not one that the option takes.
  func setting(from text: String) throws(CommandLineError) -> OptionSetting {
    let setting: OptionSetting
    switch kind {
    case .flag:
      throw CommandLineError("--\(name) takes no value; leave out \"\(text.escapedForDisplay)\"")
    case .integer:
      guard let value = Int(text) else { throw wrongValue("a whole number", text) }
      setting = .integer(value)
    case .number:
      guard let value = Double(text), value.isFinite else { throw wrongValue("a number", text) }
      setting = .number(value)
    case .choice, .text:
      setting = .text(text)
    }
    return try checked(setting)
  }

  /// The setting, which is thrown out unless it is one that the option takes.
  func checked(_ setting: OptionSetting) throws(CommandLineError) -> OptionSetting {
    switch (kind, setting) {
    case (.flag, .flag):
      break
    case (.integer(let range), .integer(let value)):
      if value < range.lowerBound { throw wrongValue("at least \(range.lowerBound)", setting) }
      if value > range.upperBound { throw wrongValue("at most \(range.upperBound)", setting) }
    case (.number(let range), .number(let value)):
      if let bound = range.boundBroken(by: value) { throw wrongValue(bound, setting) }
    case (.number(let range), .integer(let value)):
      // JSON writes 1.0 as 1.
      if let bound = range.boundBroken(by: Double(value)) { throw wrongValue(bound, setting) }
      return .number(Double(value))
    case (.choice(let choices), .text(let text)):
      guard !choices.contains(text) else { break }
      let nearest = Suggestion.nearest(to: text, among: choices)
      let hint = nearest.map { "; did you mean \($0)?" } ?? ""
      throw CommandLineError(
        "--\(name) must be \(Suggestion.list(choices)), got \"\(text.escapedForDisplay)\"\(hint)")
    case (.text, .text(let text)):
      if text.isEmpty { throw CommandLineError("--\(name) must not be empty") }
    case (.flag, _): throw wrongValue("yes or no", setting)
    case (.integer, _): throw wrongValue("a whole number", setting)
    case (.number, _): throw wrongValue("a number", setting)
    case (.choice, _), (.text, _): throw wrongValue("a text", setting)
    }
    return setting
  }

  private func wrongValue(_ wanted: String, _ text: String) -> CommandLineError {
    CommandLineError("--\(name) must be \(wanted), got \"\(text.escapedForDisplay)\"")
  }

  private func wrongValue(_ wanted: String, _ setting: OptionSetting) -> CommandLineError {
    CommandLineError("--\(name) must be \(wanted), got \(setting.description.escapedForDisplay)")
  }
}

/// A range of numbers whose ends may or may not belong to it.
public struct NumberRange: Sendable {
  private var lower = -Double.infinity
  private var upper = Double.infinity
  private var includesLower = true
  private var includesUpper = true

  /// All numbers from `bound` on.
  public static func atLeast(_ bound: Double) -> NumberRange {
    NumberRange(lower: bound)
  }

  /// All numbers above `bound`.
  public static func moreThan(_ bound: Double) -> NumberRange {
    NumberRange(lower: bound, includesLower: false)
  }

  /// The numbers of this range up to `bound`.
  public func atMost(_ bound: Double) -> NumberRange {
    NumberRange(lower: lower, upper: bound, includesLower: includesLower)
  }

  /// The numbers of this range below `bound`.
  public func lessThan(_ bound: Double) -> NumberRange {
    NumberRange(lower: lower, upper: bound, includesLower: includesLower, includesUpper: false)
  }

  /// The end of the range that `value` is beyond, in words; nil if it is inside.
  func boundBroken(by value: Double) -> String? {
    if value < lower || (value == lower && !includesLower) {
      return "\(includesLower ? "at least" : "more than") \(OptionSetting.number(lower))"
    }
    if value > upper || (value == upper && !includesUpper) {
      return "\(includesUpper ? "at most" : "less than") \(OptionSetting.number(upper))"
    }
    return nil
  }
}
