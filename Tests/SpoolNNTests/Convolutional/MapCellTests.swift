import Spool
import SpoolNN
import TestSupport
import Testing

/// What every recurrent cell over maps must fulfil.
@Suite struct MapCellTests {
  private static let names = [
    "inputFilters": "W", "stateFilters": "U", "memoryFilters": "W2", "transition": "T",
    "outputFilters": "V", "peepholes": "V", "reduction": "R", "bias": "b",
  ]

  private let x = Tensor<Double>.normal([3, 2, 2, 4, 5], key: RandomKey(seed: 11))

  private func state(of cell: MapCell, batch: Int = 2) -> [Tensor<Double>] {
    cell.states.indices.map {
      .normal([batch, 3, 4, 5], standardDeviation: 0.5, key: RandomKey(seed: 20 + $0))
    }
  }

  /// Two steps: the last state, and the gradients of everything.
  @Test(arguments: MapCell.all, [true, false]) func agreesWithPyTorch(
    name: String, isScan: Bool
  ) throws {
    let cell = MapCell(name)
    let golden = try Golden("Convolutional/\(name)")
    let labels = cell.parameters.map { Self.names[$0.name]! }
    let inputs = try (labels + ["x"] + cell.states).map { try golden.tensor($0, as: Double.self) }
    let cotangents = try cell.states.indices.map {
      try golden.tensor("cotangent.y\($0)", as: Double.self)
    }
    var last: [Tensor<Double>] = []
    let (_, gradients) = valueAndGradients(at: inputs) { inputs in
      cell.parameters.withValues(Array(inputs.prefix(labels.count))) {
        let state = cell.run(
          inputs[labels.count], from: Array(inputs[(labels.count + 1)...]), isScan: isScan
        ).state
        last = state.map { stopGradient($0) }
        return zip(cotangents, state).reduce(0) { $0 + ($1.0 * $1.1).sum() }
      }
    }
    for (i, y) in last.enumerated() {
      expectClose(y, try golden.tensor("y\(i)"), within: 1e-12, "y\(i)")
    }
    for (label, gradient) in zip(labels + ["x"] + cell.states, gradients) {
      expectClose(gradient!, try golden.tensor("grad.\(label)"), within: 1e-11, label)
    }
  }

  @Test(arguments: MapCell.all) func gradientsAgreeWithDifferences(name: String) throws {
    let cell = MapCell(name)
    // The goldens compare every element.
    try checkGradients(
      at: cell.parameters.values + [x] + state(of: cell), elementLimit: 8
    ) { tensors in
      let (values, rest) = (cell.parameters.values, cell.parameters.count)
      return cell.parameters.withValues(Array(tensors.prefix(values.count))) {
        let (outputs, last) = cell.run(
          tensors[rest], from: Array(tensors[(rest + 1)...]), isScan: true)
        return last.reduce(outputs.sum()) { $0 + square($1).sum() }
      }
    }
  }

  @Test(arguments: MapCell.all) func isCompiled(name: String) {
    let cell = MapCell(name)
    _ = valueAndGradients(at: cell.parameters.values) { values in
      cell.parameters.withValues(values) {
        let description = describeScan(x, from: state(of: cell)) { x, state in
          let next = cell.step(x, state)
          return (next[0], next)
        }
        #expect(description.reasonForUnrolling == nil)
        return values[0].sum()
      }
    }
  }

  @Test(arguments: MapCell.all) func itemsOfABatchAreIndependent(name: String) {
    let cell = MapCell(name)
    let whole = cell.step(x[0], state(of: cell))
    for item in 0..<2 {
      let alone = cell.step(
        x[0][item..<(item + 1)], state(of: cell).map { $0[item..<(item + 1)] })
      for (a, b) in zip(alone, whole) { expectClose(a[0], b[item], within: 1e-14) }
    }
  }

  @Test func forgetGatesStartOpen() {
    let key = RandomKey(seed: 1)
    func gates(_ bias: Tensor<Float>) -> [Float] { bias.reshaped(to: [-1, 2]).mean(1).scalars }
    #expect(
      gates(ConvLSTMCell(inputChannels: 1, hiddenChannels: 2, key: key).bias) == [0, 1, 0, 0])
    #expect(
      gates(SpatiotemporalLSTMCell(inputChannels: 1, hiddenChannels: 2, key: key).bias)
        == [0, 1, 0, 0, 0, 1, 0])
    #expect(
      gates(CausalLSTMCell(inputChannels: 1, hiddenChannels: 2, key: key).bias)
        == [0, 1, 0, 0, 1, 0, 0])
  }

  /// Filters see what the gate's filter sees: its variance is 2 / (inputs + outputs), gate by gate.
  @Test func filtersAreDrawnGateByGate() {
    let cell = ConvLSTMCell<Double>(
      inputChannels: 20, hiddenChannels: 30, key: RandomKey(seed: 1))
    let variance = cell.inputFilters.variance().scalar
    #expect(abs(variance / (2.0 / Double(20 * 9 + 30)) - 1) < 0.02)
  }
}
