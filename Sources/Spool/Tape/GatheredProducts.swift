/// Products Aᵀ B of few rows each that are all added to the gradient of one leaf: a loop's weight gets one at every time
/// step. Their rows are gathered, and make one product.
///
/// One by one, each reads and writes the whole gradient for a few rows' worth of arithmetic.
struct GatheredProducts {
  /// A and B, matrices of as many rows.
  struct Factors {
    let a: TensorHandle
    let b: TensorHandle

    var rowCount: Int { a.shape[0] }

    /// How many rows are gathered. With no more than the gradient has on either side, what waits takes no more memory
    /// than it.
    var rowLimit: Int { min(mostRows, a.shape[1], b.shape[1]) }
  }

  /// Beyond, a product is no quicker for more rows.
  private static let mostRows = 128
  /// Elements of a gradient; a smaller one stays near, and gathering costs more than it spares.
  private static let leastElements = 1 << 17

  private var waiting: [Int: [Factors]] = [:]

  /// Whether a product is worth waiting for another.
  static func gathers(_ factors: Factors) -> Bool {
    2 * factors.rowCount <= factors.rowLimit
      && factors.a.shape[1] * factors.b.shape[1] >= leastElements
  }

  /// Keeps factors of the gradient of node `leaf`. Returns those of one product for all that have come, once enough
  /// have.
  mutating func add(_ factors: Factors, for leaf: Int) -> Factors? {
    waiting[leaf, default: []].append(factors)
    let rowCount = waiting[leaf]!.reduce(factors.rowCount) { $0 + $1.rowCount }
    return rowCount > factors.rowLimit ? joined(waiting.removeValue(forKey: leaf)!) : nil
  }

  /// What still waits, as one product for each leaf.
  consuming func rest() -> [(leaf: Int, factors: Factors)] {
    waiting.map { ($0.key, joined($0.value)) }
  }

  private func joined(_ parts: [Factors]) -> Factors {
    Factors(a: stacked(parts.map(\.a)), b: stacked(parts.map(\.b)))
  }

  private func stacked(_ matrices: [TensorHandle]) -> TensorHandle {
    if matrices.count == 1 { return matrices[0] }
    return Concatenate(axis: 0, sizes: matrices.map { $0.shape[0] }).evaluate(Operands(matrices))
  }
}
