import Spool
import SpoolNN
import Testing

@testable import SpoolZoo

/// The plain functions compute what the cells of the package do.
@Suite struct PlainCellTests {
  private let inputs = Tensor<Float>.normal([5, 3, 4], key: RandomKey(seed: 1))
  private let key = RandomKey(seed: 2)

  /// Compares outputs for the same parameters, which are returned.
  @discardableResult
  private func expect(
    _ layer: PlainLayer, equals cell: some RecurrentCell<Float>
  ) -> (parameters: [Tensor<Float>], outputs: Tensor<Float>) {
    let parameters = DrawnParameter.draw(layer.parameters(4, 6), standardDeviation: 0.5, key: key)
    cell.parameters().assign(parameters)
    let expected = outputs(of: cell)
    for executor in Executor.allCases {
      expectEqual(layer.outputs(inputs, parameters, executor), expected)
    }
    return (parameters, expected)
  }

  private func outputs<Cell: RecurrentCell<Float>>(of cell: Cell) -> Tensor<Float> {
    unroll(inputs, from: cell.initialState(batch: 3)) { cell.step(cell.projected($0), $1) }.outputs
  }

  private func expectEqual(_ outputs: Tensor<Float>, _ expected: Tensor<Float>) {
    #expect(outputs.isApproximatelyEqual(to: expected, absoluteTolerance: 1e-6))
  }

  @Test func longShortTermMemory() {
    let (parameters, expected) = expect(
      .lstm, equals: LSTMCell<Float>(inputSize: 4, hiddenSize: 6, key: key))
    // The same weights, gate by gate.
    let blocks = parameters.map { $0.chunked(4) }
    let gates = (0..<4).flatMap { gate in blocks.map { $0[gate] } }
    for executor in Executor.allCases {
      expectEqual(PlainLayer.perGateLSTM.outputs(inputs, gates, executor), expected)
    }
  }

  @Test func gatedRecurrentUnit() {
    expect(.gru, equals: GRUCell<Float>(inputSize: 4, hiddenSize: 6, key: key))
  }

  @Test func simpleRecurrentNetwork() {
    expect(.rnn, equals: RNNCell<Float>(inputSize: 4, hiddenSize: 6, key: key))
  }
}
