import CKernels
import Foundation
import Testing

extension Kernels {
  /// One step of each optimiser against the same formula in double precision.
  @Suite struct Optimizers {
    private struct Data<T: RealKernelScalar> {
      var value, gradient, first, second: [T]

      init(count: Int) {
        var generator = SplitMix(UInt64(count))
        func draw(_ range: ClosedRange<Double>) -> [T] {
          (0..<count).map { _ in T(Double.random(in: range, using: &generator)) }
        }
        value = draw(-2...2)
        gradient = draw(-1...1)
        first = draw(-1...1)
        second = draw(0...1)
      }
    }

    private static let sizes = [0, 1, 7, 16, 33, 130, 100_003]

    private func expectClose<T: RealKernelScalar>(
      _ actual: [T], _ expected: [Double], _ comment: String,
      sourceLocation: SourceLocation = #_sourceLocation
    ) {
      let tolerance = 16 * Double(T.ulpOfOne)
      let worst = zip(actual, expected).map { abs(Double($0) - $1) / max(1, abs($1)) }.max() ?? 0
      #expect(worst <= tolerance, "\(comment)", sourceLocation: sourceLocation)
    }

    private func checkAdam<T: RealKernelScalar>(_: T.Type, threads: Int) {
      var rule = spool_adam(
        learning_rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-3, first_correction: 0.271,
        second_correction: 0.0297, coupled_decay: 0.05, decoupled_decay: 0.2)
      for count in Self.sizes {
        let start = Data<T>(count: count)
        let expected = (0..<count).map { i -> (value: Double, first: Double, second: Double) in
          let w = Double(start.value[i])
          let g = Double(start.gradient[i]) + 0.05 * w
          let m = 0.9 * Double(start.first[i]) + 0.1 * g
          let v = 0.99 * Double(start.second[i]) + 0.01 * g * g
          let step = 0.01 * (m / 0.271) / ((v / 0.0297).squareRoot() + 1e-3)
          return (w * (1 - 0.01 * 0.2) - step, m, v)
        }
        onEachInstructionSet { isa in
          var data = start
          withThreads(threads) {
            spool_adam_step(
              T.dtype, count, &rule, &data.value, data.gradient, &data.first, &data.second)
          }
          let comment = "\(T.self), \(count) elements, \(name(of: isa)), \(threads) threads"
          expectClose(data.value, expected.map(\.value), comment)
          expectClose(data.first, expected.map(\.first), comment)
          expectClose(data.second, expected.map(\.second), comment)
        }
      }
    }

    @Test(arguments: [1, 2]) func adam(threads: Int) {
      checkAdam(Float.self, threads: threads)
      checkAdam(Double.self, threads: threads)
    }

    private func checkDescent<T: RealKernelScalar>(
      _: T.Type, momentum: Double, nesterov: Bool, threads: Int
    ) {
      var rule = spool_descent(
        learning_rate: 0.1, momentum: momentum, decay: 0.05, nesterov: nesterov)
      for count in Self.sizes {
        let start = Data<T>(count: count)
        let expected = (0..<count).map { i -> (value: Double, velocity: Double) in
          let w = Double(start.value[i])
          let g = Double(start.gradient[i]) + 0.05 * w
          let velocity = momentum > 0 ? momentum * Double(start.first[i]) + g : g
          return (w - 0.1 * (nesterov ? g + momentum * velocity : velocity), velocity)
        }
        onEachInstructionSet { isa in
          var data = start
          withThreads(threads) {
            if momentum > 0 {
              spool_descent_step(
                T.dtype, count, &rule, &data.value, data.gradient, &data.first)
            } else {
              spool_descent_step(T.dtype, count, &rule, &data.value, data.gradient, nil)
            }
          }
          let comment = "\(T.self), \(count) elements, \(name(of: isa)), momentum \(momentum)"
          expectClose(data.value, expected.map(\.value), comment)
          if momentum > 0 { expectClose(data.first, expected.map(\.velocity), comment) }
        }
      }
    }

    @Test(arguments: [1, 2]) func descent(threads: Int) {
      for (momentum, nesterov) in [(0, false), (0.9, false), (0.9, true)] {
        checkDescent(Float.self, momentum: momentum, nesterov: nesterov, threads: threads)
        checkDescent(Double.self, momentum: momentum, nesterov: nesterov, threads: threads)
      }
    }

    @Test func threadsChangeNoBit() {
      var rule = spool_adam(
        learning_rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, first_correction: 0.1,
        second_correction: 0.01, coupled_decay: 0, decoupled_decay: 0)
      let results = [1, 2, 3].map { threads in
        var data = Data<Float>(count: 200_001)
        withThreads(threads) {
          spool_adam_step(
            SPOOL_FLOAT, 200_001, &rule, &data.value, data.gradient, &data.first, &data.second)
        }
        return data.value.map(\.bits)
      }
      #expect(results[0] == results[1] && results[0] == results[2])
    }
  }
}
