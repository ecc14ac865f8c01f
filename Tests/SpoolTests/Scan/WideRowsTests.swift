import Spool
import TestSupport
import Testing

/// Steps whose rows are of very different widths run in blocks of their own for each width.
@Suite struct WideRowsTests {
  typealias D = Tensor<Double>

  private let batch = 3
  private let slots = 96
  private let width = 12

  /// A memory `[batch, slots, width]` that is read and written at a place moved by the input.
  private func step(
    _ x: D, _ state: (memory: D, place: D), _ w: D
  ) -> (D, (memory: D, place: D)) {
    let control = tanh(matmul(x, w))
    let place = softmax(state.place.rolled(by: 1, axis: 1) + 0.1 * control)
    let read = (state.memory * place.expandingAxis(at: 2)).sum(1)
    let written = place.expandingAxis(at: 2) * tanh(read + 1).expandingAxis(at: 1)
    let memory = state.memory * (1 - place.expandingAxis(at: 2)) + written
    return (read, (memory, place))
  }

  @Test func equalsUnroll() {
    let keys = RandomKey(seed: 2).split(4)
    let tensors = [
      D.normal([5, batch, 4], key: keys[0]), .normal([batch, slots, width], key: keys[1]),
      .normal([batch, slots], key: keys[2]), .normal([4, slots], key: keys[3]),
    ]
    func loss(_ v: [D], compiled: Bool) -> D {
      let start = (memory: v[1], place: v[2])
      let (outputs, last) =
        compiled
        ? scan(v[0], from: start) { step($0, $1, v[3]) }
        : unroll(v[0], from: start) { step($0, $1, v[3]) }
      return sin(outputs).sum() + square(last.memory).sum()
    }
    let (a, ga) = valueAndGradients(at: tensors) { loss($0, compiled: true) }
    let (b, gb) = valueAndGradients(at: tensors) { loss($0, compiled: false) }
    expectClose(a, b, within: 1e-9)
    for (a, b) in zip(ga, gb) { expectClose(a!, b!, within: 1e-9) }
  }

  @Test func narrowOperationsHaveBlocksOfTheirOwn() {
    let text = describeScan(
      D.ones([5, batch, 4]),
      from: (memory: D.ones([batch, slots, width]), place: D.ones([batch, slots]))
    ) { step($0, $1, D.ones([4, slots])) }.description
    let blocks = text.split(separator: "\n").filter { $0.contains("block of") }
    #expect(blocks.contains { $0.contains("softmax") && !$0.contains("sum") })
    #expect(blocks.contains { $0.contains("matmul") && !$0.contains("softmax") })
  }
}
