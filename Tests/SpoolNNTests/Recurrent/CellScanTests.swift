import Spool
import SpoolNN
import TestSupport
import Testing

/// Every cell of the package runs compiled, and as it does step by step.
@Suite struct CellScanTests {
  private struct Results {
    var tensors: [Tensor<Double>] = []
    var calls = 0
  }

  /// Outputs, last state and all gradients of a loss that depends on both.
  private func run<Cell: RecurrentCell>(
    _ cell: Cell, time: Int, reverse: Bool, isScan: Bool
  ) -> Results where Cell.Scalar == Double {
    let x = Tensor<Double>.normal([time, 2, 3], key: RandomKey(seed: 11))
    let first = cell.initialState(batch: 2).tensors.enumerated().map { place, part in
      Tensor<Double>.normal(part.shape, key: RandomKey(seed: 20 + place))
    }
    let parameters = cell.parameters()
    var results = Results()
    let (_, gradients) = valueAndGradients(at: [x] + first + parameters.values) { leaves in
      parameters.withValues(Array(leaves[(1 + first.count)...])) {
        let state = cell.initialState(batch: 2).with(Array(leaves[1...first.count]))
        func step(_ x: Tensor<Double>, _ state: Cell.State) -> (Tensor<Double>, Cell.State) {
          results.calls += 1
          let (output, next) = cell(x, state)
          return (output, next)
        }
        let (outputs, last) =
          isScan
          ? scan(leaves[0], from: state, reverse: reverse, step)
          : unroll(leaves[0], from: state, reverse: reverse, step)
        results.tensors = ([outputs] + last.tensors).map { stopGradient($0) }
        let weights = Tensor<Double>.normal(outputs.shape, key: RandomKey(seed: 3))
        return last.tensors.reduce((outputs * weights).sum()) { $0 + square($1).sum() }
      }
    }
    results.tensors += gradients.map { $0! }
    return results
  }

  private func check<Cell: RecurrentCell>(_ cell: Cell) where Cell.Scalar == Double {
    for parameter in cell.parameters().map(\.parameter) {
      parameter.value = .normal(
        parameter.value.shape, standardDeviation: 0.5, key: RandomKey(seed: 1))
    }
    for (time, reverse) in [(1, false), (2, true), (5, false), (5, true)] {
      let actual = run(cell, time: time, reverse: reverse, isScan: true)
      let expected = run(cell, time: time, reverse: reverse, isScan: false)
      #expect(actual.calls == 1)
      for (i, (a, b)) in zip(actual.tensors, expected.tensors).enumerated() {
        expectClose(a, b, within: 1e-12, "tensor \(i) of \(Cell.self), time \(time)")
      }
    }
  }

  private let key = RandomKey(seed: 5)

  @Test func simple() {
    check(RNNCell(inputSize: 3, hiddenSize: 4, key: key))
    check(RNNCell(inputSize: 3, hiddenSize: 4, activation: { relu($0) }, key: key))
  }

  @Test func longShortTermMemory() { check(LSTMCell(inputSize: 3, hiddenSize: 4, key: key)) }

  @Test func layerNormalisedLongShortTermMemory() {
    check(LayerNormLSTMCell(inputSize: 3, hiddenSize: 4, key: key))
  }

  @Test(arguments: [ResetOrder.afterProduct, .beforeProduct])
  func gatedRecurrentUnit(_ order: ResetOrder) {
    check(GRUCell(inputSize: 3, hiddenSize: 4, resetOrder: order, key: key))
  }
}
