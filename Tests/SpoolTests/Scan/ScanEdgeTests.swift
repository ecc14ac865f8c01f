import Spool
import TestSupport
import Testing

/// Sequences, batches and features of size 0 and 1: scan equals unroll.
@Suite struct ScanEdgeTests {
  typealias D = Tensor<Double>

  struct Sizes: CustomTestStringConvertible, Sendable {
    let time, batch, inputs, hidden: Int
    var testDescription: String { "T \(time) B \(batch) I \(inputs) H \(hidden)" }
  }

  static let sizes = [
    Sizes(time: 0, batch: 2, inputs: 3, hidden: 4), Sizes(time: 1, batch: 2, inputs: 3, hidden: 4),
    Sizes(time: 3, batch: 0, inputs: 3, hidden: 4), Sizes(time: 3, batch: 2, inputs: 0, hidden: 4),
    Sizes(time: 3, batch: 2, inputs: 3, hidden: 0), Sizes(time: 0, batch: 0, inputs: 0, hidden: 0),
    Sizes(time: 1, batch: 1, inputs: 1, hidden: 1),
  ]

  private func run(
    _ s: Sizes, lengths: [Int]?, isScan: Bool
  ) -> (results: [D], gradients: [D?]) {
    let shapes: [Shape] = [
      [s.time, s.batch, s.inputs], [s.batch, s.hidden], [s.inputs, s.hidden],
      [s.hidden, s.hidden], [s.hidden, 5],
    ]
    let keys = RandomKey(seed: 1).split(shapes.count)
    var results: [D] = []
    let tensors = zip(shapes, keys).map { D.normal($0, key: $1) }
    let (_, gradients) = valueAndGradients(at: tensors) { v in
      func cell(_ x: D, _ h: D) -> (D, D) {
        let next = tanh(matmul(x, v[2]) + matmul(h, v[3]))
        return (matmul(next, v[4]), next)
      }
      let (outputs, last) =
        isScan
        ? scan(v[0], from: v[1], lengths: lengths, cell)
        : unroll(v[0], from: v[1], lengths: lengths, cell)
      results = [stopGradient(outputs), stopGradient(last)]
      return square(outputs).sum() + sin(last).sum()
    }
    return (results, gradients)
  }

  @Test(arguments: sizes, [false, true]) func equalsUnroll(_ s: Sizes, _ isRagged: Bool) {
    let lengths = isRagged ? [Int](repeating: s.time / 2, count: s.batch) : nil
    let (actual, expected) = (
      run(s, lengths: lengths, isScan: true), run(s, lengths: lengths, isScan: false)
    )
    #expect(actual.results[0].shape == [s.time, s.batch, 5])
    #expect(actual.results[1].shape == [s.batch, s.hidden])
    for (a, b) in zip(actual.results, expected.results) { expectClose(a, b, within: 1e-13) }
    for (a, b) in zip(actual.gradients, expected.gradients) {
      let zeros = D.zeros((a ?? b ?? 0).shape)
      expectClose(a ?? zeros, b ?? zeros, within: 1e-13)
    }
    // Without a step, the last state is the first, and its gradient goes there.
    if s.time == 0 { expectClose(actual.gradients[1]!, cos(actual.results[1]), within: 1e-13) }
  }

  @Test func noStepsOfTheCellWhoseOutputIsItsState() {
    let h = D.normal([2, 3], key: RandomKey(seed: 1))
    let (outputs, last) = scan(D.zeros([0, 2, 3]), from: h) { x, h in tanh(x + h) }
    #expect(outputs.shape == [0, 2, 3])
    #expect(last.scalars == h.scalars)
    let joined = concatenated([outputs, scan(D.zeros([2, 2, 3]), from: last) { $0 + $1 }.outputs])
    #expect(joined.shape == [2, 2, 3])
  }
}
