/// A batch of matrices in memory that ends where the matrices end, at any strides.
struct StridedOperand<Scalar: MatrixScalar> {
  /// How the axes (batch, row, column) lie in memory.
  enum Layout: CaseIterable {
    case dense, transposed, batchBetween, gaps, everySecond, broadcast, backwards
  }

  let memory: GuardedArray<Scalar>
  let batch: Int
  let row: Int
  let column: Int
  private let origin: Int

  init(
    batch: Int, rows: Int, columns: Int, layout: Layout, sharedBatch: Bool,
    using generator: inout SplitMix
  ) {
    var strides = Self.strides(batch: batch, rows: rows, columns: columns, layout: layout)
    switch layout {
    case .broadcast: strides[Int.random(in: 0..<3, using: &generator)] = 0
    case .backwards: strides[Int.random(in: 0..<3, using: &generator)] *= -1
    default: break
    }
    if sharedBatch { strides[0] = 0 }

    // The first and the last element in memory, seen from the first of the matrix.
    let reach = zip(strides, [batch, rows, columns]).map { $0 * max($1 - 1, 0) }
    origin = -reach.filter { $0 < 0 }.reduce(0, +)
    let last = reach.filter { $0 > 0 }.reduce(0, +)
    let isEmpty = batch * rows * columns == 0
    memory = GuardedArray(
      randomScalars(isEmpty ? 0 : origin + last + 1, using: &generator),
      atEnd: Bool.random(using: &generator))
    (self.batch, row, column) = (strides[0], strides[1], strides[2])
  }

  private static func strides(batch: Int, rows: Int, columns: Int, layout: Layout) -> [Int] {
    switch layout {
    case .dense, .broadcast, .backwards: [rows * columns, columns, 1]
    case .transposed: [rows * columns, 1, rows]
    case .batchBetween: [columns, batch * columns, 1]
    case .gaps: [(rows + 2) * (columns + 3), columns + 3, 1]
    case .everySecond: [2 * rows * columns, 2 * columns, 2]
    }
  }

  /// The address of the first element, from which the strides count.
  var start: UnsafeMutablePointer<Scalar> { memory.start + origin }

  /// One matrix of the batch, row after row.
  func elements(of item: Int, rows: Int, columns: Int) -> [Double] {
    Scalar.elements(start + item * batch, rows: rows, columns: columns, row: row, column: column)
  }
}
