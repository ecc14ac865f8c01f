import Spool

/// The least that a training takes of memory for one purpose: a product of numbers that options set. What exceeds the
/// machine is refused before anything is made. In truth a training takes several times as much.
public struct LeastMemory: Sendable {
  /// How many there are of something: `(100, "time steps")`.
  public typealias Factor = (count: Int, of: String)

  private let purpose: String
  private let bytesEach: Double
  private let factors: [Factor]
  private let options: [String]

  /// States that are kept for the backward pass.
  ///
  /// - Parameters:
  ///   - factors: what there is a number of.
  ///   - options: the names of the options that set them.
  public static func states(_ factors: Factor..., loweredBy options: [String]) -> LeastMemory {
    LeastMemory(
      purpose: "the states of a step of training take", bytesEach: 4, factors: factors,
      options: options)
  }

  /// Weights and their gradients.
  public static func weights(_ factors: Factor..., loweredBy options: [String]) -> LeastMemory {
    LeastMemory(
      purpose: "weights and their gradients take", bytesEach: 8, factors: factors,
      options: options)
  }

  /// Throws where it is more than `limit` bytes.
  func check(against limit: Int = MachineMemory.bytes) throws(CommandLineError) {
    let bytes = factors.reduce(bytesEach) { $0 * Double($1.count) }
    guard bytes > Double(limit) else { return }
    let product = factors.map { "\($0.count) \($0.of)" }.joined(separator: " × ")
    throw CommandLineError(
      "\(purpose) at least \(MachineMemory.text(bytes)) (\(product)), more than the "
        + "\(MachineMemory.text(Double(limit))) of memory that there are; lower "
        + Suggestion.list(options.map { "--\($0)" }))
  }
}
