import Spool

/// What an operation costs beside its arithmetic: pointwise operations on 64 numbers, recorded, run and
/// swept.
struct TapeBenchmark: Benchmark {
  let name = "tape"
  let summary = "recording, running and sweeping operations on 64 floats"

  private typealias Operation = @Sendable (Tensor<Float>, Tensor<Float>) -> Tensor<Float>

  private static let operations: [(name: String, operation: Operation)] = [
    ("add", { $0 + $1 }), ("multiply", { $0 * $1 }), ("tanh", { x, _ in tanh(x) }),
    ("sigmoid", { x, _ in sigmoid(x) }),
  ]

  func run(threads: Int, _ report: (BenchmarkResult) -> Void) {
    let count = 1000
    let x = Tensor<Float>(repeating: 0.5, shape: [64])
    let other = Tensor<Float>(repeating: 0.99, shape: [64])
    for (name, operation) in Self.operations {
      func chain(_ x: Tensor<Float>) -> Tensor<Float> {
        var y = x
        for _ in 0..<count { y = operation(y, other) }
        return y
      }
      let eager = Timing { _ = chain(x) }
      let recorded = Timing { _ = vjp(at: x, of: chain) }
      let swept = Timing { _ = vjp(at: x, of: chain).pullback(other) }
      for (part, timing) in [("run", eager), ("record", recorded), ("record-and-sweep", swept)] {
        report(
          BenchmarkResult(
            "tape-\(name)-\(part)", threads: threads, timing, units: Double(count),
            unit: "operations/s"))
      }
    }
  }
}
