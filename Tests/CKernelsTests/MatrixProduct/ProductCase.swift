import CKernels
import Testing

/// One matrix product with everything it depends on, and the ways to compute it.
struct ProductCase<Scalar: MatrixScalar> {
  let batch: Int
  let m: Int
  let n: Int
  let k: Int
  let a: StridedOperand<Scalar>
  let b: StridedOperand<Scalar>
  let rowStride: Int
  let batchStride: Int
  let accumulates: Bool
  let bias: GuardedArray<Scalar>?
  /// What C holds before the product: also between the rows, where nothing may be written.
  let before: [Scalar]
  let c: GuardedArray<Scalar>

  init(
    batch: Int = 1, m: Int, n: Int, k: Int, a aLayout: StridedOperand<Scalar>.Layout = .dense,
    b bLayout: StridedOperand<Scalar>.Layout = .dense, sharesB: Bool = false, gap: Int = 0,
    accumulates: Bool = false, hasBias: Bool = false,
    using generator: inout SplitMix
  ) {
    (self.batch, self.m, self.n, self.k) = (batch, m, n, k)
    a = StridedOperand(
      batch: batch, rows: m, columns: k, layout: aLayout, sharedBatch: false, using: &generator)
    b = StridedOperand(
      batch: batch, rows: k, columns: n, layout: bLayout, sharedBatch: sharesB, using: &generator)
    rowStride = n + gap
    batchStride = rowStride * m + 2 * gap
    self.accumulates = accumulates
    bias =
      hasBias
      ? GuardedArray(
        randomScalars(n, using: &generator), atEnd: Bool.random(using: &generator)) : nil
    let isEmpty = batch * m * n == 0
    before = randomScalars(
      isEmpty ? 0 : (batch - 1) * batchStride + (m - 1) * rowStride + n, using: &generator)
    c = GuardedArray(before, atEnd: Bool.random(using: &generator))
  }

  /// Shapes, layouts and options at random.
  static func random(
    sizes: [Int], using generator: inout SplitMix
  ) -> ProductCase {
    func size() -> Int { sizes.randomElement(using: &generator)! }
    func layout() -> StridedOperand<Scalar>.Layout {
      StridedOperand<Scalar>.Layout.allCases.randomElement(using: &generator)!
    }
    let empty = Int.random(in: 0..<60, using: &generator)
    return ProductCase(
      batch: [1, 1, 1, 2, 3].randomElement(using: &generator)!, m: empty == 0 ? 0 : size(),
      n: empty == 1 ? 0 : size(), k: empty < 5 ? 0 : size(), a: layout(), b: layout(),
      sharesB: Bool.random(using: &generator), gap: [0, 0, 5].randomElement(using: &generator)!,
      accumulates: Bool.random(using: &generator), hasBias: Bool.random(using: &generator),
      using: &generator)
  }

  var name: String {
    """
    \(Scalar.self) batch \(batch), [\(m), \(k)] x [\(k), \(n)], strides of A \
    \([a.batch, a.row, a.column]), of B \([b.batch, b.row, b.column])\
    \(accumulates ? ", accumulates" : "")\(bias == nil ? "" : ", bias")
    """
  }

  /// The product as the kernels compute it; all of C's memory. `next`: what they fetch meanwhile.
  func run(
    packed: Bool = false, freeOrder: Bool = false, epilogue: EpilogueLog? = nil,
    next: [spool_bytes] = []
  ) -> [Scalar] {
    c.assign(before)
    let packedB =
      packed ? spool_pack_b(Scalar.dtype, k, n, b.start, b.row, b.column) : nil
    defer { spool_pack_free(packedB) }
    var product = spool_gemm()
    (product.batch, product.m, product.n, product.k) = (batch, m, n, k)
    product.a = UnsafeRawPointer(a.start)
    (product.a_batch, product.a_row, product.a_column) = (a.batch, a.row, a.column)
    product.b = packed ? nil : UnsafeRawPointer(b.start)
    (product.b_batch, product.b_row, product.b_column) = (b.batch, b.row, b.column)
    product.c = UnsafeMutableRawPointer(c.start)
    (product.c_batch, product.c_row) = (batchStride, rowStride)
    product.accumulate = accumulates
    product.bias = bias.map { UnsafeRawPointer($0.start) }
    product.packed_b = packedB
    product.free_order = freeOrder
    if let epilogue {
      product.epilogue = recordTile
      product.epilogue_context = Unmanaged.passUnretained(epilogue).toOpaque()
    }
    next.withUnsafeBufferPointer {
      (product.next, product.next_count) = ($0.baseAddress, next.count)
      spool_matmul(Scalar.dtype, &product)
    }
    return c.scalars
  }

  /// Row `i` of batch item `item` as a product of its own.
  func runRow(_ i: Int, item: Int) -> [Scalar] {
    c.assign(before)
    var product = spool_gemm()
    (product.batch, product.m, product.n, product.k) = (1, 1, n, k)
    product.a = UnsafeRawPointer(a.start + item * a.batch + i * a.row)
    (product.a_row, product.a_column) = (a.row, a.column)
    product.b = UnsafeRawPointer(b.start + item * b.batch)
    (product.b_row, product.b_column) = (b.row, b.column)
    product.c = UnsafeMutableRawPointer(c.start + item * batchStride + i * rowStride)
    product.c_row = rowStride
    product.accumulate = accumulates
    product.bias = bias.map { UnsafeRawPointer($0.start) }
    spool_matmul(Scalar.dtype, &product)
    return Array(c.scalars[(item * batchStride + i * rowStride)...].prefix(n))
  }

  /// Compares all of C's memory with sums in double precision; the gaps must be as they were.
  func expectClose(_ result: [Scalar], _ comment: String) {
    var reference = ReferenceProduct(c: Scalar.exact(before))
    let biases = bias.map { Scalar.exact($0.scalars) }
    for item in 0..<batch {
      reference.write(
        m: m, n: n, k: k, a: a.elements(of: item, rows: m, columns: k),
        b: b.elements(of: item, rows: k, columns: n), at: item * batchStride,
        rowStride: rowStride, accumulates: accumulates, bias: biases)
    }
    let tolerance = Scalar.roundoff * (8 + 8 * Double(k).squareRoot())
    if let at = reference.firstDifference(from: Scalar.exact(result), tolerance: tolerance) {
      Issue.record(
        "\(comment): \(name): element \(at) of C is \(result[at]), not \(reference.values[at])")
    }
  }
}

/// The tiles an epilogue was given.
final class EpilogueLog: Sendable {
  struct Tile {
    let address: UInt
    let item: Int
    let rows: Range<Int>
    let columns: Range<Int>
  }

  private let recorded = Locked<[Tile]>([])

  var tiles: [Tile] { recorded.withLock { $0 } }

  func record(_ tile: Tile) {
    recorded.withLock { $0.append(tile) }
  }

  /// How often each element of C was in a tile.
  func counts(batch: Int, m: Int, n: Int) -> [Int] {
    var counts = Array(repeating: 0, count: batch * m * n)
    for tile in tiles {
      for i in tile.rows {
        for j in tile.columns { counts[(tile.item * m + i) * n + j] += 1 }
      }
    }
    return counts
  }
}

private func recordTile(
  _ tile: UnsafeMutableRawPointer?, _ rowStride: Int, _ item: Int, _ row: Int, _ rows: Int,
  _ column: Int, _ columns: Int, _ context: UnsafeMutableRawPointer?
) {
  Unmanaged<EpilogueLog>.fromOpaque(context!).takeUnretainedValue().record(
    .init(
      address: UInt(bitPattern: tile), item: item, rows: row..<row + rows,
      columns: column..<column + columns))
}
