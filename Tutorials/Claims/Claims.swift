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
