import CKernels

/// A key from which random numbers follow: the same key always gives the same numbers.
///
/// There is no global generator. Whoever needs random numbers is handed a key, and whoever needs
/// several independent kinds of them derives keys from it:
///
///     let key = RandomKey(seed: 1)
///     let (forWeights, forDropout) = key.split()
///     let mask = Tensor.bernoulli([32, 64], probability: 0.9, key: forDropout.folding(in: step))
///
/// A key selects a stream of the counter-based generator Philox 4x32-10 (Salmon, Moraes, Dror & Shaw,
/// "Parallel random numbers: as easy as 1, 2, 3", 2011): the numbers at place i of a stream depend on
/// the key and on i alone, so they are the same bits on every platform and for any number of threads.
/// Keys are derived by the same function, from counters that no stream reaches. Using one key for two
/// draws gives the same numbers twice: derive a key for each.
///
/// Derived keys are 64 random bits, so two of n derived keys coincide with probability n²/2⁶⁵.
public struct RandomKey: Sendable, Hashable {
  /// The key itself, all there is to store for a later `init(bits:)`.
  public let bits: UInt64

  /// The key that a number stands for. Different seeds give different keys.
  public init(seed: Int) { bits = UInt64(bitPattern: Int64(seed)) }

  /// The key that was stored as `bits`.
  public init(bits: UInt64) { self.bits = bits }

  /// Two keys, independent of each other and of this one.
  public func split() -> (RandomKey, RandomKey) {
    let pair = derived(.split, 0)
    return (pair[0], pair[1])
  }

  /// `count` keys, independent of each other and of this one. The first ones do not depend on
  /// `count`. Traps when it is negative.
  public func split(_ count: Int) -> [RandomKey] {
    guard count >= 0 else { trap("split: a key cannot be split into \(count) keys") }
    return (0..<count).map { derived(.split, UInt64($0 / 2))[$0 % 2] }
  }

  /// The key that belongs to `number`, such as a step, a layer or an item of a batch: independent for
  /// different numbers, of this key, and of the keys it is split into.
  public func folding(in number: Int) -> RandomKey {
    derived(.fold, UInt64(bitPattern: Int64(number)))[0]
  }

  /// What a derivation is for; the upper half of its counter, which is 0 in a stream.
  private enum Purpose: UInt32 {
    case split = 1
    case fold = 2
  }

  private func derived(_ purpose: Purpose, _ number: UInt64) -> InlineArray<2, RandomKey> {
    let block = philox([number.low, number.high, purpose.rawValue, 0])
    return [
      RandomKey(bits: UInt64(low: block[0], high: block[1])),
      RandomKey(bits: UInt64(low: block[2], high: block[3])),
    ]
  }

  private func philox(_ counter: InlineArray<4, UInt32>) -> InlineArray<4, UInt32> {
    let key: InlineArray<2, UInt32> = [bits.low, bits.high]
    var block = InlineArray<4, UInt32>(repeating: 0)
    var words = block.mutableSpan
    key.span.withUnsafeBufferPointer { key in
      counter.span.withUnsafeBufferPointer { counter in
        words.withUnsafeMutableBufferPointer { block in
          spool_philox(key.baseAddress, counter.baseAddress, block.baseAddress)
        }
      }
    }
    return block
  }
}

extension UInt64 {
  fileprivate init(low: UInt32, high: UInt32) { self = UInt64(high) << 32 | UInt64(low) }

  fileprivate var low: UInt32 { UInt32(truncatingIfNeeded: self) }
  fileprivate var high: UInt32 { UInt32(truncatingIfNeeded: self >> 32) }
}
