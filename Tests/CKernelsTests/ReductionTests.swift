import CKernels
import Foundation
import Testing

extension Kernels {
  @Suite struct Reductions {
    private static let shapes: [(outer: Int, count: Int, inner: Int)] = [
      (1, 1, 1), (3, 7, 1), (2, 64, 1), (2, 65, 1), (5, 257, 1), (1, 5000, 1), (1, 20_001, 1),
      (1, 5, 3), (2, 33, 16), (1, 100, 17), (3, 32, 64), (2, 70, 300), (1, 1000, 5), (4, 501, 2),
      (1, 3000, 70), (2, 1, 9), (0, 4, 3), (2, 4, 0),
    ]

    private func reduce<T: KernelScalar>(
      _ op: spool_reduction, _ shape: (outer: Int, count: Int, inner: Int), _ values: [T]
    ) -> [T] {
      var out = [T](repeating: .zero, count: shape.outer * shape.inner)
      spool_reduce(op, T.dtype, shape.outer, shape.count, shape.inner, values, &out)
      return out
    }

    private func positions<T: KernelScalar>(
      _ op: spool_reduction, _ shape: (outer: Int, count: Int, inner: Int), _ values: [T]
    ) -> [Int32] {
      var out = [Int32](repeating: -1, count: shape.outer * shape.inner)
      spool_reduce(op, T.dtype, shape.outer, shape.count, shape.inner, values, &out)
      return out
    }

    /// The lines along the middle axis.
    private func lines<T>(_ shape: (outer: Int, count: Int, inner: Int), _ values: [T]) -> [[T]] {
      (0..<shape.outer).flatMap { o in
        (0..<shape.inner).map { i in
          (0..<shape.count).map { values[(o * shape.count + $0) * shape.inner + i] }
        }
      }
    }

    private func checkReals<T: RealKernelScalar>(_ type: T.Type) {
      var random = SplitMix(9)
      let epsilon = Double(T.ulpOfOne)
      for shape in Self.shapes {
        let count = shape.outer * shape.count * shape.inner
        let values = (0..<count).map { _ in T(Double.random(in: -4...4, using: &random)) }
        let lines = lines(shape, values).map { $0.map { Double($0) } }
        let sums = lines.map { exactSum($0) }
        let squares = lines.map { exactSum($0.map { $0 * $0 }) }
        let sizes = lines.map { $0.reduce(0) { $0 + abs($1) } }
        let greatest = lines.map { $0.max() ?? 0 }
        let least = lines.map { $0.min() ?? 0 }
        let logarithms = zip(lines, greatest).map { line, m in
          m + log(exactSum(line.map { exp($0 - m) }))
        }
        onEachInstructionSet { isa in
          let comment = Comment(rawValue: "\(T.self) \(shape) \(name(of: isa))")
          let sum = reduce(SPOOL_SUM, shape, values)
          for (actual, (expected, size)) in zip(sum, zip(sums, sizes)) {
            // The steps of a block, the pairs above it, and the lanes: far fewer roundings than terms.
            #expect(abs(Double(actual) - expected) <= 20 * epsilon * size / 4, comment)
          }
          for (actual, expected) in zip(reduce(SPOOL_SUM_OF_SQUARES, shape, values), squares) {
            #expect(abs(Double(actual) - expected) <= 20 * epsilon * expected / 4, comment)
          }
          #expect(reduce(SPOOL_MAXIMUM_OF, shape, values).map { Double($0) } == greatest, comment)
          #expect(reduce(SPOOL_MINIMUM_OF, shape, values).map { Double($0) } == least, comment)
          let greatestAt = zip(lines, greatest).map { Int32($0.firstIndex(of: $1) ?? 0) }
          let leastAt = zip(lines, least).map { Int32($0.firstIndex(of: $1) ?? 0) }
          #expect(positions(SPOOL_ARGMAX, shape, values) == greatestAt, comment)
          #expect(positions(SPOOL_ARGMIN, shape, values) == leastAt, comment)
          for (actual, expected) in zip(reduce(SPOOL_LOG_SUM_EXP, shape, values), logarithms) {
            #expect(abs(Double(actual) - expected) <= 4 * epsilon * max(1, abs(expected)), comment)
          }
          let near = values.map { 1 + $0 / 1024 }
          let products = self.lines(shape, near).map { $0.reduce(1.0) { $0 * Double($1) } }
          for (actual, expected) in zip(reduce(SPOOL_PRODUCT, shape, near), products) {
            let allowed = Double(shape.count + 4) * epsilon * expected / 2
            #expect(abs(Double(actual) - expected) <= allowed, comment)
          }
        }
      }
    }

    @Test func equalPlainLoops() {
      checkReals(Float.self)
      checkReals(Double.self)
    }

    /// A long sum of equal terms is where a running sum in single precision drifts by a part in a thousand.
    @Test func longSumsKeepTheirPrecision() {
      let count = 10_000_000
      let values = [Float](repeating: 0.1, count: count)
      onEachInstructionSet { isa in
        let exact = Double(Float(0.1)) * Double(count)
        let row = Double(reduce(SPOOL_SUM, (1, count, 1), values)[0])
        #expect(abs(row - exact) < 1e-6 * exact, "\(name(of: isa)): \(row)")
        let columns = reduce(SPOOL_SUM, (1, count / 10, 10), values)
        for sum in columns {
          #expect(abs(Double(sum) - exact / 10) < 1e-6 * exact / 10, "\(name(of: isa)): \(sum)")
        }
      }
    }

    @Test func sumsHaveTheSameBitsOnAllInstructionSetsAndThreads() {
      var random = SplitMix(10)
      for shape in Self.shapes + [(300, 500, 1), (1, 100, 5000)] {
        let count = shape.outer * shape.count * shape.inner
        let values = (0..<count).map { _ in Float.random(in: -4...4, using: &random) }
        let doubles = values.map { Double($0) / 3 }
        for op in [SPOOL_SUM, SPOOL_SUM_OF_SQUARES, SPOOL_PRODUCT] {
          let expected = withThreads(1) { reduce(op, shape, values) }
          let expectedDoubles = withThreads(1) { reduce(op, shape, doubles) }
          onEachInstructionSet { isa in
            for threads in 1...3 {
              withThreads(threads) {
                #expect(
                  reduce(op, shape, values) == expected, "\(shape) \(name(of: isa)) \(threads)")
                #expect(reduce(op, shape, doubles) == expectedDoubles, "\(shape) \(name(of: isa))")
              }
            }
          }
        }
      }
    }

    @Test func integersAndTruths() {
      var random = SplitMix(11)
      for shape in Self.shapes {
        let count = shape.outer * shape.count * shape.inner
        let values = (0..<count).map { _ in Int32.random(in: .min ... .max, using: &random) }
        let lines = lines(shape, values)
        #expect(reduce(SPOOL_SUM, shape, values) == lines.map { $0.reduce(0, &+) })
        #expect(reduce(SPOOL_PRODUCT, shape, values) == lines.map { $0.reduce(1, &*) })
        #expect(reduce(SPOOL_MAXIMUM_OF, shape, values) == lines.map { $0.max()! })
        #expect(reduce(SPOOL_MINIMUM_OF, shape, values) == lines.map { $0.min()! })
        let few = values.map { $0 % 3 }
        let ofFew = self.lines(shape, few)
        #expect(
          positions(SPOOL_ARGMAX, shape, few) == ofFew.map { Int32($0.firstIndex(of: $0.max()!)!) })
        #expect(
          positions(SPOOL_ARGMIN, shape, few) == ofFew.map { Int32($0.firstIndex(of: $0.min()!)!) })
        for limit in [Int32.min, 0, .max] {
          let truths: [UInt8] = values.map { $0 > limit ? 1 : 0 }
          let ofTruths = self.lines(shape, truths)
          #expect(reduce(SPOOL_ANY, shape, truths) == ofTruths.map { $0.contains(1) ? 1 : 0 })
          #expect(reduce(SPOOL_ALL, shape, truths) == ofTruths.map { $0.contains(0) ? 0 : 1 })
        }
      }
    }

    @Test func emptyAxesGiveTheIdentity() {
      let shape = (outer: 2, count: 0, inner: 3)
      onEachInstructionSet { _ in
        for inner in [1, 3] {
          let shape = (outer: shape.outer, count: 0, inner: inner)
          let ones = [Float](repeating: 1, count: 2 * inner)
          let zeros = [Float](repeating: 0, count: 2 * inner)
          #expect(reduce(SPOOL_SUM, shape, [Float]()) == zeros)
          #expect(reduce(SPOOL_SUM_OF_SQUARES, shape, [Float]()) == zeros)
          #expect(reduce(SPOOL_PRODUCT, shape, [Float]()) == ones)
          #expect(reduce(SPOOL_LOG_SUM_EXP, shape, [Float]()) == zeros.map { $0 - .infinity })
        }
        #expect(reduce(SPOOL_SUM, shape, [Int32]()) == [0, 0, 0, 0, 0, 0])
        #expect(reduce(SPOOL_PRODUCT, shape, [Int32]()) == [1, 1, 1, 1, 1, 1])
        #expect(reduce(SPOOL_ANY, shape, [UInt8]()) == [0, 0, 0, 0, 0, 0])
        #expect(reduce(SPOOL_ALL, shape, [UInt8]()) == [1, 1, 1, 1, 1, 1])
      }
    }

    /// NaN wins, wherever it stands; its first place is the position of the extreme.
    @Test func notANumber() {
      func check<T: RealKernelScalar>(_ type: T.Type) {
        onEachInstructionSet { isa in
          for count in [1, 2, 5, 40, 200, 3000] {
            for at in Set([0, 1, count / 2, count - 1]) where at < count {
              for inner in [1, 3, 20] {
                var values = (0..<count * inner).map { T($0 % 11) }
                let column = inner / 2
                values[at * inner + column] = .nan
                if at + 1 < count { values[(count - 1) * inner + column] = -.nan }
                let shape = (outer: 1, count: count, inner: inner)
                let comment = Comment(rawValue: "\(T.self), \(name(of: isa)), \(count), \(at)")
                for op in [
                  SPOOL_MAXIMUM_OF, SPOOL_MINIMUM_OF, SPOOL_SUM, SPOOL_PRODUCT, SPOOL_LOG_SUM_EXP,
                  SPOOL_SUM_OF_SQUARES,
                ] {
                  let result = reduce(op, shape, values)
                  #expect(result[column].isNaN, comment)
                  #expect(result.filter { $0.isNaN }.count == 1, comment)
                }
                for op in [SPOOL_ARGMAX, SPOOL_ARGMIN] {
                  #expect(positions(op, shape, values)[column] == Int32(at), comment)
                }
              }
            }
          }
        }
      }
      check(Float.self)
      check(Double.self)
    }

    @Test func logSumExpOfInfinities() {
      let inf = Double.infinity
      onEachInstructionSet { isa in
        let cases: [(line: [Double], result: Double)] = [
          ([-inf, -inf, -inf], -inf), ([1, inf, 2], inf), ([inf, -inf, inf], inf), ([-inf, 3], 3),
          ([3e38, -3e38], 3e38), ([-3e38, -inf], -3e38),
        ]
        for (line, expected) in cases {
          let floats = line.map { Float($0) }
          #expect(reduce(SPOOL_LOG_SUM_EXP, (1, line.count, 1), floats) == [Float(expected)])
          // The same as a column between others.
          let columns: [Float] = floats.flatMap { [0, $0, 1] }
          #expect(reduce(SPOOL_LOG_SUM_EXP, (1, line.count, 3), columns)[1] == Float(expected))
          #expect(reduce(SPOOL_LOG_SUM_EXP, (1, line.count, 1), line) == [expected])
        }
      }
    }

    @Test func runningSumsAndProducts() {
      for shape in Self.shapes where shape.count < 600 {
        let count = shape.outer * shape.count * shape.inner
        let values = (0..<count).map { Int32($0 % 7 - 3) }
        for reversed in [false, true] {
          for exclusive in [false, true] {
            for (op, identity, join) in [
              (SPOOL_PREFIX_SUM, 0, { $0 &+ $1 }), (SPOOL_PREFIX_PRODUCT, 1, { $0 &* $1 }),
            ] as [(spool_prefix, Int32, (Int32, Int32) -> Int32)] {
              var expected = values
              for o in 0..<shape.outer {
                for i in 0..<shape.inner {
                  var running = identity
                  for step in 0..<shape.count {
                    let j = reversed ? shape.count - 1 - step : step
                    let at = (o * shape.count + j) * shape.inner + i
                    let next = join(running, values[at])
                    expected[at] = exclusive ? running : next
                    running = next
                  }
                }
              }
              var integers = values
              spool_scan_axis(
                op, SPOOL_INT32, shape.outer, shape.count, shape.inner, values, &integers, reversed,
                exclusive)
              #expect(integers == expected, "\(shape)")
              guard op == SPOOL_PREFIX_SUM else { continue }
              let reals = values.map { Float($0) }
              var floats = reals
              spool_scan_axis(
                op, SPOOL_FLOAT, shape.outer, shape.count, shape.inner, reals, &floats, reversed,
                exclusive)
              #expect(floats == expected.map { Float($0) }, "\(shape)")
              let wide = values.map { Double($0) }
              var doubles = wide
              spool_scan_axis(
                op, SPOOL_DOUBLE, shape.outer, shape.count, shape.inner, wide, &doubles, reversed,
                exclusive)
              #expect(doubles == expected.map { Double($0) }, "\(shape)")
            }
          }
        }
      }
      var products = [Double](repeating: 0, count: 4)
      spool_scan_axis(
        SPOOL_PREFIX_PRODUCT, SPOOL_DOUBLE, 1, 4, 1, [2.0, 3, 4, 5], &products, false, true)
      #expect(products == [1, 2, 6, 24])
    }
  }
}
