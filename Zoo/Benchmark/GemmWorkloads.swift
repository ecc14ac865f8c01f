import Spool

/// Matrix products of the shapes that recurrent networks have, and any other by name.
enum GemmWorkloads {
  /// A product: [m, k] × [k, n], either operand perhaps read from its transpose in memory.
  private struct Sizes {
    var m: Int
    var k: Int
    var n: Int
    var isATransposed = false
    var isBTransposed = false

    var name: String {
      "gemm-\(m)x\(k)x\(n)\(isATransposed ? "-transposed" : "")\(isBTransposed ? "-by-transposed" : "")"
    }
  }

  // The gradient of weights reads A transposed.
  private static let sizes = [
    Sizes(m: 32, k: 256, n: 1024), Sizes(m: 1024, k: 1024, n: 1024),
    Sizes(m: 64, k: 256, n: 1024), Sizes(m: 256, k: 8192, n: 1024, isATransposed: true),
    Sizes(m: 20, k: 200, n: 10000), Sizes(m: 128, k: 128, n: 128), Sizes(m: 64, k: 64, n: 64),
    Sizes(m: 16, k: 64, n: 256), Sizes(m: 1, k: 1024, n: 1024),
  ]

  static let all =
    sizes.map { workload($0, Float.self) } + sizes.prefix(2).map { workload($0, Double.self) }

  /// The product that `name` spells out, such as gemm-2x300x40-by-transposed-double.
  static func named(_ name: String) -> Workload? {
    guard
      let match = name.wholeMatch(
        of: /gemm-(\d{1,6})x(\d{1,6})x(\d{1,6})(-transposed)?(-by-transposed)?-(float|double)/),
      let m = Int(match.1), let k = Int(match.2), let n = Int(match.3), m > 0, k > 0, n > 0
    else { return nil }
    let sizes = Sizes(
      m: m, k: k, n: n, isATransposed: match.4 != nil, isBTransposed: match.5 != nil)
    return match.6 == "float" ? workload(sizes, Float.self) : workload(sizes, Double.self)
  }

  private static func workload<S: RealScalar>(_ sizes: Sizes, _: S.Type) -> Workload {
    let (m, k, n) = (sizes.m, sizes.k, sizes.n)
    let kind = "\(S.scalarType)".lowercased()
    let operations = 2 * Double(m) * Double(k) * Double(n)
    return Workload(
      "\(sizes.name)-\(kind)",
      "[\(m), \(k)]\(sizes.isATransposed ? " transposed" : "") × "
        + "[\(k), \(n)]\(sizes.isBTransposed ? " transposed" : "")",
      // Some tens of microseconds at least, for the clock.
      repetitions: max(1, Int(2e8 / (operations + 2e5))), productOperations: operations
    ) {
      let keys = RandomKey(seed: 1).split()
      func operand(_ rows: Int, _ columns: Int, _ isTransposed: Bool, _ key: RandomKey) -> Tensor<S>
      {
        let stored = Tensor<S>.uniform(
          isTransposed ? [columns, rows] : [rows, columns], key: key)
        return isTransposed ? stored.transposed() : stored
      }
      let a = operand(m, k, sizes.isATransposed, keys.0)
      let b = operand(k, n, sizes.isBTransposed, keys.1)
      return { _ = matmul(a, b) }
    }
  }
}
