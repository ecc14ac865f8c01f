import SpoolData

/// The values of a command's options: those given on the command line, those of the run that is
/// resumed, and the defaults, in this order.
public struct Settings: Sendable {
  private let declarations: [OptionDeclaration]
  private let given: [String: OptionSetting]
  private var saved: [String: OptionSetting] = [:]

  init(_ declarations: [OptionDeclaration], given: [String: OptionSetting]) {
    self.declarations = declarations
    self.given = given
  }

  /// The value of an option, which must be one of the command's.
  public subscript<Value>(option: Option<Value>) -> Value {
    let declaration = option.declaration
    precondition(
      declarations.contains { $0.name == declaration.name },
      "Settings: --\(declaration.name) is not an option of this command; declare it with the others"
    )
    return option.value(of: setting(of: declaration))
  }

  /// Whether the option was given on the command line.
  public func isGiven<Value>(_ option: Option<Value>) -> Bool {
    given[option.declaration.name] != nil
  }

  /// Everything that holds, for `config.json`; options without a value are left out.
  var all: [String: OptionSetting] {
    Dictionary(
      uniqueKeysWithValues: declarations.compactMap { declaration in
        setting(of: declaration).map { (declaration.name, $0) }
      })
  }

  private func setting(of declaration: OptionDeclaration) -> OptionSetting? {
    given[declaration.name] ?? saved[declaration.name] ?? declaration.defaultSetting
  }

  /// These settings with those that a run was started with where the command line gives none.
  ///
  /// Throws if the command line gives an option another value than the run has and the option is
  /// not one that may change, and if `saved`, read from `file`, has settings that are not allowed.
  func resuming(
    _ saved: [String: OptionSetting], from file: String
  ) throws(CommandLineError) -> Settings {
    var result = self
    for (name, setting) in saved.sorted(by: { $0.key < $1.key }) {
      guard let declaration = declarations.first(where: { $0.name == name }) else {
        throw CommandLineError(
          "\(file.escapedForDisplay): this version has no option --\(name.escapedForDisplay); "
            + "resume the run with the version that started it")
      }
      let checked: OptionSetting
      do throws(CommandLineError) {
        checked = try declaration.checked(setting)
      } catch {
        throw CommandLineError(
          "\(file.escapedForDisplay): \(error.description); restore what the run was started with")
      }
      if let given = given[name], given != checked, !declaration.mayChangeOnResume {
        throw CommandLineError(
          "--\(name) \(given.description.escapedForDisplay) is not the "
            + "\(checked.description.escapedForDisplay) that the run was started with; leave it "
            + "out, or start another run with another --run")
      }
      result.saved[name] = checked
    }
    return result
  }
}
