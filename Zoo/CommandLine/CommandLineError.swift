/// A command line that cannot be followed: one line that says what is wrong and how to repair it.
public struct CommandLineError: Error, Equatable, Sendable, CustomStringConvertible {
  /// The whole message.
  public let description: String

  /// An error with this message.
  public init(_ description: String) {
    self.description = description
  }
}
