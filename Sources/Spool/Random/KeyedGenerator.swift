/// A generator for what Swift's own functions draw, `pick.randomElement(using: &generator)`: a function of its key.
public struct KeyedGenerator: RandomNumberGenerator, Sendable {
  private let key: RandomKey
  private var count = 0

  /// The generator of a key.
  public init(key: RandomKey) { self.key = key }

  /// The generator of that seed.
  public init(seed: Int) { self.init(key: RandomKey(seed: seed)) }

  /// The next 64 random bits.
  public mutating func next() -> UInt64 {
    count += 1
    return key.folding(in: count).bits
  }
}
