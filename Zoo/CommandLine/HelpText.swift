/// Lays out help from declarations.
enum HelpText {
  /// Help is never wider than this.
  static let width = 80

  /// The options with their placeholders, bounds and defaults, one or more lines each.
  static func options(_ declarations: [OptionDeclaration]) -> String {
    table(
      declarations.map { declaration in
        let placeholder = declaration.placeholder.map { " \($0)" } ?? ""
        return ("--\(declaration.name)\(placeholder)", declaration.help + remark(declaration))
      } + [("--help", "show this")])
  }

  private static func remark(_ declaration: OptionDeclaration) -> String {
    switch declaration.defaultSetting {
    case nil, .flag: ""
    case .some(let setting): " (default \(setting))"
    }
  }

  /// Two columns, the second one wrapped.
  static func table(_ rows: [(String, String)]) -> String {
    let indentation = 2
    let widest = rows.map(\.0.count).max() ?? 0
    // Very long entries get a line of their own instead of pushing everything to the right.
    let column = indentation + min(widest, 26) + 2
    return rows.map { name, text in
      var start = String(repeating: " ", count: indentation) + name
      if start.count > column - 2 { start += "\n" + "".padding(to: column) }
      let lines = wrapped(text, width: width - column)
      return start.padding(to: column) + lines.joined(separator: "\n" + "".padding(to: column))
    }.joined(separator: "\n")
  }

  /// `text` in lines of at most `width` characters, broken at spaces.
  static func wrapped(_ text: String, width: Int) -> [String] {
    var lines: [String] = []
    for word in text.split(separator: " ") {
      if let last = lines.last, last.count + 1 + word.count <= width {
        lines[lines.count - 1] += " \(word)"
      } else {
        lines.append(String(word))
      }
    }
    return lines
  }
}

extension String {
  /// The text with spaces at its end up to `width` characters.
  func padding(to width: Int) -> String {
    self + String(repeating: " ", count: max(0, width - count))
  }
}
