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

/// Matrices of more columns than the kernel takes at a time: borders of panels, reflectors that do nothing,
/// and what is not finite.
extension Kernels {
  @Suite struct FactorizationPanels {
    @Test(arguments: [
      (31, 31), (32, 32), (33, 33), (34, 33), (64, 63), (64, 64), (200, 65), (97, 97), (161, 128),
      (200, 200),
    ])
    func orthonormalTimesTriangular(rows: Int, columns: Int) {
      onEachInstructionSet { _ in
        check(Float.self, rows: rows, columns: columns)
        check(Double.self, rows: rows, columns: columns)
      }
    }

    @Test(arguments: [1, 5, 40]) func dependentColumns(rank: Int) {
      var generator = SplitMix(UInt64(rank))
      let few: [Double] = randomScalars(120 * rank, using: &generator)
      let a = (0..<120 * 70).map { few[$0 / 70 * rank + $0 % 70 % rank] }
      check(a, rows: 120, columns: 70)
      check(a.map(Float.init), rows: 120, columns: 70)
    }

    @Test func zeroColumns() {
      var generator = SplitMix(8)
      var a: [Double] = randomScalars(110 * 100, using: &generator)
      for index in a.indices where [0, 17, 31, 32, 33, 98, 99].contains(index % 100) {
        a[index] = 0
      }
      check(a, rows: 110, columns: 100)
      check(a.map(Float.init), rows: 110, columns: 100)
    }

    /// Columns before the one with the NaN don't know of it, nor do the rows of R before its diagonal
    /// element, but for its own column.
    @Test(arguments: [3, 31, 32, 40]) func notANumberSpreadsToLaterColumnsAlone(poisoned: Int) {
      let (rows, columns) = (90, 70)
      var generator = SplitMix(9)
      var a: [Double] = randomScalars(rows * columns, using: &generator)
      let clean = factorize(a, rows: rows, columns: columns)
      a[50 * columns + poisoned] = .nan
      let (q, r) = factorize(a, rows: rows, columns: columns)
      for (index, element) in q.enumerated() {
        let expected = index % columns < poisoned ? clean.q[index] : .nan
        #expect(isClose(element, expected), "Q[\(index / columns), \(index % columns)]")
      }
      for (index, element) in r.enumerated() {
        let (i, j) = (index / columns, index % columns)
        let spoilt = i <= j && (j == poisoned || i >= poisoned)
        let expected = spoilt ? .nan : clean.r[index]
        #expect(isClose(element, expected), "R[\(i), \(j)]")
      }
    }

    /// A column that is zero below the diagonal needs no reflector, and a NaN beside it stays where it is.
    @Test func triangularMatrixIsItsOwnFactor() {
      let size = 70
      var a: [Double] = (0..<size * size).map { $0 / size <= $0 % size ? Double(1 + $0 % 7) : 0 }
      a[3 * size + 60] = .nan
      let (q, r) = factorize(a, rows: size, columns: size)
      #expect(q == (0..<size * size).map { $0 / size == $0 % size ? 1 : 0 })
      #expect(zip(r, a).allSatisfy { $0 == $1 || $0.isNaN && $1.isNaN })
    }

    @Test func bitsDoNotDependOnTheThreads() {
      var generator = SplitMix(10)
      let a: [Double] = randomScalars(300 * 260, using: &generator)
      let single = a.map(Float.init)
      let one = withThreads(1) {
        (factorize(a, rows: 300, columns: 260), factorize(single, rows: 300, columns: 260))
      }
      for threads in 2...3 {
        withThreads(threads) {
          let (q, r) = factorize(a, rows: 300, columns: 260)
          #expect(identical(q, one.0.q) && identical(r, one.0.r), "\(threads) threads")
          let (floatQ, floatR) = factorize(single, rows: 300, columns: 260)
          #expect(identical(floatQ, one.1.q) && identical(floatR, one.1.r), "\(threads) threads")
        }
      }
    }
  }
}

private func isClose(_ a: Double, _ b: Double) -> Bool {
  b.isNaN ? a.isNaN : abs(a - b) <= 1e-13
}

private func factorize<Scalar: MatrixScalar>(
  _ a: [Scalar], rows: Int, columns: Int
) -> (q: [Scalar], r: [Scalar]) {
  let operand = GuardedArray(a, atEnd: true)
  let q = GuardedArray<Scalar>(count: rows * columns, atEnd: true)
  let r = GuardedArray<Scalar>(count: columns * columns, atEnd: false)
  spool_qr(Scalar.dtype, rows, columns, operand.start, q.start, r.start)
  return (q.scalars, r.scalars)
}

private func check<Scalar: MatrixScalar>(_ type: Scalar.Type, rows: Int, columns: Int) {
  var generator = SplitMix(UInt64(rows * 1000 + columns))
  let a: [Scalar] = randomScalars(rows * columns, using: &generator)
  check(a, rows: rows, columns: columns)
}

private func check<Scalar: MatrixScalar>(_ a: [Scalar], rows: Int, columns: Int) {
  let (q, r) = factorize(a, rows: rows, columns: columns)
  let (exactA, exactQ, exactR) = (Scalar.exact(a), Scalar.exact(q), Scalar.exact(r))
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
