import Spool
import Testing

/// Scopes on several threads at once, on the same tensors: each has its own tape.
@Suite struct ConcurrencyTests {
  private static func slopes(
    _ weight: Tensor<Float>, _ x: Tensor<Float>, _ seed: Int
  ) -> [[Float]] {
    let (dw, dx) = gradient(at: weight, x) { weight, x in
      let slope = gradient(at: x) { x in square(tanh(matmul(x, weight))).sum() }
      return (slope * Tensor(Float(seed))).sum() + checkpointed { exp(x) }.sum()
    }
    return [dw.scalars, dx.scalars]
  }

  @Test func eightTasksGetTheBitsOfOne() async {
    let weight = Tensor<Float>.linspace(from: -1, to: 1, count: 48).reshaped(to: [8, 6])
    let x = Tensor<Float>.linspace(from: 1, to: -2, count: 40).reshaped(to: [5, 8])
    let alone = (0..<8).map { Self.slopes(weight, x, $0) }
    let together = await withTaskGroup(of: (Int, [[[Float]]]).self) { group in
      for seed in 0..<8 {
        group.addTask { (seed, (0..<20).map { _ in Self.slopes(weight, x, seed) }) }
      }
      return await group.reduce(into: [Int: [[[Float]]]]()) { $0[$1.0] = $1.1 }
    }
    for seed in 0..<8 {
      for result in together[seed]! { #expect(result == alone[seed], "task \(seed)") }
    }
  }
}
