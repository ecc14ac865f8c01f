import CKernels
import Foundation
import Spool
import Testing
import TestSupport

/// The greatest distance between the empirical distribution of `draws` and `cumulative`, times √n. It
/// exceeds 2.225 with a probability of 10⁻⁴ where the draws come from that distribution (Kolmogorov,
/// 1933).
private func kolmogorovSmirnov(_ draws: [Double], _ cumulative: (Double) -> Double) -> Double {
  let n = Double(draws.count)
  var greatest = 0.0
  for (i, x) in draws.sorted().enumerated() {
    let p = cumulative(x)
    greatest = Swift.max(greatest, p - Double(i) / n, Double(i + 1) / n - p)
  }
  return greatest * n.squareRoot()
}

private let critical = 2.225

private func normalCumulative(_ x: Double) -> Double { 0.5 * erfc(-x / 2.0.squareRoot()) }

struct DistributionsTests {
  @Test func uniformNumbersAreTheTopBitsOfTheStream() {
    // Seed 0 and counter 0 give the words 6627e8d5 e169c58d bc57ac4c 9b00dbd8.
    let key = RandomKey(seed: 0)
    #expect(
      Tensor<Float>.uniform([4], key: key).scalars
        == [0x6627e8p-24, 0xe169c5p-24, 0xbc57acp-24, 0x9b00dbp-24])
    #expect(
      Tensor<Double>.uniform([2], key: key).scalars
        == [0x6627_e8d5_e169_c58d, 0xbc57_ac4c_9b00_dbd8].map { (word: UInt64) in
          Double(word >> 11) * 0x1p-53
        })
  }

  @Test(arguments: [RandomKey(seed: 0), RandomKey(seed: 1).folding(in: 3)])
  func uniformNumbersAreUniform(key: RandomKey) {
    let count = 100_000
    let doubles = Tensor<Double>.uniform([count], in: -3..<5, key: key)
    #expect(kolmogorovSmirnov(doubles.scalars) { ($0 + 3) / 8 } < critical)
    let floats = Tensor<Float>.uniform([count], key: key).scalars.map(Double.init)
    #expect(kolmogorovSmirnov(floats) { $0 } < critical)
    // Mean 1 and variance 64 / 12, to within five standard errors.
    #expect(Swift.abs(doubles.mean().scalar - 1) < 5 * (64 / 12 / Double(count)).squareRoot())
    #expect(
      Swift.abs(doubles.variance().scalar / (64 / 12) - 1) < 5 * (0.8 / Double(count)).squareRoot())
  }

  @Test func uniformNumbersStayBelowTheUpperBound() {
    // Between 2²³ and 2²³ + 2 a Float has two values, so most sums would round to the bound.
    let values = Tensor<Float>.uniform([10_000], in: 0x1p23..<(0x1p23 + 2), key: RandomKey(seed: 4))
    #expect(Set(values.scalars) == [0x1p23, 0x1p23 + 1])
  }

  @Test(arguments: [RandomKey(seed: 0), RandomKey(seed: 1).folding(in: 3)])
  func normalNumbersAreNormal(key: RandomKey) {
    let count = 100_000
    let doubles = Tensor<Double>.normal([count], mean: 2, standardDeviation: 3, key: key)
    #expect(kolmogorovSmirnov(doubles.scalars) { normalCumulative(($0 - 2) / 3) } < critical)
    let floats = Tensor<Float>.normal([count], key: key).scalars.map(Double.init)
    #expect(kolmogorovSmirnov(floats, normalCumulative) < critical)
    #expect(Swift.abs(doubles.mean().scalar - 2) < 5 * 3 / Double(count).squareRoot())
    #expect(Swift.abs(doubles.variance().scalar / 9 - 1) < 5 * (2 / Double(count)).squareRoot())
  }

  @Test func truncatedNormalNumbersFollowTheConditionedDistribution() {
    let count = 100_000
    let draws = Tensor<Double>.truncatedNormal(
      [count], mean: -1, standardDeviation: 0.5, key: RandomKey(seed: 8))
    let inside = 1 - 2 * normalCumulative(-2)
    let distance = kolmogorovSmirnov(draws.scalars) { x in
      (normalCumulative((x + 1) / 0.5) - normalCumulative(-2)) / inside
    }
    #expect(distance < critical)
    #expect(draws.min().scalar >= -2)
    #expect(draws.max().scalar <= 0)
    let deviation = draws.variance().scalar.squareRoot()
    #expect(Swift.abs(deviation / (0.8796 * 0.5) - 1) < 0.01)
  }

  @Test func truthValuesOccurWithTheirProbability() {
    let count = 100_000
    for (i, probability) in [0.001, 0.3, 0.5, 0.9].enumerated() {
      let draws = Tensor.bernoulli(
        [count], probability: probability, key: RandomKey(seed: 2).folding(in: i))
      let frequency = Double(draws.scalars.count { $0 }) / Double(count)
      let error = (probability * (1 - probability) / Double(count)).squareRoot()
      #expect(Swift.abs(frequency - probability) < 3 * error)
    }
    #expect(!Tensor.bernoulli([1000], probability: 0, key: RandomKey(seed: 0)).any().scalar)
    #expect(Tensor.bernoulli([1000], probability: 1, key: RandomKey(seed: 0)).all().scalar)
  }

  @Test func integersAreUniform() {
    let count = 90_000
    let draws = Tensor<Int32>.uniform([300, 300], in: -4..<5, key: RandomKey(seed: 6)).scalars
    let frequencies = Dictionary(draws.map { ($0, 1) }, uniquingKeysWith: +)
    #expect(frequencies.keys.sorted() == Array(-4...4))
    let expected = Double(count) / 9
    let chiSquare = frequencies.values.reduce(0) { sum, number in
      sum + (Double(number) - expected) * (Double(number) - expected) / expected
    }
    // 8 degrees of freedom: 31.8 is exceeded with a probability of 10⁻⁴.
    #expect(chiSquare < 31.8)
    let whole = Tensor<Int32>.uniform([1000], in: .min ..< .max, key: RandomKey(seed: 6)).scalars
    #expect(whole.contains { $0 < -1_000_000_000 } && whole.contains { $0 > 1_000_000_000 })
  }

  @Test func permutationsAreUniform() {
    let trials = 24_000
    var frequencies: [[Int32]: Int] = [:]
    for trial in 0..<trials {
      let order = Tensor<Int32>.permutation(4, key: RandomKey(seed: 9).folding(in: trial))
      frequencies[order.scalars, default: 0] += 1
    }
    #expect(frequencies.count == 24)
    let expected = Double(trials) / 24
    let chiSquare = frequencies.values.reduce(0) { sum, number in
      sum + (Double(number) - expected) * (Double(number) - expected) / expected
    }
    // 23 degrees of freedom: 55.5 is exceeded with a probability of 1.6·10⁻⁴.
    #expect(chiSquare < 55.5)
  }

  @Test(arguments: [0, 1, 2, 1000])
  func permutationsHoldEachNumberOnce(count: Int) {
    let order = Tensor<Int32>.permutation(count, key: RandomKey(seed: 3))
    #expect(order.scalars.sorted() == (0..<Int32(count)).map { $0 })
  }

  @Test func emptyShapesGiveEmptyTensors() {
    let key = RandomKey(seed: 0)
    #expect(Tensor<Float>.uniform([3, 0], key: key).shape == [3, 0])
    #expect(Tensor<Double>.normal([0], key: key).shape == [0])
    #expect(Tensor<Float>.truncatedNormal([0, 2], key: key).shape == [0, 2])
    #expect(Tensor.bernoulli([0], probability: 0.5, key: key).shape == [0])
    #expect(Tensor<Int32>.uniform([0], in: 0..<1, key: key).shape == [0])
  }

  @Test func wrongParametersTrap() async {
    let emptyRange = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Float>.uniform([2], in: 1..<1, key: RandomKey(seed: 0)) }
    expectMessage(emptyRange, "uniform: the range 1.0..<1.0 must not be empty")
    let negative = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Double>.normal([2], standardDeviation: -1, key: RandomKey(seed: 0)) }
    expectMessage(negative, "normal: the standard deviation -1.0 is not a finite number ≥ 0")
    let noProbability = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor.bernoulli([2], probability: .nan, key: RandomKey(seed: 0)) }
    expectMessage(noProbability, "bernoulli: the probability nan is outside 0 ... 1")
    let noCount = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Tensor<Int32>.permutation(-1, key: RandomKey(seed: 0)) }
    expectMessage(noCount, "permutation: the count -1 is outside 0 ... 2147483647")
  }
}

/// The number of threads is the process's, so these run one after another.
@Suite(.serialized) struct DistributionThreadTests {
  private func bits<S>(_ draw: () -> Tensor<S>) -> [UInt8] {
    draw().withUnsafeScalars { Array(UnsafeRawBufferPointer($0)) }
  }

  @Test func theNumberOfThreadsChangesNoBit() {
    let before = spool_thread_count()
    defer { spool_set_thread_count(before) }
    let key = RandomKey(seed: 11)
    // A size that no number of threads or lanes divides.
    let shape: Shape = [300_007]
    let draws: [@Sendable () -> [UInt8]] = [
      { bits { Tensor<Float>.uniform(shape, in: -1..<1, key: key) } },
      { bits { Tensor<Double>.uniform(shape, key: key) } },
      { bits { Tensor<Float>.normal(shape, key: key) } },
      { bits { Tensor<Double>.normal(shape, key: key) } },
      { bits { Tensor<Float>.truncatedNormal(shape, key: key) } },
      { bits { Tensor.bernoulli(shape, probability: 0.4, key: key) } },
      { bits { Tensor<Int32>.uniform(shape, in: 0..<1000, key: key) } },
      { bits { Tensor<Int32>.permutation(shape[0], key: key) } },
    ]
    for draw in draws {
      spool_set_thread_count(1)
      let one = draw()
      for threads in 2...3 {
        spool_set_thread_count(threads)
        #expect(draw() == one)
      }
    }
  }
}
