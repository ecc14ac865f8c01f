import Spool
import TestSupport
import Testing

/// A tensor is a value: nothing that is done to one shows in another, whatever memory they share.
@Suite struct ValueSemanticsTests {
  private func original() -> Tensor<Double> {
    Tensor(shape: [2, 3], [0, 1, 2, 3, 4, 5])
  }

  private func expectIndependent(
    _ derived: (Tensor<Double>) -> Tensor<Double>,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    // Changing the source leaves what was derived from it.
    var x = original()
    let before = derived(x).scalars
    let view = derived(x)
    x.withUnsafeMutableScalars { $0.update(repeating: -1) }
    #expect(view.scalars == before, sourceLocation: sourceLocation)
    #expect(x.scalars == [Double](repeating: -1, count: 6), sourceLocation: sourceLocation)
    // Changing what was derived leaves the source, in place and by assignment.
    let y = original()
    var changed = derived(y)
    changed.withUnsafeMutableScalars { $0.update(repeating: 7) }
    #expect(y.scalars == original().scalars, sourceLocation: sourceLocation)
    #expect(changed.scalars.allSatisfy { $0 == 7 }, sourceLocation: sourceLocation)
    var assigned = derived(y)
    assigned[0] = 9
    #expect(y.scalars == original().scalars, sourceLocation: sourceLocation)
    #expect(assigned[0].scalars.allSatisfy { $0 == 9 }, sourceLocation: sourceLocation)
  }

  @Test func copies() { expectIndependent { $0 } }
  @Test func slices() { expectIndependent { $0[.all, 1...] } }
  @Test func steppedSlices() { expectIndependent { $0[.every(-1), .every(2)] } }
  @Test func transposes() { expectIndependent { $0.transposed() } }
  @Test func reshapes() { expectIndependent { $0.reshaped(to: [3, 2]) } }
  @Test func broadcasts() { expectIndependent { $0.broadcasted(to: [2, 2, 3]) } }
  @Test func viewsOfViews() { expectIndependent { $0.transposed()[1...].flattened()[.every(-1)] } }
  @Test func stoppedTensors() { expectIndependent { stopGradient($0) } }
  @Test func joinedWithThemselves() { expectIndependent { concatenated([$0, $0]) } }

  @Test func inPlaceOperatorsLeaveCopies() {
    var x = original()
    let copy = x
    x += x
    x *= copy
    x -= 1
    #expect(copy.scalars == [0, 1, 2, 3, 4, 5])
    #expect(x.scalars == [-1, 1, 7, 17, 31, 49])
  }

  @Test func elementsOfABroadcastAreWrittenOneByOne() {
    var x = Tensor<Double>(3).broadcasted(to: [4])
    x.withUnsafeMutableScalars { $0[1] = 5 }
    #expect(x.scalars == [3, 5, 3, 3])
  }

  @Test func assignmentFromOverlappingParts() {
    var x: Tensor<Double> = [0, 1, 2, 3, 4]
    x[1...] = x[..<4]
    #expect(x.scalars == [0, 0, 1, 2, 3])
    x[.every(-1)] = x
    #expect(x.scalars == [3, 2, 1, 0, 0])
  }

  @Test func memoryIsNotCopiedWhereNothingSharesIt() {
    var x = original()
    let address = x.withUnsafeScalars { $0.baseAddress }
    x.withUnsafeMutableScalars { $0[0] = 8 }
    #expect(x.withUnsafeScalars { $0.baseAddress } == address)
  }

  @Test func theTapeKeepsTheValuesItRecorded() {
    // An optimiser changes a weight in place while a pullback still needs the old one.
    var weight: Tensor<Double> = [2, 3]
    let (_, pullback) = vjp(at: weight) { weight in weight * weight * weight }
    weight.withUnsafeMutableScalars { $0.update(repeating: 100) }
    #expect(pullback([1, 1]).scalars == [12, 27])
    var captured: Tensor<Double> = [2, 3]
    let (_, linear) = vjp(at: weight) { x in x * captured }
    captured.withUnsafeMutableScalars { $0.update(repeating: 100) }
    #expect(linear([1, 1]).scalars == [2, 3])
  }

  @Test func cotangentsAndGradientsAreValues() {
    // Rules that pass the cotangent on as it is must not make the gradients one tensor.
    let x = original()
    var cotangent = Tensor<Double>.ones([2, 3])
    let (_, pullback) = vjp(at: x, x) { a, b in a + b }
    var (da, db) = pullback(cotangent)
    da.withUnsafeMutableScalars { $0.update(repeating: 5) }
    cotangent.withUnsafeMutableScalars { $0.update(repeating: 6) }
    #expect(db.scalars == [1, 1, 1, 1, 1, 1])
    db.withUnsafeMutableScalars { $0.update(repeating: 7) }
    #expect(da.scalars == [5, 5, 5, 5, 5, 5])
    #expect(cotangent.scalars == [6, 6, 6, 6, 6, 6])
  }

  @Test func theCotangentIsNotAddedTo() {
    // Here the first contribution to x̄ is the cotangent itself, and others are added to it.
    let cotangent: Tensor<Double> = [1, 2]
    let (_, pullback) = vjp(at: Tensor<Double>([3, 4]), reusable: true) { x in x + x * x + x }
    #expect(pullback(cotangent).scalars == [8, 20])
    #expect(cotangent.scalars == [1, 2])
    #expect(pullback(cotangent).scalars == [8, 20])
  }

  @Test func gradientsOfARepeatedOperandAddUp() {
    let x = Tensor<Double>(shape: [2, 2], [1, 2, 3, 4])
    let ones = Tensor<Double>.ones([2, 2])
    expectClose(gradient(at: x) { x in (x * x).sum() }, 2 * x, within: 0)
    expectClose(gradient(at: x) { x in (x - x).sum() }, 0 * x, within: 0)
    expectClose(gradient(at: x) { x in (x / x).sum() }, 0 * x, within: 1e-15)
    expectClose(
      gradient(at: x) { x in matmul(x, x).sum() },
      matmul(ones, x.transposed()) + matmul(x.transposed(), ones), within: 0)
    expectClose(
      gradient(at: x) { x in (concatenated([x, x, x], axis: 1) * 2).sum() }, 6 * ones, within: 0)
    expectClose(
      gradient(at: x) { x in (x * x.transposed()).sum() }, 2 * x.transposed(), within: 0)
    expectClose(
      gradient(at: x) { x in `where`(x .> 2, x, x).sum() }, ones, within: 0)
  }
}
