import Spool
import TestSupport
import Testing

/// Batches whose items end at different times.
@Suite struct ScanLengthsTests {
  typealias D = Tensor<Double>
  typealias Cell = @Sendable (D, (D, D)) -> (D, (D, D))

  private static let lengths = [5, 0, 2, 3]
  private static let weights = D.normal([3, 16], key: RandomKey(seed: 1))
  private static let recurrent = D.normal([4, 16], key: RandomKey(seed: 2))
  private static let x = D.normal([5, 4, 3], key: RandomKey(seed: 3))
  private static let first = D.normal([2, 4, 4], key: RandomKey(seed: 4))

  /// A cell that is not at rest without input, with its parameters.
  private static func cell(_ w: D, _ u: D) -> (D, (D, D)) -> (D, (D, D)) {
    { x, state in
      let (i, f, g, o) = (matmul(x, w) + matmul(state.0, u) + 0.3).chunked4()
      let c = sigmoid(f) * state.1 + sigmoid(i) * tanh(g)
      let h = sigmoid(o) * tanh(c)
      return (2 * h + 1, (h, c))
    }
  }

  private struct Results {
    var outputs, h, c: D
    var gradients: [D?]
    var calls = 0
  }

  /// Outputs, last states, and the gradients by inputs, first states and parameters.
  private func run(_ x: D, first: D, lengths: [Int]?, reverse: Bool, isScan: Bool = true) -> Results
  {
    var calls = 0
    var found: [D] = []
    let tensors = [x, first[0], first[1], Self.weights, Self.recurrent]
    let (_, gradients) = valueAndGradients(at: tensors) { v in
      let cell = Self.cell(v[3], v[4])
      func step(_ x: D, _ state: (D, D)) -> (D, (D, D)) {
        calls += 1
        return cell(x, state)
      }
      let state = (v[1], v[2])
      let (outputs, last) =
        isScan
        ? scan(v[0], from: state, reverse: reverse, lengths: lengths, step)
        : unroll(v[0], from: state, reverse: reverse, lengths: lengths, step)
      found = [outputs, last.0, last.1].map { stopGradient($0) }
      return square(outputs).sum() + sin(last.0).sum() + cos(last.1).sum()
    }
    return Results(
      outputs: found[0], h: found[1], c: found[2], gradients: gradients, calls: calls)
  }

  /// What PyTorch's packed sequences mean: each item by itself, without its padding.
  @Test(arguments: [false, true], [false, true])
  func equalsEachItemAlone(_ reverse: Bool, _ isScan: Bool) {
    let all = run(
      Self.x, first: Self.first, lengths: Self.lengths, reverse: reverse, isScan: isScan)
    var weights = D.zeros(Self.weights.shape)
    for (item, length) in Self.lengths.enumerated() {
      let one = item..<(item + 1)
      let alone = run(
        Self.x[..<length, one], first: Self.first[0..., one], lengths: nil, reverse: reverse,
        isScan: false)
      expectClose(all.outputs[..<length, one], alone.outputs, within: 1e-12)
      #expect(all.outputs[length..., item].scalars.allSatisfy { $0 == 0 })
      expectClose(all.h[one], alone.h, within: 1e-12)
      expectClose(all.c[one], alone.c, within: 1e-12)
      let byInput = all.gradients[0]!
      expectClose(
        byInput[..<length, one], alone.gradients[0] ?? .zeros([0, 1, 3]), within: 1e-12)
      #expect(byInput[length..., item].scalars.allSatisfy { $0 == 0 })
      expectClose(all.gradients[1]![one], alone.gradients[1]!, within: 1e-12)
      expectClose(all.gradients[2]![one], alone.gradients[2]!, within: 1e-12)
      weights = weights + (alone.gradients[3] ?? 0)
    }
    expectClose(all.gradients[3]!, weights, within: 1e-12)
    #expect(all.calls == (isScan ? 1 : 5))
  }

  @Test(arguments: [Double.nan, .infinity, 1e300], [false, true])
  func paddingChangesNothing(_ padding: Double, _ reverse: Bool) {
    var padded = Self.x
    for (item, length) in Self.lengths.enumerated() { padded[length..., item] = D(padding) }
    for isScan in [true, false] {
      func results(_ x: D) -> Results {
        run(x, first: Self.first, lengths: Self.lengths, reverse: reverse, isScan: isScan)
      }
      let (actual, expected) = (results(padded), results(Self.x))
      #expect(actual.outputs.scalars == expected.outputs.scalars)
      #expect(actual.h.scalars == expected.h.scalars)
      #expect(actual.c.scalars == expected.c.scalars)
      for (a, b) in zip(actual.gradients, expected.gradients) { #expect(a!.scalars == b!.scalars) }
    }
  }

  @Test func fullLengthsAreNoLengths() {
    let full = run(Self.x, first: Self.first, lengths: [5, 5, 5, 5], reverse: false)
    let plain = run(Self.x, first: Self.first, lengths: nil, reverse: false)
    #expect(full.outputs.scalars == plain.outputs.scalars)
    #expect(full.gradients.map { $0!.scalars } == plain.gradients.map { $0!.scalars })
  }

  /// Tokens of padding need not be tokens of the vocabulary.
  @Test func integersAsPadding() {
    let tokens: Tensor<Int32> = [[1, 2], [0, -1], [2, 999]]
    let table = D.normal([3, 4], key: RandomKey(seed: 5))
    let (outputs, last) = scan(tokens, from: D.zeros([2, 4]), lengths: [3, 1]) { x, h in
      tanh(table.gathered(x) + h)
    }
    let (expected, end) = unroll(tokens[..<1], from: D.zeros([2, 4])) { x, h in
      tanh(table.gathered(x) + h)
    }
    #expect(outputs[0].scalars == expected[0].scalars)
    #expect(last[1].scalars == end[1].scalars)
    #expect(outputs[1..., 1].scalars.allSatisfy { $0 == 0 })
  }

  @Test func gradients() throws {
    try checkGradients(at: Self.x, Self.first[0]) { x, h in
      scan(x, from: h, lengths: Self.lengths) { x, h in
        tanh(matmul(x, Self.weights)[.all, ..<4] + h)
      }.outputs
    }
  }

  @Test func mistakesTrap() async {
    let count = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = scan(Self.x, from: D.zeros([4, 3]), lengths: [5, 5]) { x, h in x + h }
    }
    expectMessage(count, "lengths: 2 lengths for a batch of 4 items; there must be one for each")
    let long = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = unroll(Self.x, from: D.zeros([4, 3]), lengths: [5, 6, 1, 1]) { x, h in x + h }
    }
    expectMessage(long, "lengths: item 1 has length 6, outside 0 ... 5, the time steps")
    let negative = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = scan(Self.x, from: D.zeros([4, 3]), lengths: [5, 5, -1, 1]) { x, h in x + h }
    }
    expectMessage(negative, "lengths: item 2 has length -1, outside 0 ... 5")
    let vector = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = unroll(D.zeros([3]), from: 0, lengths: [1]) { x, n in (x, n + 1) }
    }
    expectMessage(vector, "lengths: the input has shape [3]; it needs the axes [time, batch, …]")
    let state = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      final class Box {
        let h: D
        init(_ h: D) { self.h = h }
      }
      _ = unroll(Self.x, from: Box(D.zeros([4, 3])), lengths: [5, 5, 0, 1]) { x, box in
        (x, Box(box.h + x))
      }
    }
    expectMessage(
      state, "lengths: the state of an item that has ended cannot be kept in a value of")
  }
}
