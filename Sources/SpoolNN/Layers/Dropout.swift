import Spool

/// Dropout: each element is set to 0 with probability `rate`, and the others are divided by 1 − `rate`, so that
/// the expected value stays (Srivastava, Hinton, Krizhevsky, Sutskever & Salakhutdinov, 2014).
///
/// Only called in training; which elements are dropped is a function of the key alone.
public struct Dropout: Sendable {
  /// The probability that an element is dropped.
  public let rate: Double

  /// Traps when the rate lies outside 0 ... 1.
  public init(rate: Double) {
    guard (0...1).contains(rate) else { trap("Dropout: the rate \(rate) lies outside 0 ... 1") }
    self.rate = rate
  }

  /// `x` with some of its elements dropped: none at a rate of 0, all at a rate of 1.
  public func callAsFunction<S: RealScalar>(_ x: Tensor<S>, key: RandomKey) -> Tensor<S> {
    if rate == 0 { return x }
    if rate == 1 { return 0 * x }
    let isKept = Tensor<Bool>.bernoulli(x.shape, probability: 1 - rate, key: key)
    return x * `where`(isKept, Tensor(S(1 / (1 - rate))), 0)
  }
}
