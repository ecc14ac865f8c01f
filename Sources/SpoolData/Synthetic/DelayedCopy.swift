import Spool

/// The copying memory problem (Hochreiter & Schmidhuber, 1997, as in Arjovsky, Shah & Bengio, 2016): symbols to
/// remember, blanks, a sign to answer, and as many blanks as there were symbols, while which the symbols are to
/// be said in their order.
///
/// To guess the symbols has a cross-entropy of ln 8 for each of them.
public struct DelayedCopy: Sendable {
  /// How many different symbols there are: numbers 0 to 7. The blank is 8, the sign to answer 9.
  public static let symbols = 8
  /// How many inputs there are, with blank and sign.
  public static let inputSize = symbols + 2

  /// How many symbols are to be remembered.
  public let count: Int
  /// How many steps lie between the last symbol and the first answer.
  public let delay: Int

  /// The problem with `count` symbols and a delay of so many steps, at least 1.
  public init(count: Int = 10, delay: Int) {
    precondition(count >= 1, "DelayedCopy: \(count) symbols; there must be at least 1")
    precondition(delay >= 1, "DelayedCopy: a delay of \(delay) steps has no room for the sign")
    self.count = count
    self.delay = delay
  }

  /// The number of time steps.
  public var time: Int { 2 * count + delay }

  /// Sequences of numbers, `[time, batch]`, and what is to be said in the last steps, `[count, batch]`.
  public func batch(_ size: Int, key: RandomKey) -> (inputs: Tensor<Int32>, targets: Tensor<Int32>)
  {
    let symbols = Tensor<Int32>.uniform([count, size], in: 0..<Int32(Self.symbols), key: key)
    let blank = Tensor<Int32>(Int32(Self.symbols))
    let parts = [
      symbols, blank.broadcasted(to: [delay - 1, size]), (blank + 1).broadcasted(to: [1, size]),
      blank.broadcasted(to: [count, size]),
    ]
    return (concatenated(parts, axis: 0), symbols)
  }
}
