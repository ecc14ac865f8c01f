import Foundation

/// Prints a claim of a tutorial with the number that backs it, and ends the program with exit code 1
/// where the claim does not hold.
public func claim(_ text: String, _ holds: Bool) {
  print((holds ? "✓ " : "✗ ") + text)
  if !holds {
    print("This claim failed; the tutorial stops here.")
    exit(1)
  }
}

/// A number in four significant digits, as tutorials print it.
public func short(_ number: some BinaryFloatingPoint) -> String {
  String(format: "%.4g", locale: nil, Double(number))
}

/// Numbers in four significant digits, with commas between them.
public func short(_ numbers: some Sequence<some BinaryFloatingPoint>) -> String {
  numbers.map { short($0) }.joined(separator: ", ")
}
