import Spool

/// Matrix products of the shapes that recurrent networks have.
struct GemmBenchmark: Benchmark {
  let name = "gemm"
  let summary = "matrix products, [m, k] × [k, n]"

  /// m, k, n and whether A is read transposed, as the gradient of weights does.
  private static let shapes: [(m: Int, k: Int, n: Int, isTransposed: Bool)] = [
    (32, 256, 1024, false), (1024, 1024, 1024, false), (64, 256, 1024, false),
    (256, 8192, 1024, true), (20, 200, 10000, false), (128, 128, 128, false), (64, 64, 64, false),
    (16, 64, 256, false), (1, 1024, 1024, false),
  ]

  func run(threads: Int, _ report: (BenchmarkResult) -> Void) {
    for shape in Self.shapes { report(run(shape, threads, Float.self)) }
    for shape in Self.shapes.prefix(2) { report(run(shape, threads, Double.self)) }
  }

  private func run<S: RealScalar>(
    _ shape: (m: Int, k: Int, n: Int, isTransposed: Bool), _ threads: Int, _: S.Type
  ) -> BenchmarkResult {
    let (m, k, n, isTransposed) = shape
    let keys = RandomKey(seed: 1).split()
    let stored = Tensor<S>.uniform(isTransposed ? [k, m] : [m, k], key: keys.0)
    let a = isTransposed ? stored.transposed() : stored
    let b = Tensor<S>.uniform([k, n], key: keys.1)
    let operations = 2 * Double(m) * Double(k) * Double(n)
    // Several products a run, so that a run takes long enough for the clock.
    let repetitions = Swift.max(1, Int(2e8 / operations))
    let timing = Timing { for _ in 0..<repetitions { _ = matmul(a, b) } }
    let kind = "\(S.scalarType)".lowercased()
    return BenchmarkResult(
      "gemm-\(m)x\(k)x\(n)\(isTransposed ? "-transposed" : "")-\(kind)", threads: threads, timing,
      units: operations * Double(repetitions) / 1e9, unit: "GFLOP/s")
  }
}
