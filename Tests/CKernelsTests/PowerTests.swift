import CKernels
import Foundation
import Testing

extension Kernels {
  @Suite struct Power {
    /// The cases of C99, annex F, all pairs of them.
    @Test func specialValues() {
      let values: [Double] = [
        0, -0.0, 1, -1, 2, -2, 3, -3, 0.5, -0.5, 1.5, -7, .infinity, -.infinity, .nan, 1e-40,
        -1e-40,
        1e30, -1e30, 16_777_215, 16_777_216, 8_388_607.5, 4_503_599_627_370_497,
        9_007_199_254_740_991, 1.0.nextUp, 1.0.nextDown, .leastNonzeroMagnitude,
        -.leastNonzeroMagnitude, .greatestFiniteMagnitude, -.greatestFiniteMagnitude,
      ]
      func check<T: RealKernelScalar>(_ type: T.Type, _ bound: Double) {
        let pairs = values.flatMap { x in values.map { (T(x), T($0)) } }
        onEachInstructionSet { isa in
          let results = dense(SPOOL_POWER, pairs.map(\.0), pairs.map(\.1))
          for ((x, y), result) in zip(pairs, results) {
            let error = unitsInTheLastPlace(result, exact: pow(Precise(x), Precise(y)))
            #expect(error <= bound, "\(name(of: isa)): \(x) to the \(y) gives \(result)")
          }
        }
      }
      check(Float.self, 0.501)
      check(Double.self, 1)
    }

    @Test func manyPairs() {
      func check<T: RealKernelScalar>(_ type: T.Type, _ bound: Double) {
        var random = SplitMix(4)
        var pairs: [(T, T)] = []
        for _ in 0..<50_000 {
          let size = T(exp(Double.random(in: -10...10, using: &random)))
          pairs.append((size, T(Double.random(in: -50...50, using: &random))))
          let near = T(1 + Double.random(in: -5e-4...5e-4, using: &random))
          pairs.append((near, T(Double.random(in: -5e5...5e5, using: &random))))
          pairs.append((-size, T(Int.random(in: -60...60, using: &random))))
          let pattern = UInt64.random(in: 0..<Double.infinity.bitPattern, using: &random)
          pairs.append(
            (T(Double(bitPattern: pattern)), T(Double.random(in: -2...2, using: &random))))
        }
        #if !arch(x86_64)
          let bound = bound + 1
        #endif
        onEachInstructionSet { isa in
          let results = dense(SPOOL_POWER, pairs.map(\.0), pairs.map(\.1))
          var worst = 0.0
          for ((x, y), result) in zip(pairs, results) {
            worst = max(worst, unitsInTheLastPlace(result, exact: pow(Precise(x), Precise(y))))
          }
          print("ulp: power \(T.self): \(name(of: isa)) \(String(format: "%.3f", worst))")
          #expect(worst <= bound, "\(name(of: isa)), \(T.self)")
        }
      }
      check(Float.self, 0.501)
      check(Double.self, 1)
    }
  }
}
