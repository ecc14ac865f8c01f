import CKernels
import Foundation
import Testing

extension Kernels {
  @Suite struct RandomNumbers {
    /// Known answers of Philox 4x32-10, published with Random123 (`kat_vectors`).
    @Test func philoxGivesThePublishedAnswers() {
      let answers: [(counter: [UInt32], key: [UInt32], result: [UInt32])] = [
        (
          [0, 0, 0, 0], [0, 0],
          [0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8]
        ),
        (
          [0xffff_ffff, 0xffff_ffff, 0xffff_ffff, 0xffff_ffff], [0xffff_ffff, 0xffff_ffff],
          [0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd]
        ),
        (
          [0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344], [0xa409_3822, 0x299f_31d0],
          [0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1]
        ),
      ]
      for answer in answers {
        var result = [UInt32](repeating: 0, count: 4)
        spool_philox(answer.key, answer.counter, &result)
        #expect(result == answer.result)
      }
    }

    @Test func wordsAreThoseOfTheBlocks() {
      let key: UInt64 = 0x299f_31d0_a409_3822
      var expected: [UInt32] = []
      for block in 0..<300 {
        var words = [UInt32](repeating: 0, count: 4)
        spool_philox(
          [UInt32(truncatingIfNeeded: key), UInt32(key >> 32)], [UInt32(block), 0, 0, 0], &words)
        expected += words
      }
      onEachInstructionSet { isa in
        for count in [0, 1, 2, 3, 4, 5, 31, 511, 512, 513, 1200] {
          var words = [UInt32](repeating: 0, count: count)
          spool_random_bits(key, count, &words)
          #expect(words == Array(expected.prefix(count)), "\(name(of: isa)), \(count) words")
        }
      }
    }

    @Test func uniformsAreTheTopBitsOfWords() {
      let key: UInt64 = 12345
      let count = 1001
      var words = [UInt32](repeating: 0, count: 2 * count)
      spool_random_bits(key, 2 * count, &words)
      onEachInstructionSet { isa in
        var floats = [Float](repeating: -1, count: count)
        spool_random_uniform(SPOOL_FLOAT, key, count, &floats)
        #expect(floats == words.prefix(count).map { Float($0 >> 8) * 0x1p-24 }, "\(name(of: isa))")
        var doubles = [Double](repeating: -1, count: count)
        spool_random_uniform(SPOOL_DOUBLE, key, count, &doubles)
        let expected = (0..<count).map { i in
          Double((UInt64(words[2 * i]) << 32 | UInt64(words[2 * i + 1])) >> 11) * 0x1p-53
        }
        #expect(doubles == expected, "\(name(of: isa))")
      }
    }

    /// Box & Muller in double precision, from the words.
    @Test func normalsAreTheTransformOfPairs() {
      let key: UInt64 = 777
      let count = 20_001
      var words = [UInt32](repeating: 0, count: 2 * (count + 1))
      spool_random_bits(key, words.count, &words)
      onEachInstructionSet { isa in
        var floats = [Float](repeating: 0, count: count)
        spool_random_normal(SPOOL_FLOAT, key, count, &floats)
        var doubles = [Double](repeating: 0, count: count)
        spool_random_normal(SPOOL_DOUBLE, key, count, &doubles)
        var worst = (float: 0.0, double: 0.0)
        for i in 0..<count {
          let first = i & ~1
          func pair(_ a: Double, _ b: Double) -> Double {
            (-2 * log(a)).squareRoot() * (i % 2 == 0 ? cos(2 * .pi * b) : sin(2 * .pi * b))
          }
          let inFloat = pair(
            Double((words[first] >> 8) + 1) * 0x1p-24, Double((words[first + 1] >> 8) + 1) * 0x1p-24
          )
          func fraction(_ at: Int) -> Double {
            Double((UInt64(words[at]) << 32 | UInt64(words[at + 1])) >> 11 + 1) * 0x1p-53
          }
          let inDouble = pair(fraction(2 * first), fraction(2 * first + 2))
          worst.float = max(worst.float, abs(Double(floats[i]) - inFloat))
          worst.double = max(worst.double, abs(doubles[i] - inDouble))
        }
        #expect(worst.float < 2e-6 && worst.double < 1e-14, "\(name(of: isa)): \(worst)")
      }
    }

    @Test func normalsAreDistributedNormally() {
      let count = 1 << 18
      var samples = [Float](repeating: 0, count: count)
      spool_random_normal(SPOOL_FLOAT, 42, count, &samples)
      let numbers = samples.map(Double.init).sorted()
      let mean = numbers.reduce(0, +) / Double(count)
      let variance = numbers.reduce(0) { $0 + ($1 - mean) * ($1 - mean) } / Double(count)
      // Kolmogorov & Smirnov: the largest distance of the distributions, and its 0.1 % bound.
      let distance = numbers.enumerated().map { i, x in
        let expected = 0.5 * (1 + erf(x / 2.0.squareRoot()))
        return max(
          abs(Double(i + 1) / Double(count) - expected), abs(Double(i) / Double(count) - expected))
      }.max()!
      let root = Double(count).squareRoot()
      #expect(abs(mean) < 3.3 / root)
      #expect(abs(variance - 1) < 3.3 * 2.0.squareRoot() / root)
      #expect(distance < 1.95 / root)
      // The two normals of a pair share a radius; they must not be correlated.
      let products = stride(from: 0, to: count, by: 2).map {
        Double(samples[$0]) * Double(samples[$0 + 1])
      }
      let pairs = Double(count / 2)
      #expect(abs(products.reduce(0, +)) / pairs < 3.3 / pairs.squareRoot())
    }

    @Test func bitsDependOnNeitherThreadsNorInstructionSet() {
      let count = 50_001
      func draw() -> ([Float], [Double]) {
        var floats = [Float](repeating: 0, count: count)
        var doubles = [Double](repeating: 0, count: count)
        spool_random_normal(SPOOL_FLOAT, 5, count, &floats)
        spool_random_normal(SPOOL_DOUBLE, 5, count, &doubles)
        return (floats, doubles)
      }
      let expected = withThreads(1) { draw() }
      onEachInstructionSet { isa in
        for threads in 1...3 {
          let drawn = withThreads(threads) { draw() }
          #expect(drawn == expected, "\(name(of: isa)), \(threads) threads")
        }
      }
    }

    @Test func streamsOfDifferentKeysDiffer() {
      var seen = Set<[UInt32]>()
      for key in UInt64(0)..<1000 {
        var words = [UInt32](repeating: 0, count: 4)
        spool_random_bits(key << 20, 4, &words)
        seen.insert(words)
      }
      #expect(seen.count == 1000)
    }
  }
}
