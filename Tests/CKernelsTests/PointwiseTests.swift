import CKernels
import Foundation
import Testing

extension Kernels {
  @Suite struct Pointwise {
    private static let reals: [Double] = [
      0, -0.0, 1, -1, 0.5, -2.5, 3, 7, -7, 1e30, -1e30, .infinity, -.infinity, .nan, 1e-30, 2, -2,
      100,
    ]
    private static let integers: [Int32] = [0, 1, -1, 2, -2, 7, -7, 1000, .max, .min, .max - 1, 3]

    /// All pairs of some values.
    private func pairs<T>(_ values: [T]) -> (x: [T], y: [T]) {
      (values.flatMap { x in values.map { _ in x } }, values.flatMap { _ in values })
    }

    private func expectSame<T: RealKernelScalar>(
      _ actual: [T], _ expected: [T], _ comment: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let same =
        actual.count == expected.count
        && zip(actual, expected).allSatisfy {
          ($0 == $1 && $0.sign == $1.sign) || ($0.isNaN && $1.isNaN)
        }
      #expect(same, "\(comment): \(actual) for \(expected)", sourceLocation: sourceLocation)
    }

    private func checkReals<T: RealKernelScalar>(_ type: T.Type) {
      let (x, y) = pairs(Self.reals.map { T($0) })
      let z = Array(y.reversed())
      let ofOne: [(spool_pointwise_op, (T) -> T)] = [
        (SPOOL_NEGATE, { -$0 }), (SPOOL_ABS, { $0.magnitude }), (SPOOL_SQUARE, { $0 * $0 }),
        (SPOOL_SIGN, { $0 > 0 ? 1 : $0 < 0 ? -1 : $0 }), (SPOOL_RELU, { $0 < 0 ? 0 : $0 }),
        (SPOOL_COPY, { $0 }), (SPOOL_SQRT, { $0.squareRoot() }), (SPOOL_RECIPROCAL, { 1 / $0 }),
      ]
      let ofTwo: [(spool_pointwise_op, (T, T) -> T)] = [
        (SPOOL_ADD, { $0 + $1 }), (SPOOL_SUBTRACT, { $0 - $1 }), (SPOOL_MULTIPLY, { $0 * $1 }),
        (SPOOL_DIVIDE, { $0 / $1 }), (SPOOL_TANH_GRADIENT, { $0 * (1 - $1 * $1) }),
        (SPOOL_SIGMOID_GRADIENT, { $0 * $1 * (1 - $1) }),
        (SPOOL_RELU_GRADIENT, { $1 > 0 ? $0 : 0 }),
      ]
      let tests: [(spool_pointwise_op, (T, T) -> Bool)] = [
        (SPOOL_EQUAL, { $0 == $1 }), (SPOOL_NOT_EQUAL, { $0 != $1 }), (SPOOL_LESS, { $0 < $1 }),
        (SPOOL_LESS_EQUAL, { $0 <= $1 }), (SPOOL_GREATER, { $0 > $1 }),
        (SPOOL_GREATER_EQUAL, { $0 >= $1 }), (SPOOL_IS_NAN, { x, _ in x.isNaN }),
        (SPOOL_IS_FINITE, { x, _ in x.isFinite }),
      ]
      onEachInstructionSet { isa in
        let comment = "\(T.self), \(name(of: isa))"
        for (op, function) in ofOne {
          expectSame(dense(op, x), x.map(function), "\(op), \(comment)")
        }
        for (op, function) in ofTwo {
          expectSame(dense(op, x, y), zip(x, y).map(function), "\(op), \(comment)")
        }
        for (op, function) in tests {
          var out = [UInt8](repeating: 9, count: x.count)
          spool_pointwise_dense(op, T.dtype, x.count, &out, x, y, nil, 0)
          #expect(out == zip(x, y).map { function($0, $1) ? 1 : 0 }, "\(op), \(comment)")
        }
        let sums = dense(SPOOL_MULTIPLY_ADD, x, y, z)
        let fused = zip(x, zip(y, z)).map { $1.1.addingProduct($0, $1.0) }
        let separate = zip(x, zip(y, z)).map { $0 * $1.0 + $1.1 }
        expectSame(sums, isa == SPOOL_ISA_PORTABLE ? separate : fused, "multiply-add, \(comment)")
      }
    }

    @Test func realArithmetic() {
      checkReals(Float.self)
      checkReals(Double.self)
    }

    @Test func minimumAndMaximumGiveNaNWhereOneIsNaN() {
      func check<T: RealKernelScalar>(_ type: T.Type) {
        let (x, y) = pairs(Self.reals.map { T($0) })
        onEachInstructionSet { isa in
          for (op, choose) in [(SPOOL_MINIMUM, { min($0, $1) }), (SPOOL_MAXIMUM, { max($0, $1) })]
            as [(spool_pointwise_op, (T, T) -> T)]
          {
            let expected = zip(x, y).map { $0.isNaN || $1.isNaN ? .nan : choose($0, $1) }
            let actual = dense(op, x, y)
            let same = zip(actual, expected).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
            #expect(same, "\(op), \(T.self), \(name(of: isa))")
          }
        }
      }
      check(Float.self)
      check(Double.self)
    }

    @Test func integerArithmeticWraps() {
      let (x, y) = pairs(Self.integers)
      let ofOne: [(spool_pointwise_op, (Int32) -> Int32)] = [
        (SPOOL_NEGATE, { 0 &- $0 }), (SPOOL_ABS, { $0 < 0 ? 0 &- $0 : $0 }),
        (SPOOL_SIGN, { $0.signum() }), (SPOOL_RELU, { max($0, 0) }), (SPOOL_SQUARE, { $0 &* $0 }),
        (SPOOL_COPY, { $0 }),
      ]
      let ofTwo: [(spool_pointwise_op, (Int32, Int32) -> Int32)] = [
        (SPOOL_ADD, { $0 &+ $1 }), (SPOOL_SUBTRACT, { $0 &- $1 }), (SPOOL_MULTIPLY, { $0 &* $1 }),
        (SPOOL_DIVIDE, { $1 == 0 ? 0 : $0.dividedReportingOverflow(by: $1).partialValue }),
        (SPOOL_MINIMUM, { min($0, $1) }), (SPOOL_MAXIMUM, { max($0, $1) }),
      ]
      let tests: [(spool_pointwise_op, (Int32, Int32) -> Bool)] = [
        (SPOOL_EQUAL, { $0 == $1 }), (SPOOL_NOT_EQUAL, { $0 != $1 }), (SPOOL_LESS, { $0 < $1 }),
        (SPOOL_LESS_EQUAL, { $0 <= $1 }), (SPOOL_GREATER, { $0 > $1 }),
        (SPOOL_GREATER_EQUAL, { $0 >= $1 }),
      ]
      for (op, function) in ofOne { #expect(dense(op, x) == x.map(function), "\(op)") }
      for (op, function) in ofTwo { #expect(dense(op, x, y) == zip(x, y).map(function), "\(op)") }
      for (op, function) in tests {
        var out = [UInt8](repeating: 9, count: x.count)
        spool_pointwise_dense(op, SPOOL_INT32, x.count, &out, x, y, nil, 0)
        #expect(out == zip(x, y).map { function($0, $1) ? 1 : 0 }, "\(op)")
      }
    }

    @Test func truthTables() {
      let (x, y) = pairs([UInt8](arrayLiteral: 0, 1))
      #expect(dense(SPOOL_AND, x, y) == [0, 0, 0, 1])
      #expect(dense(SPOOL_OR, x, y) == [0, 1, 1, 1])
      #expect(dense(SPOOL_NOT, x) == [1, 1, 0, 0])
      #expect(dense(SPOOL_EQUAL, x, y) == [1, 0, 0, 1])
      #expect(dense(SPOOL_LESS, x, y) == [0, 1, 0, 0])
      #expect(dense(SPOOL_COPY, y) == y)
    }

    /// An input of one element counts as repeated; any of the inputs, at any length.
    @Test func scalarInputs() {
      func check<T: KernelScalar>(
        _ type: T.Type, _ ops: [(spool_pointwise_op, Int)], _ value: (Int) -> T
      ) {
        onEachInstructionSet { isa in
          for (op, inputs) in ops {
            for count in [1, 2, 7, 16, 37, 100] {
              for mask in 0..<UInt32(1 << inputs) {
                let full = (0..<3).map { i in
                  (0..<count).map { value(mask >> i & 1 == 1 ? i : 3 * $0 + i) }
                }
                let short = full.enumerated().map { i, input in
                  mask >> i & 1 == 1 ? Array(input.prefix(1)) : input
                }
                let actual = dense(op, short[0], short[1], short[2], scalars: mask, count: count)
                let expected = dense(op, full[0], full[1], full[2])
                #expect(actual == expected, "\(op), \(T.self), \(count), \(mask), \(name(of: isa))")
              }
            }
          }
        }
      }
      let real = [
        (SPOOL_ADD, 2), (SPOOL_POWER, 2), (SPOOL_MULTIPLY_ADD, 3), (SPOOL_EXP, 1), (SPOOL_COPY, 1),
      ]
      check(Float.self, real) { Float($0) * 0.25 + 1 }
      check(Double.self, real) { Double($0) * 0.25 + 1 }
      check(Int32.self, [(SPOOL_SUBTRACT, 2), (SPOOL_NEGATE, 1), (SPOOL_COPY, 1)]) { Int32($0) }
      check(UInt8.self, [(SPOOL_OR, 2), (SPOOL_WHERE, 3), (SPOOL_NOT, 1)]) { UInt8($0 % 2) }
    }

    @Test func whereChoosesByTheFirstInput() {
      func check<T: KernelScalar>(_ type: T.Type, _ value: (Int) -> T) {
        onEachInstructionSet { isa in
          for count in [0, 1, 5, 16, 33, 70] {
            let condition = (0..<count).map { UInt8($0 % 3 == 0 ? 1 : 0) }
            let y = (0..<count).map { value($0) }
            let z = (0..<count).map { value($0 + 50) }
            for mask in 0..<UInt32(8) where count > 0 || mask == 0 {
              var out = [T](repeating: .zero, count: count)
              spool_pointwise_dense(SPOOL_WHERE, T.dtype, count, &out, condition, y, z, mask)
              let expected = (0..<count).map { i in
                condition[mask & 1 == 1 ? 0 : i] == 1
                  ? y[mask & 2 == 2 ? 0 : i] : z[mask & 4 == 4 ? 0 : i]
              }
              #expect(out == expected, "\(T.self), \(count), \(mask), \(name(of: isa))")
            }
          }
        }
      }
      check(Float.self) { Float($0) }
      check(Double.self) { Double($0) }
      check(Int32.self) { Int32($0) }
      check(UInt8.self) { UInt8($0 % 2) }
    }

    @Test func outputMayBeAnInput() {
      onEachInstructionSet { isa in
        var x = (0..<1000).map { Float($0) }
        let y = x.map { $0 / 2 }
        x.withUnsafeMutableBytes {
          spool_pointwise_dense(
            SPOOL_ADD, SPOOL_FLOAT, 1000, $0.baseAddress, $0.baseAddress, y, nil, 0)
          spool_pointwise_dense(
            SPOOL_SUBTRACT, SPOOL_FLOAT, 1000, $0.baseAddress, y, $0.baseAddress, nil, 0)
        }
        #expect(x == (0..<1000).map { -Float($0) }, "\(name(of: isa))")
      }
    }

    /// Long arrays are split over threads: the bits must not show it.
    @Test func bitsDoNotDependOnTheThreads() {
      var random = SplitMix(5)
      let count = 150_001
      let x = (0..<count).map { _ in Float.random(in: -9...9, using: &random) }
      let y = (0..<count).map { _ in Float.random(in: -9...9, using: &random) }
      onEachInstructionSet { isa in
        for op in [SPOOL_TANH, SPOOL_ADD, SPOOL_COPY, SPOOL_SIGMOID] {
          let expected = withThreads(1) { dense(op, x, y).map(\.bitPattern) }
          for threads in 2...3 {
            let actual = withThreads(threads) { dense(op, x, y).map(\.bitPattern) }
            #expect(actual == expected, "\(op), \(name(of: isa)), \(threads) threads")
          }
        }
      }
    }
  }
}
