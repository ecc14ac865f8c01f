import CKernels
import Foundation
import Testing

#if arch(x86_64)
  typealias Precise = Float80
#else
  typealias Precise = Double
#endif

/// An elementary function: what it is in double precision and in the best precision at hand, and the error that
/// spool_pointwise.h states for it, in units in the last place.
struct Elementary: Sendable, CustomTestStringConvertible {
  let testDescription: String
  let op: spool_pointwise_op
  let bound: (float: Double, double: Double)
  let reference: @Sendable (Double) -> Double
  let precise: @Sendable (Precise) -> Precise

  init(
    _ name: String, _ op: spool_pointwise_op, _ bound: (float: Double, double: Double),
    _ reference: @escaping @Sendable (Double) -> Double,
    _ precise: @escaping @Sendable (Precise) -> Precise
  ) {
    testDescription = name
    self.op = op
    self.bound = bound
    self.reference = reference
    self.precise = precise
  }

  static let all = [
    Elementary("exp", SPOOL_EXP, (1, 1), { exp($0) }, { exp($0) }),
    Elementary("expm1", SPOOL_EXPM1, (1.6, 1.6), { expm1($0) }, { expm1($0) }),
    Elementary("log", SPOOL_LOG, (0.9, 0.9), { log($0) }, { log($0) }),
    Elementary("log1p", SPOOL_LOG1P, (1.1, 1.1), { log1p($0) }, { log1p($0) }),
    Elementary("sqrt", SPOOL_SQRT, (0.5, 0.5), { $0.squareRoot() }, { $0.squareRoot() }),
    Elementary("rsqrt", SPOOL_RSQRT, (1.5, 1.5), { 1 / $0.squareRoot() }, { 1 / $0.squareRoot() }),
    Elementary("sin", SPOOL_SIN, (1.6, 1.3), { sin($0) }, { sin($0) }),
    Elementary("cos", SPOOL_COS, (1.6, 1.3), { cos($0) }, { cos($0) }),
    Elementary("tanh", SPOOL_TANH, (1.4, 1.5), { tanh($0) }, { tanh($0) }),
    Elementary("sigmoid", SPOOL_SIGMOID, (1.5, 1.5), logistic, logistic),
    Elementary("softplus", SPOOL_SOFTPLUS, (1.3, 1.3), softplus, softplus),
    Elementary("erf", SPOOL_ERF, (1.2, 1.5), { erf($0) }, { erf($0) }),
    Elementary("reciprocal", SPOOL_RECIPROCAL, (0.5, 0.5), { 1 / $0 }, { 1 / $0 }),
  ]
}

@Sendable private func logistic(_ x: Double) -> Double {
  x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))
}
@Sendable private func softplus(_ x: Double) -> Double { max(x, 0) + log1p(exp(-abs(x))) }
#if arch(x86_64)
  @Sendable private func logistic(_ x: Float80) -> Float80 {
    x < 0 ? exp(x) / (1 + exp(x)) : 1 / (1 + exp(-x))
  }
  @Sendable private func softplus(_ x: Float80) -> Float80 { max(x, 0) + log1p(exp(-abs(x))) }
#endif

/// The error of a result in units in the last place of the exact value; infinite where a NaN, an infinity
/// or the sign of a zero is wrong.
func unitsInTheLastPlace<T: RealKernelScalar, E: BinaryFloatingPoint>(
  _ actual: T, exact: E
) -> Double {
  let rounded = T(exact)
  if rounded.isNaN || actual.isNaN { return rounded.isNaN && actual.isNaN ? 0 : .infinity }
  if rounded.isInfinite || actual.isInfinite { return rounded == actual ? 0 : .infinity }
  if rounded == 0 && actual == 0 { return rounded.sign == actual.sign ? 0 : .infinity }
  let lowest = Int(T.leastNormalMagnitude.exponent)
  let exponent = exact == 0 ? lowest : max(Int(exact.exponent), lowest) - T.significandBitCount
  let difference = abs(E(actual) - exact)
  return Double(difference.exponentShifted(by: -exponent))
}

extension BinaryFloatingPoint {
  /// This number times a power of two.
  fileprivate func exponentShifted(by shift: Int) -> Self {
    self * Self(sign: .plus, exponent: Exponent(shift), significand: 1)
  }
}

extension Kernels {
  @Suite struct ElementaryFunctions {
    /// Every 997th of all floats, from the least to the greatest bit pattern.
    @Test(arguments: Elementary.all)
    func floatsOverTheWholeRange(_ function: Elementary) {
      let chunk = 1 << 16
      var worst = [Double](repeating: 0, count: instructionSets.count)
      var worstAt = [Float](repeating: 0, count: instructionSets.count)
      var pattern: UInt64 = 0
      while pattern < 1 << 32 {
        var inputs: [Float] = []
        while inputs.count < chunk && pattern < 1 << 32 {
          inputs.append(Float(bitPattern: UInt32(pattern)))
          pattern += 997
        }
        let exact = inputs.map { function.reference(Double($0)) }
        for (i, isa) in instructionSets.enumerated() {
          spool_isa_select(isa)
          let results = dense(function.op, inputs)
          for j in inputs.indices {
            let error = unitsInTheLastPlace(results[j], exact: exact[j])
            if error > worst[i] { (worst[i], worstAt[i]) = (error, inputs[j]) }
          }
        }
      }
      report(function, "float", worst)
      for (i, isa) in instructionSets.enumerated() {
        #expect(worst[i] <= function.bound.float, "\(name(of: isa)) at \(worstAt[i])")
      }
    }

    @Test(arguments: Elementary.all)
    func doublesOverTheWholeRange(_ function: Elementary) {
      let inputs = doubles(count: 200_000)
      let exact = inputs.map { function.precise(Precise($0)) }
      #if arch(x86_64)
        let allowance = 0.0
      #else
        let allowance = 1.0  // the reference is a libm of this precision itself
      #endif
      var worst: [Double] = []
      onEachInstructionSet { isa in
        let results = dense(function.op, inputs)
        let errors = zip(results, exact).map { unitsInTheLastPlace($0, exact: $1) }
        worst.append(errors.max()!)
        let at = inputs[errors.firstIndex(of: errors.max()!)!]
        #expect(worst.last! <= function.bound.double + allowance, "\(name(of: isa)) at \(at)")
      }
      report(function, "double", worst)
    }

    private func report(_ function: Elementary, _ type: String, _ worst: [Double]) {
      let columns = zip(instructionSets, worst).map { isa, error in
        "\(name(of: isa)) \(String(format: "%.3f", error))"
      }
      print("ulp: \(function.testDescription) \(type): \(columns.joined(separator: ", "))")
    }

    /// Random bit patterns, numbers of moderate size, numbers near 1, and for the trigonometric functions the
    /// neighbours of multiples of pi / 2 and the doubles that come closest to one.
    private func doubles(count: Int) -> [Double] {
      var random = SplitMix(1)
      var numbers: [Double] = [
        0, -0.0, .infinity, -.infinity, .nan, .leastNonzeroMagnitude, -.leastNonzeroMagnitude,
        .leastNormalMagnitude, .leastNormalMagnitude.nextDown, .greatestFiniteMagnitude,
        -.greatestFiniteMagnitude, 1, -1, 1.0.nextDown, 1.0.nextUp, (-1.0).nextUp, 709.78, -745.13,
        -745.14, -708.4, 710, 0.625, 0x1.6ac5b262ca1ffp+849, 5.319372648326541e+255,
        0x1.6c6cbc45dc8dep+5, 0x1.39c6fd67805a7p+18, 0x1.39c6fd67805a7p+19,
      ]
      for i in 0..<count / 5 {
        numbers.append(Double(bitPattern: random.next()))
        numbers.append(.random(in: -30...30, using: &random))
        numbers.append(
          .random(in: -2...2, using: &random) * pow(2, .random(in: -60...10, using: &random)))
        numbers.append(1 + .random(in: -0.5...0.5, using: &random))
        let multiple = Double(i) * .pi / 2
        numbers.append(
          [multiple, multiple.nextUp, multiple.nextDown].randomElement(using: &random)!)
      }
      return numbers
    }

    @Test(arguments: Elementary.all)
    func specialFloats(_ function: Elementary) {
      let inputs: [Float] = [
        0, -0.0, .infinity, -.infinity, .nan, -.nan, .leastNonzeroMagnitude, 0x1p-140, -0x1p-140,
        -.leastNonzeroMagnitude, .leastNormalMagnitude, .leastNormalMagnitude.nextDown,
        .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1, -1, 16_367_173 * 0x1p72,
        88.72283, 88.722839, -87.336544, -87.33655, -103.97, -103.9, -104, -150, 1e-8, 9.1, 20,
        16_777_216, 0x1p20, -0x1p20, 0x1.000002p20, 3.9, 4, 0.625, 0x1.000002p0, 0x1.fffffep-1,
      ]
      onEachInstructionSet { isa in
        for (x, result) in zip(inputs, dense(function.op, inputs)) {
          let error = unitsInTheLastPlace(result, exact: function.reference(Double(x)))
          #expect(error <= function.bound.float, "\(name(of: isa)): \(x) gives \(result)")
        }
      }
    }

    @Test func oddFunctionsAreExactlyOdd() {
      var random = SplitMix(2)
      let inputs = (0..<10_000).map { _ in
        Float(bitPattern: UInt32(truncatingIfNeeded: random.next()))
      }
      .filter { !$0.isNaN }
      onEachInstructionSet { isa in
        for op in [SPOOL_TANH, SPOOL_ERF, SPOOL_SIN] {
          let results = dense(op, inputs).map { -$0 }
          let ofNegated = dense(op, inputs.map { -$0 })
          let same = zip(results, ofNegated).allSatisfy { $0 == $1 || ($0.isNaN && $1.isNaN) }
          #expect(same, "\(name(of: isa)): \(op)")
        }
      }
    }

    /// The bits of an element are the same alone and at any place of an array of any length.
    @Test func elementsDoNotDependOnTheirPosition() {
      func check<T: RealKernelScalar>(_ type: T.Type) {
        var random = SplitMix(3)
        let x = (0..<67).map { _ in T(Double.random(in: -8...8, using: &random)) }
        let y = (0..<67).map { _ in T(Double.random(in: -3...3, using: &random)) }
        let unary = Elementary.all.map(\.op)
        let binary = [SPOOL_POWER, SPOOL_TANH_GRADIENT, SPOOL_SIGMOID_GRADIENT, SPOOL_MULTIPLY_ADD]
        onEachInstructionSet { isa in
          for op in unary + binary {
            let alone = x.indices.map { dense(op, [x[$0]], [y[$0]], [x[$0]])[0].bits }
            for start in [0, 1, 2, 3, 5, 8, 13] {
              for count in 1...(x.count - start) {
                let range = start..<start + count
                let part = dense(op, Array(x[range]), Array(y[range]), Array(x[range]))
                let same = part.map(\.bits) == Array(alone[range])
                #expect(same, "\(name(of: isa)), \(op), \(T.self), \(range)")
                if !same { return }
              }
            }
          }
        }
      }
      check(Float.self)
      check(Double.self)
    }
  }
}
