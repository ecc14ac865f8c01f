import Spool

/// A generator for the choices that a randomised test makes: the same ones in every run.
public struct KeyedGenerator: RandomNumberGenerator {
  private let key: RandomKey
  private var count = 0

  /// The generator of that seed.
  public init(seed: Int) { key = RandomKey(seed: seed) }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    count += 1
    return key.folding(in: count).bits
  }
}
