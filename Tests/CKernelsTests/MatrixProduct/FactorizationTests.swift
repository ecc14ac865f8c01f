import CKernels
import Testing

/// The QR factorization against its own definition.
@Suite struct FactorizationTests {
  @Test(arguments: [(1, 1), (2, 1), (5, 5), (7, 3), (33, 20), (130, 64)])
  func orthonormalTimesTriangular(rows: Int, columns: Int) {
    check(Float.self, rows: rows, columns: columns)
    check(Double.self, rows: rows, columns: columns)
  }

  @Test func zerosAndExtremes() {
    check([Double](repeating: 0, count: 12), rows: 4, columns: 3)
    check([1e300, 2e300, 3e300, -1e300, 5e300, 1e300], rows: 3, columns: 2)
    check([1e-300, 2e-300, 3e-300, -1e-300, 5e-300, 1e-300], rows: 3, columns: 2)
    // The second column is the first.
    check([1.0, 1, 2, 2, 3, 3, 4, 4], rows: 4, columns: 2)
  }
}

private func check<Scalar: MatrixScalar>(_ type: Scalar.Type, rows: Int, columns: Int) {
  var generator = SplitMix(UInt64(rows * 1000 + columns))
  let a: [Scalar] = randomScalars(rows * columns, using: &generator)
  check(a, rows: rows, columns: columns)
}

private func check<Scalar: MatrixScalar>(_ a: [Scalar], rows: Int, columns: Int) {
  let operand = GuardedArray(a, atEnd: true)
  let q = GuardedArray<Scalar>(count: rows * columns, atEnd: true)
  let r = GuardedArray<Scalar>(count: columns * columns, atEnd: false)
  spool_qr(Scalar.dtype, rows, columns, operand.start, q.start, r.start)
  let (exactA, exactQ, exactR) = (
    Scalar.exact(a), Scalar.exact(q.scalars), Scalar.exact(r.scalars)
  )
  let largest = exactA.reduce(0) { max($0, abs($1)) }
  let tolerance = Double(rows + 8) * Scalar.roundoff
  for i in 0..<columns {
    #expect(exactR[i * columns + i] >= 0, "R[\(i), \(i)]")
    for j in 0..<columns {
      if j < i { #expect(exactR[i * columns + j] == 0, "R[\(i), \(j)]") }
      let dot = (0..<rows).reduce(0) { $0 + exactQ[$1 * columns + i] * exactQ[$1 * columns + j] }
      #expect(abs(dot - (i == j ? 1 : 0)) <= tolerance, "columns \(i), \(j) of Q")
    }
  }
  for i in 0..<rows {
    for j in 0..<columns {
      let product = (0..<columns).reduce(0) {
        $0 + exactQ[i * columns + $1] * exactR[$1 * columns + j]
      }
      #expect(
        abs(product - exactA[i * columns + j]) <= tolerance * largest, "A[\(i), \(j)]")
    }
  }
}
