import Spool

/// Matrix products of the shapes that recurrent networks have.
enum GemmWorkloads {
  /// m, k, n and whether A is read transposed, as the gradient of weights does.
  private typealias Sizes = (m: Int, k: Int, n: Int, isTransposed: Bool)

  private static let sizes: [Sizes] = [
    (32, 256, 1024, false), (1024, 1024, 1024, false), (64, 256, 1024, false),
    (256, 8192, 1024, true), (20, 200, 10000, false), (128, 128, 128, false), (64, 64, 64, false),
    (16, 64, 256, false), (1, 1024, 1024, false),
  ]

  static let all =
    sizes.map { workload($0, Float.self) } + sizes.prefix(2).map { workload($0, Double.self) }

  private static func workload<S: RealScalar>(_ sizes: Sizes, _: S.Type) -> Workload {
    let (m, k, n, isTransposed) = sizes
    let kind = "\(S.scalarType)".lowercased()
    let operations = 2 * Double(m) * Double(k) * Double(n)
    return Workload(
      "gemm-\(m)x\(k)x\(n)\(isTransposed ? "-transposed" : "")-\(kind)",
      "[\(m), \(k)]\(isTransposed ? " transposed" : "") × [\(k), \(n)]",
      repetitions: max(1, Int(2e8 / operations)), productOperations: operations
    ) {
      let keys = RandomKey(seed: 1).split()
      let stored = Tensor<S>.uniform(isTransposed ? [k, m] : [m, k], key: keys.0)
      let a = isTransposed ? stored.transposed() : stored
      let b = Tensor<S>.uniform([k, n], key: keys.1)
      return { _ = matmul(a, b) }
    }
  }
}
