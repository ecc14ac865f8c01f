import CKernels
import Foundation
import Testing

extension Kernels {
  @Suite struct Rows {
    private static let widths = [1, 2, 10, 16, 17, 63, 64, 65, 256, 300, 5000]

    /// Compares with `expected`, to `units` roundings of the greatest element or of `least`.
    private func expectClose<T: RealKernelScalar>(
      _ actual: [T], _ expected: [Double], _ units: Double, least: Double = 0, _ comment: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let size = Swift.max(expected.map { abs($0) }.max() ?? 0, least)
      let worst = zip(actual, expected).map { abs(Double($0) - $1) }.max() ?? 0
      #expect(
        worst <= units * Double(T.ulpOfOne) * size, "\(T.self), \(comment): \(worst / size)",
        sourceLocation: sourceLocation)
    }

    private func checkAll<T: RealKernelScalar>(_ type: T.Type) {
      var random = SplitMix(12)
      for columns in Self.widths {
        let rows = 3
        let count = rows * columns
        let x = (0..<count).map { _ in T(Double.random(in: -6...6, using: &random)) }
        let g = (0..<count).map { _ in T(Double.random(in: -1...1, using: &random)) }
        let labels = (0..<rows).map { Int32((7 * $0 + 2) % columns) }
        var expected = (
          softmax: [Double](), log: [Double](), softmaxGradient: [Double](),
          logGradient: [Double](),
          likelihoodGradient: [Double](), standard: [Double](), reciprocal: [Double](),
          standardGradient: [Double]()
        )
        for row in 0..<rows {
          let line = x[row * columns..<(row + 1) * columns].map { Double($0) }
          let gradient = g[row * columns..<(row + 1) * columns].map { Double($0) }
          let top = line.max()!
          let sum = exactSum(line.map { exp($0 - top) })
          let y = line.map { exp($0 - top) / sum }
          expected.softmax += y
          expected.log += line.map { $0 - top - log(sum) }
          let weighted = exactSum(zip(gradient, y).map { $0 * $1 })
          expected.softmaxGradient += zip(gradient, y).map { $1 * ($0 - weighted) }
          let total = exactSum(gradient)
          expected.logGradient += zip(gradient, y).map { $0 - $1 * total }
          let label = Int(labels[row])
          expected.likelihoodGradient += y.enumerated().map {
            gradient[0] * (($0 == label ? 1 : 0) - $1)
          }
          let n = Double(columns)
          let mean = exactSum(line) / n
          let variance = exactSum(line.map { ($0 - mean) * ($0 - mean) }) / n
          let r = 1 / (variance + 1e-5).squareRoot()
          let standard = line.map { ($0 - mean) * r }
          expected.standard += standard
          expected.reciprocal.append(r)
          let product = exactSum(zip(gradient, standard).map { $0 * $1 }) / n
          expected.standardGradient += zip(gradient, standard).map {
            r * ($0 - total / n - $1 * product)
          }
        }
        onEachInstructionSet { isa in
          let comment = "\(columns) columns, \(name(of: isa))"
          var y = [T](repeating: 0, count: count)
          var result = y
          spool_softmax(T.dtype, rows, columns, x, &y)
          expectClose(y, expected.softmax, 8, "softmax, \(comment)")
          spool_softmax_gradient(T.dtype, rows, columns, g, y, &result)
          expectClose(result, expected.softmaxGradient, 16, "softmax gradient, \(comment)")
          spool_log_softmax(T.dtype, rows, columns, x, &y)
          expectClose(y, expected.log, 4, "log-softmax, \(comment)")
          spool_log_softmax_gradient(T.dtype, rows, columns, g, y, &result)
          expectClose(result, expected.logGradient, 16, "log-softmax gradient, \(comment)")
          // Right behind log-softmax, whose result y still is.
          var likelihood = [T](repeating: 0, count: rows)
          #expect(spool_log_likelihood(T.dtype, rows, columns, x, labels, &likelihood) == -1)
          let taken = (0..<rows).map { y[$0 * columns + Int(labels[$0])] }
          #expect(likelihood == taken, "log-likelihood, \(comment)")
          let cotangent = (0..<rows).map { g[$0 * columns] }
          spool_log_likelihood_gradient(
            T.dtype, rows, columns, cotangent, x, labels, likelihood, &result)
          expectClose(
            result, expected.likelihoodGradient, 8, least: 1, "log-likelihood gradient, \(comment)")
          var reciprocal = [T](repeating: 0, count: rows)
          spool_standardize(T.dtype, rows, columns, 1e-5, x, &y, &reciprocal)
          if columns > 1 {
            expectClose(y, expected.standard, 8, "standardize, \(comment)")
          } else {
            #expect(y == [0, 0, 0])
          }
          expectClose(reciprocal, expected.reciprocal, 8, "reciprocal, \(comment)")
          spool_standardize_gradient(T.dtype, rows, columns, g, y, reciprocal, &result)
          if columns > 2 {  // the gradient of two standardized numbers is all rounding
            expectClose(result, expected.standardGradient, 16, "standardize gradient, \(comment)")
          }
        }
      }
    }

    @Test func equalPlainLoops() {
      checkAll(Float.self)
      checkAll(Double.self)
    }

    @Test func outputMayBeTheInput() {
      onEachInstructionSet { isa in
        let x = (0..<200).map { Float($0 % 13) }
        var expected = x
        spool_softmax(SPOOL_FLOAT, 2, 100, x, &expected)
        var actual = x
        actual.withUnsafeMutableBytes {
          spool_softmax(SPOOL_FLOAT, 2, 100, $0.baseAddress, $0.baseAddress)
        }
        #expect(actual == expected, "\(name(of: isa))")
      }
    }

    @Test func infinitiesAndNaN() {
      let inf = Float.infinity
      func softmax(_ row: [Float]) -> [Float] {
        var out = row
        spool_softmax(SPOOL_FLOAT, 1, row.count, row, &out)
        return out
      }
      func logSoftmax(_ row: [Float]) -> [Float] {
        var out = row
        spool_log_softmax(SPOOL_FLOAT, 1, row.count, row, &out)
        return out
      }
      onEachInstructionSet { _ in
        #expect(softmax([3e38, -3e38]) == [1, 0])
        #expect(softmax([-inf, 5, -inf]) == [0, 1, 0])
        #expect(softmax([-inf, -inf]) == [0, 0])
        #expect(softmax([1, inf]).contains { $0.isNaN })
        #expect(softmax([.nan, 1, 2]).allSatisfy { $0.isNaN })
        #expect(logSoftmax([0, 1e4]) == [-1e4, 0])
        #expect(logSoftmax([-inf, -inf, -inf]) == [-inf, -inf, -inf])
        #expect(logSoftmax([-inf, 5]) == [-inf, 0])
        #expect(logSoftmax([1, -.nan]).allSatisfy { $0.isNaN })
        #expect(softmax([]) == [])
      }
    }

    /// As log-softmax and its gradient have it, also where a likelihood does not tell the divisor.
    @Test func likelihoodsOfInfinitiesAndNaN() {
      let inf = Float.infinity
      let rows: [([Float], Int32)] = [
        ([0, 1e4], 0), ([0, 1e4], 1), ([-inf, 5, 4], 0), ([-inf, 5, 4], 1), ([-3e38, 3e38], 0),
        ([-inf, -inf], 1), ([.nan, 1, 2], 1), ([1, inf], 0), ([7], 0),
      ]
      onEachInstructionSet { isa in
        for (x, label) in rows {
          var logs = x
          spool_log_softmax(SPOOL_FLOAT, 1, x.count, x, &logs)
          var likelihood: Float = 0
          spool_log_likelihood(SPOOL_FLOAT, 1, x.count, x, [label], &likelihood)
          let comment = "\(x) at \(label), \(name(of: isa))"
          #expect(isSame(likelihood, logs[Int(label)]), "\(comment)")
          var (gradient, expected) = (x, x)
          spool_log_likelihood_gradient(
            SPOOL_FLOAT, 1, x.count, [Float(0.5)], x, [label], [likelihood], &gradient)
          var cotangent = [Float](repeating: 0, count: x.count)
          cotangent[Int(label)] = 0.5
          spool_log_softmax_gradient(SPOOL_FLOAT, 1, x.count, cotangent, logs, &expected)
          #expect(zip(gradient, expected).allSatisfy(isNear), "\(gradient), \(comment)")
        }
      }
      func isSame(_ a: Float, _ b: Float) -> Bool { a == b || a.isNaN && b.isNaN }
      func isNear(_ a: Float, _ b: Float) -> Bool { isSame(a, b) || abs(a - b) < 1e-6 }
    }

    @Test func labelsOutsideAreNamed() {
      var out = [Float](repeating: 9, count: 6)
      let x = [Float](repeating: 1, count: 6)
      for bad: Int32 in [-1, 3, .max, .min] {
        #expect(spool_log_likelihood(SPOOL_FLOAT, 2, 3, x, [2, bad], &out) == 1)
        #expect(spool_log_likelihood_gradient(SPOOL_FLOAT, 2, 3, x, x, [bad, 0], x, &out) == 0)
      }
      #expect(out == [9, 9, 9, 9, 9, 9])
    }

    /// A large common offset must not cost the precision of a standardized row.
    @Test func standardizeRemovesLargeOffsets() {
      onEachInstructionSet { isa in
        let columns = 3
        let constant = [Float](repeating: 0.1, count: columns)
        var out = constant
        var reciprocal: Float = 0
        spool_standardize(SPOOL_FLOAT, 1, columns, 1e-12, constant, &out, &reciprocal)
        #expect(out == [0, 0, 0], "\(name(of: isa))")
        let shifted = (0..<1000).map { Float($0 % 4) + 1_000_000 }
        var standard = shifted
        spool_standardize(SPOOL_FLOAT, 1, 1000, 0, shifted, &standard, &reciprocal)
        let expected = (0..<1000).map { (Double($0 % 4) - 1.5) / 1.25.squareRoot() }
        expectClose(standard, expected, 4, "offset, \(name(of: isa))")
      }
    }

    @Test func bitsDoNotDependOnTheThreads() {
      let rows = 500
      let columns = 130
      let x = (0..<rows * columns).map { Float($0 % 1013) / 100 }
      func compute() -> [[Float]] {
        var soft = x
        var standard = x
        var reciprocal = [Float](repeating: 0, count: rows)
        spool_log_softmax(SPOOL_FLOAT, rows, columns, x, &soft)
        spool_standardize(SPOOL_FLOAT, rows, columns, 1e-5, x, &standard, &reciprocal)
        return [soft, standard, reciprocal]
      }
      let expected = withThreads(1, compute)
      for threads in 2...3 { #expect(withThreads(threads, compute) == expected) }
    }
  }
}
