import SpoolData

/// Reads `--option VALUE` and `--option=VALUE`, as declared.
struct ArgumentParser {
  /// The command as typed so far, `zoo train char-lm`, for messages.
  let command: String
  /// The options that it takes.
  let declarations: [OptionDeclaration]

  /// The settings that `arguments` give; throws at the first argument that is not understood.
  func parse(_ arguments: [String]) throws(CommandLineError) -> Settings {
    var given: [String: OptionSetting] = [:]
    var rest = arguments[...]
    while let argument = rest.popFirst() {
      let parts = argument.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      let declaration = try declaration(of: String(parts[0]))
      let name = declaration.name
      let setting: OptionSetting
      if parts.count == 2 {
        setting = try declaration.setting(from: String(parts[1]))
      } else if let placeholder = declaration.placeholder {
        guard let value = rest.first, !value.hasPrefix("--") else {
          throw CommandLineError("--\(name) needs a value: --\(name) \(placeholder)")
        }
        rest.removeFirst()
        setting = try declaration.setting(from: value)
      } else {
        setting = .flag(true)
      }
      guard given.updateValue(setting, forKey: name) == nil else {
        throw CommandLineError("--\(name) is given twice; give it once")
      }
    }
    return Settings(declarations, given: given)
  }

  private func declaration(of argument: String) throws(CommandLineError) -> OptionDeclaration {
    let shown = argument.escapedForDisplay
    guard argument.hasPrefix("-"), argument.count > 1 else {
      throw CommandLineError("unexpected argument \"\(shown)\"; see \(command) --help")
    }
    let name = String(argument.drop { $0 == "-" })
    if argument.hasPrefix("--"), let declaration = declarations.first(where: { $0.name == name }) {
      return declaration
    }
    let nearest = Suggestion.nearest(to: name, among: declarations.map(\.name))
    let hint = nearest.map { "did you mean --\($0)?" } ?? "see \(command) --help"
    throw CommandLineError("\(command) has no option \(shown); \(hint)")
  }

  /// The value of a text option among arguments that cannot be parsed yet, because which options
  /// there are depends on it.
  static func value(of name: String, in arguments: [String]) -> String? {
    for (place, argument) in arguments.enumerated() {
      if argument.hasPrefix("--\(name)=") { return String(argument.dropFirst(name.count + 3)) }
      if argument == "--\(name)" { return arguments.dropFirst(place + 1).first }
    }
    return nil
  }

  /// Whether help is asked for.
  static func asksForHelp(_ arguments: [String]) -> Bool {
    arguments.contains { $0 == "--help" || $0 == "-h" }
  }
}
