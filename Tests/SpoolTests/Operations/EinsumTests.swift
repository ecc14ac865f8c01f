import Spool
import Testing
import TestSupport

/// An equation as lists of letters, and its value by loops over all combinations of indices.
private struct NaiveEinsum {
  let operands: [[Character]]
  let result: [Character]
  let sizes: [Character: Int]

  /// An operand's axis has size 1 where it broadcasts.
  func value(_ tensors: [Tensor<Double>]) -> Tensor<Double> {
    let letters = sizes.keys.sorted()
    let shape = Shape(result.map { sizes[$0]! })
    var sums = [Double](repeating: 0, count: shape.elementCount)
    let elements = tensors.map(\.scalars)
    let total = letters.reduce(1) { $0 * sizes[$1]! }
    for combination in 0..<total {
      var rest = combination
      var index: [Character: Int] = [:]
      for letter in letters {
        index[letter] = rest % sizes[letter]!
        rest /= sizes[letter]!
      }
      var term = 1.0
      for (i, axes) in operands.enumerated() {
        term *= elements[i][place(axes, index, in: tensors[i].shape)]
      }
      sums[place(result, index, in: shape)] += term
    }
    return Tensor(shape: shape, sums)
  }

  private func place(_ axes: [Character], _ index: [Character: Int], in shape: Shape) -> Int {
    zip(axes, shape).reduce(0) { $0 * $1.1 + ($1.1 == 1 ? 0 : index[$1.0]!) }
  }

  /// Up to four operands over up to six letters, with repetitions, sums and axes of size 1.
  static func random(_ generator: inout KeyedGenerator) -> NaiveEinsum {
    let letters = Array(
      "aAbBcd".shuffled(using: &generator).prefix(.random(in: 1...6, using: &generator)))
    var sizes: [Character: Int] = [:]
    for letter in letters { sizes[letter] = .random(in: 1...3, using: &generator) }
    let operands = (0..<Int.random(in: 1...4, using: &generator)).map { _ in
      (0..<Int.random(in: 0...4, using: &generator)).map { _ in
        letters.randomElement(using: &generator)!
      }
    }
    let used = Set(operands.joined()).sorted()
    sizes = sizes.filter { used.contains($0.key) }
    let result = used.shuffled(using: &generator).prefix(.random(in: 0...4, using: &generator))
    return NaiveEinsum(operands: operands, result: Array(result), sizes: sizes)
  }
}

struct EinsumTests {
  private func random(_ shape: Shape, _ number: Int) -> Tensor<Double> {
    .normal(shape, key: RandomKey(seed: 20).folding(in: number))
  }

  @Test func randomEquationsAgreeWithLoops() {
    var generator = KeyedGenerator(seed: 1)
    for _ in 0..<300 {
      let naive = NaiveEinsum.random(&generator)
      let tensors = naive.operands.enumerated().map { i, axes in
        random(Shape(axes.map { naive.sizes[$0]! }), i)
      }
      let equation =
        naive.operands.map { String($0) }.joined(separator: ",") + "->" + String(naive.result)
      expectClose(einsum(equation, tensors), naive.value(tensors), within: 1e-12, equation)
    }
  }

  @Test func withoutAnArrowLettersThatOccurOnceFormTheResult() {
    let (a, b) = (random([2, 3], 0), random([3, 4], 1))
    expectClose(einsum("ij,jk", a, b), einsum("ij,jk->ik", a, b), within: 0)
    expectClose(einsum("ba", a), a.transposed(), within: 0)
    expectClose(einsum("bA", a), a.transposed(), within: 0)
    expectClose(einsum("ii", random([3, 3], 2)), einsum("ii->", random([3, 3], 2)), within: 0)
    expectClose(
      einsum("...j,jk", random([5, 2, 3], 3), b), matmul(random([5, 2, 3], 3), b), within: 1e-14)
  }

  @Test func ellipsesBroadcast() {
    let (a, b) = (random([5, 1, 2, 3], 0), random([4, 3, 2], 1))
    expectClose(einsum("...ij,...jk->...ik", a, b), matmul(a, b), within: 1e-14)
    let naive = NaiveEinsum(
      operands: [Array("xyij"), Array("yjk")], result: Array("iyk"),
      sizes: ["x": 5, "y": 4, "i": 2, "j": 3, "k": 2])
    expectClose(
      einsum("...ij,...jk->i...k", a, b).sum(1), naive.value([a, b]), within: 1e-12)
    // Left out of the result, they are summed.
    expectClose(einsum("...ij,...jk->ik", a, b), matmul(a, b).sum(0, 1), within: 1e-12)
    expectClose(einsum("...ij->...ji", a), a.transposed(), within: 0)
    expectClose(einsum("...", a), a, within: 0)
    expectClose(einsum("...,...", a, b.transposed()), a * b.transposed(), within: 0)
  }

  @Test func spacesAndSingleValuesAreFine() {
    let (a, b) = (random([2, 3], 0), random([3], 1))
    expectClose(einsum(" i j , j -> i ", a, b), matmul(a, b), within: 1e-14)
    expectClose(einsum(",ij->ij", Tensor<Double>(2), a), 2 * a, within: 0)
    expectClose(einsum("->", Tensor<Double>(2)), Tensor<Double>(2), within: 0)
  }

  @Test func emptyAxesGiveEmptySums() {
    let (a, b) = (random([2, 0], 0), random([0, 3], 1))
    expectClose(einsum("ij,jk->ik", a, b), .zeros([2, 3]), within: 0)
    #expect(einsum("ij,jk->jk", a, b).shape == [0, 3])
    #expect(einsum("ii->i", Tensor<Float>.zeros([0, 0])).shape == [0])
  }

  @Test func aChainIsMultipliedCheapestPairFirst() {
    // From the left the first product would have nine axes, which no tensor can.
    let u = random([2, 2, 2, 2, 2], 0)
    let v = random([2, 2, 2, 2, 2, 2], 1)
    let w = random([2, 2, 2, 2, 2, 3], 2)
    let expected = matmul(
      u.reshaped(to: [16, 2]), matmul(v.reshaped(to: [2, 32]), w.reshaped(to: [32, 3])))
    expectClose(
      einsum("abcdk,kefghi,efghil->abcdl", u, v, w).reshaped(to: [16, 3]), expected,
      within: 1e-13)
  }

  @Test func gradientsAreEinsumsOfTheCotangent() {
    let (a, b) = (random([2, 3, 3], 0), random([3, 4], 1))
    let cotangent = random([4, 2], 2)
    let (_, pullback) = vjp(at: a, b) { a, b in einsum("ijj,jk->ki", a, b) }
    let (ā, b̄) = pullback(cotangent)
    let identity = Tensor<Double>.identity(3)
    expectClose(ā, einsum("ki,jk,jm->ijm", cotangent, b, identity), within: 1e-14)
    expectClose(b̄, einsum("ki,ijj->jk", cotangent, a), within: 1e-14)
  }

  @Test func malformedEquationsTrap() async {
    let sizes = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("ij,jk->ik", Tensor<Float>.zeros([2, 3]), Tensor<Float>.zeros([4, 5])) }
    expectMessage(
      sizes,
      """
      einsum "ij,jk->ik": index j has size 3 in operand 0 of shape [2, 3], but 4 in operand 1 of \
      shape [4, 5]
      """)
    let rank = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("ijk->i", Tensor<Float>.zeros([2, 3])) }
    expectMessage(
      rank, "einsum \"ijk->i\": operand 0 has shape [2, 3], but the equation names 3 axes")
    let count = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("i,i->", Tensor<Float>.zeros([2])) }
    expectMessage(count, "einsum \"i,i->\": it has 2 operands, but 1 tensors were given")
    let unknown = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("i->j", Tensor<Float>.zeros([2])) }
    expectMessage(unknown, "einsum \"i->j\": index j of the result is in no operand")
    let twice = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("i->ii", Tensor<Float>.zeros([2])) }
    expectMessage(twice, "einsum \"i->ii\": the result names index i twice")
    let letter = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("i1->i", Tensor<Float>.zeros([2, 2])) }
    expectMessage(letter, "einsum \"i1->i\": \"1\" cannot stand there")
    let ellipsis = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = einsum("...i,...i", Tensor<Float>.zeros([2, 5, 3]), Tensor<Float>.zeros([4, 5, 3])) }
    expectMessage(
      ellipsis,
      "place -2 of the ellipsis has size 2 in operand 0 of shape [2, 5, 3], but 4 in operand 1")
  }
}
