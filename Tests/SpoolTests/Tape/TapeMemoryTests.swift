import CKernels
import TestSupport
import Testing

@testable import Spool

/// That a scope gives back what it took. In processes of their own, where nothing else takes
/// memory.
@Suite struct TapeMemoryTests {
  @Test func everyTransformGivesBackItsMemory() async {
    await #expect(processExitsWith: .success) {
      let x = Tensor<Double>.linspace(from: 0.1, to: 1, count: 100)
      let f: (Tensor<Double>) -> Tensor<Double> = { x in (exp(x) * x[.every(-1)]).sum() }
      let transforms: [(String, () throws -> Void)] = [
        ("gradient", { _ = gradient(at: x, of: f) }),
        ("gradient of two", { _ = gradient(at: x, x) { f($0 * $1) } }),
        ("gradients", { _ = valueAndGradients(at: [x, x]) { f($0[0] + $0[1]) } }),
        ("pullback", { _ = vjp(at: x, of: f).pullback(1) }),
        ("pullback not called", { _ = vjp(at: x, of: f) }),
        (
          "reusable pullback",
          {
            let pullback = vjp(at: x, reusable: true, of: f).pullback
            _ = pullback(1) + pullback(2)
          }
        ),
        ("jvp", { _ = jvp(at: x, along: x, of: f) }),
        ("hessianVectorProduct", { _ = hessianVectorProduct(at: x, along: x, of: f) }),
        ("jacobian", { _ = jacobian(at: x) { x in exp(x[..<3]) } }),
        (
          "third order",
          { _ = gradient(at: x) { hessianVectorProduct(at: $0, along: x, of: f).sum() } }
        ),
        ("anomalies", { _ = try detectingAnomalies { gradient(at: x, of: f) } }),
        ("checkpointed", { _ = gradient(at: x) { x in checkpointed { f(x) } } }),
        (
          "custom rule",
          { _ = gradient(at: x) { x in withCustomVJP(x) { x in (x, { ȳ in 2 * ȳ }) }.sum() } }
        ),
        ("checkGradients", { try checkGradients(at: x[..<3], order: 2) { x in exp(x) } }),
      ]
      for (name, transform) in transforms {
        let start = spool_memory_in_use()
        try transform()
        #expect(spool_memory_in_use() == start, "\(name)")
      }
    }
  }

  @Test func manyStepsTakeNoMoreThanOne() async {
    await #expect(processExitsWith: .success) {
      var weight = Tensor<Float>.ones([32, 32])
      let input = Tensor<Float>.linspace(from: -1, to: 1, count: 32).reshaped(to: [1, 32])
      func step() {
        let slope = gradient(at: weight) { weight in square(tanh(matmul(input, weight))).mean() }
        weight -= 0.01 * slope
      }
      step()
      let start = spool_memory_in_use()
      spool_memory_reset_peak()
      step()
      let peak = spool_memory_peak()
      for _ in 0..<300 { step() }
      #expect(spool_memory_in_use() == start)
      #expect(spool_memory_peak() == peak)
    }
  }

  /// What a rule has read is freed at once, so that the sweep needs no more memory than the
  /// recording left.
  @Test func theSweepFreesAsItGoes() async {
    await #expect(processExitsWith: .success) {
      let count = 1 << 16
      let x = Tensor<Double>.ones([count])
      let (_, pullback) = vjp(at: x) { x in (0..<40).reduce(x) { y, _ in tanh(y) } }
      let recorded = spool_memory_in_use()
      let cotangent = Tensor<Double>.ones([count])
      spool_memory_reset_peak()
      let gradient = pullback(cotangent)
      #expect(gradient.count == count)
      // The cotangent, and the few gradients alive at one time; without freeing there would be 40
      // more.
      #expect(spool_memory_peak() < recorded + 5 * count * 8)
      // Of the 40 results that were kept only the gradient is left, and the list of nodes.
      #expect(spool_memory_in_use() < recorded - 30 * count * 8)
    }
  }

  @Test func aScopesTapeGoesWithIt() {
    weak var tape: Tape?
    weak var handle: TensorHandle?
    _ = gradient(at: Tensor<Double>(2)) { x in
      let y = exp(x)
      (tape, handle) = (y.handle.tape, y.handle)
      #expect(tape != nil)
      return y * x
    }
    #expect(tape == nil)
    #expect(handle == nil)
  }
}
