import CKernels
import Spool
import Testing
import TestSupport

struct LinearAlgebraTests {
  private func random<S: RealScalar>(_ shape: Shape, as _: S.Type = S.self) -> Tensor<S> {
    .normal(shape, key: RandomKey(seed: 40))
  }

  private func expectDecomposition<S: RealScalar>(_ a: Tensor<S>, within tolerance: Double) {
    let (q, r) = qr(a)
    let columns = a.shape[1]
    #expect(q.shape == a.shape)
    #expect(r.shape == [columns, columns])
    expectClose(matmul(q, r), a, within: tolerance)
    expectClose(matmul(q.transposed(), q), .identity(columns), within: tolerance)
    for row in 0..<columns {
      for column in 0...row {
        let element = r[row, column].scalar
        #expect(column < row ? element == 0 : element >= 0)
      }
    }
  }

  @Test(arguments: [
    [1, 1], [5, 1], [2, 2], [7, 4], [33, 32], [100, 60], [3, 0], [0, 0],
  ])
  func factorsMultiplyToTheMatrix(sizes: [Int]) {
    expectDecomposition(random(Shape(sizes), as: Double.self), within: 1e-13)
    expectDecomposition(random(Shape(sizes), as: Float.self), within: 2e-6)
    expectDecomposition(
      random(Shape(sizes.reversed()), as: Double.self).transposed(), within: 1e-13)
  }

  @Test func dependentColumnsStillGiveOrthonormalOnes() {
    let column: Tensor<Double> = random([6, 1])
    expectDecomposition(concatenated([column, 2 * column, -column], axis: 1), within: 1e-13)
    expectDecomposition(Tensor<Double>.zeros([4, 2]), within: 0)
  }

  @Test func theOrthogonalFactorOfAnOrthogonalMatrixIsItself() {
    let q = qr(random([5, 5], as: Double.self)).q
    expectClose(qr(q).q, q, within: 1e-13)
  }

  @Test(arguments: [false, true]) func substitutionSolvesTheSystem(upper: Bool) {
    let t: Tensor<Double> = random([40, 40]) + 8 * Tensor.identity(40)
    let triangle = upper ? t.upperTriangle() : t.lowerTriangle()
    let x: Tensor<Double> = random([40, 7])
    expectClose(
      solveTriangular(t, matmul(triangle, x), upper: upper), x, within: 1e-12)
    expectClose(
      solveTriangular(t.transposed(), matmul(triangle.transposed(), x), upper: !upper), x,
      within: 1e-12)
    expectClose(
      solveTriangular(t, matmul(triangle, x[0..., 0]), upper: upper), x[0..., 0], within: 1e-12)
  }

  @Test func unfitShapesTrap() async {
    let wide = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = qr(Tensor<Float>.zeros([2, 3])) }
    expectMessage(wide, "qr: shape [2, 3] is not [rows, columns] with as many rows as columns")
    let sizes = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = solveTriangular(Tensor<Float>.zeros([3, 3]), Tensor<Float>.zeros([2, 3]), upper: true)
    }
    expectMessage(sizes, "solveTriangular: matrix [3, 3], right-hand side [2, 3]")
  }
}

/// The number of threads is the process's, so these run one after another.
@Suite(.serialized) struct LinearAlgebraThreadTests {
  @Test func theNumberOfThreadsChangesNoBit() {
    let before = spool_thread_count()
    defer { spool_set_thread_count(before) }
    let t = Tensor<Float>.normal([70, 70], key: RandomKey(seed: 1)) + 10 * Tensor.identity(70)
    let b = Tensor<Float>.normal([70, 301], key: RandomKey(seed: 2))
    spool_set_thread_count(1)
    let one = solveTriangular(t, b, upper: true)
    for threads in 2...3 {
      spool_set_thread_count(threads)
      #expect(solveTriangular(t, b, upper: true).scalars == one.scalars)
    }
  }
}
