import Foundation

/// A source file of `Sources/Spool/Operations`, read for what it declares.
struct OperationSource {
  let lines: [String]

  static func all() throws -> [OperationSource] {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
    let folder = root.appending(path: "Sources/Spool/Operations")
    return try FileManager.default
      .contentsOfDirectory(at: folder, includingPropertiesForKeys: nil)
      .filter { $0.pathExtension == "swift" }
      .map { OperationSource(lines: try String(contentsOf: $0, encoding: .utf8).lines) }
  }

  /// The names of all operations.
  var operations: Set<String> { names { _ in true } }

  /// The names of those declared without a derivative.
  var constantOperations: Set<String> {
    names { type in
      type.contains("NondifferentiableOperation") || type.contains("ComparisonOperation")
    }
  }

  private func names(where isIncluded: (String) -> Bool) -> Set<String> {
    var names: Set<String> = []
    var type = ""
    for line in lines {
      if line.hasPrefix("struct ") { type = line }
      if let match = line.firstMatch(of: /static let name = "(?<name>[^"]+)"/), isIncluded(type) {
        names.insert(String(match.name))
      }
    }
    return names
  }

  /// The full names of public functions, operators and subscripts, and of public properties of
  /// tensors; members of `Tensor` begin with a dot, those of other types with the type's name.
  var publicFunctions: Set<String> {
    var names: Set<String> = []
    var type = ""
    for (number, line) in lines.enumerated() {
      if let match = line.firstMatch(
        of: /^(public )?(struct|enum|protocol|extension|final class) (?<name>\w+)/)
      {
        type = String(match.name)
      }
      guard line.contains("public ") else { continue }
      let isMember = line.hasPrefix(" ")
      let rest = lines[number...].joined(separator: " ")
      if let match = rest.prefixMatch(
        of: /^ *public (static |prefix |postfix )*func (?<symbol>[^\w\s`]+) (?=\()/)
      {
        let count = labels(of: rest[match.range.upperBound...]).count { $0 == ":" }
        names.insert("\(match.symbol)(\(String(repeating: "_:", count: count)))")
      } else if let match = rest.prefixMatch(
        of: /^ *public (static |mutating )*(subscript|func (?<name>`?\w+`?))(?=[(<])/)
      {
        let name = (match.name ?? "subscript").replacing("`", with: "")
        let prefix = !isMember ? "" : type == "Tensor" ? "." : "\(type)."
        names.insert("\(prefix)\(name)(\(labels(of: rest[match.range.upperBound...])))")
      } else if type == "Tensor", isMember,
        let match = line.firstMatch(of: /^ *public (static )?var (?<name>\w+)/)
      {
        names.insert(".\(match.name)")
      }
    }
    return names
  }

  /// "_:axis:" of what follows a function's name: "<S>(_ x: Tensor<S>, axis: Int = -1) -> …".
  private func labels(of signature: Substring) -> String {
    var depth = 0
    var isInside = false
    var parameters = [""]
    var previous: Character = " "
    for character in signature {
      if character == "(" && depth == 0 { isInside = true }
      switch character {
      case "(", "[", "<": depth += 1
      case ")", "]": depth -= 1
      // "->" closes nothing.
      case ">" where previous != "-": depth -= 1
      default: break
      }
      previous = character
      guard isInside else { continue }
      if depth == 0 { break }
      if depth == 1 && character == "," {
        parameters.append("")
      } else {
        parameters[parameters.count - 1].append(character)
      }
    }
    return parameters.compactMap { parameter in
      parameter.prefixMatch(of: /[( ]*(?<label>\w+)/).map { "\($0.label):" }
    }.joined()
  }
}

extension String {
  fileprivate var lines: [String] {
    split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
  }
}
