import CKernels
import Spool
import Testing
import TestSupport

struct RandomKeyTests {
  private func philox(_ key: UInt64, _ counter: [UInt32]) -> [UInt32] {
    var block = [UInt32](repeating: 0, count: 4)
    spool_philox([UInt32(truncatingIfNeeded: key), UInt32(key >> 32)], counter, &block)
    return block
  }

  /// The vectors that the authors of Philox publish with their reference implementation.
  @Test func blockFunctionGivesThePublishedAnswers() {
    let ones = UInt32.max
    #expect(
      philox(0, [0, 0, 0, 0]) == [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8])
    #expect(
      philox(.max, [ones, ones, ones, ones])
        == [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd])
    #expect(
      philox(0x299f_31d0_a409_3822, [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344])
        == [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1])
  }

  @Test func derivedKeysAreBlocksThatNoStreamReaches() {
    let key = RandomKey(seed: -7)
    #expect(key.bits == 0xFFFF_FFFF_FFFF_FFF9)
    let first = philox(key.bits, [0, 0, 1, 0])
    let second = philox(key.bits, [1, 0, 1, 0])
    let folded = philox(key.bits, [0xFFFF_FFFE, 0xFFFF_FFFF, 2, 0])
    let joined = { (block: [UInt32], i: Int) in UInt64(block[i + 1]) << 32 | UInt64(block[i]) }
    #expect(
      key.split(3).map(\.bits) == [joined(first, 0), joined(first, 2), joined(second, 0)])
    #expect(key.folding(in: -2).bits == joined(folded, 0))
  }

  @Test func splittingInTwoIsSplittingIntoACountOfTwo() {
    let key = RandomKey(seed: 3)
    let (left, right) = key.split()
    #expect(key.split(2) == [left, right])
    #expect(Array(key.split(5)[..<2]) == [left, right])
    #expect(key.split(0).isEmpty)
  }

  @Test func keysOfALargeFamilyAreAllDifferent() {
    let root = RandomKey(seed: 0)
    var keys: Set<RandomKey> = [root]
    let layers = 20
    let steps = 500
    for layer in root.split(layers) {
      keys.insert(layer)
      for step in 0..<steps { keys.insert(layer.folding(in: step)) }
    }
    #expect(keys.count == 1 + layers + layers * steps)
  }

  @Test func aStoredKeyComesBack() {
    let key = RandomKey(seed: 5).folding(in: 12)
    #expect(RandomKey(bits: key.bits) == key)
  }

  @Test func aNegativeCountTraps() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = RandomKey(seed: 0).split(-1) }
    expectMessage(trapped, "split: a key cannot be split into -1 keys")
  }

  /// Streams of sibling, child and seed-neighbouring keys.
  private static let related: [RandomKey] = {
    let root = RandomKey(seed: 1)
    let (left, right) = root.split()
    return [root, RandomKey(seed: 2), left, right, left.split().0, root.folding(in: 0)]
      + [root.folding(in: 1), root.folding(in: 2)]
  }()

  @Test func streamsOfRelatedKeysDoNotOverlap() {
    // 53 random bits each: 10⁶ draws hold two equal ones with a probability of 6·10⁻⁵.
    let draws = Self.related.flatMap { Tensor<Double>.uniform([125_000], key: $0).scalars }
    let ordered = draws.sorted()
    #expect(zip(ordered, ordered.dropFirst()).allSatisfy { $0 < $1 })
  }

  @Test func streamsOfRelatedKeysAreUncorrelated() {
    let count = 1 << 18
    let streams = Self.related.map { Tensor<Double>.normal([count], key: $0) }
    let bound = 5 / Double(count).squareRoot()
    for (i, a) in streams.enumerated() {
      for b in streams[..<i] {
        #expect(Swift.abs((a * b).mean().scalar) < bound)
        // Also at lag one, and in magnitude.
        #expect(Swift.abs((a[1...] * b[..<(count - 1)]).mean().scalar) < bound)
        #expect(Swift.abs(((square(a) - 1) * (square(b) - 1)).mean().scalar) < 2 * bound)
      }
    }
  }

  @Test func aKeysGeneratorDrawsTheSameEachTime() {
    func order(_ key: RandomKey) -> [Int] {
      var generator = KeyedGenerator(key: key)
      return (0..<20).shuffled(using: &generator)
    }
    let key = RandomKey(seed: 1)
    #expect(order(key) == order(key))
    #expect(order(key) != order(key.folding(in: 1)))
    #expect(order(key) != Array(0..<20))
  }
}
