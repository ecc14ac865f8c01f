import Spool
import SpoolNN
import TestSupport
import Testing

/// Layers and cells against PyTorch: outputs, final states, and the gradient by every parameter, by the input
/// and by the first state.
@Suite struct RecurrentGoldenTests {
  static let shapes = ["1_layer", "1_layer_bidirectional", "2_layers", "2_layers_bidirectional"]
  static let resetBeforeShapes = ["1_layer", "2_layers_bidirectional"]

  @Test(arguments: shapes) func lstm(shape: String) throws {
    try check(golden: "lstm_\(shape)", Double.self, within: 1e-12, states: ["h", "c"]) {
      LSTM(
        inputSize: 3, hiddenSizes: sizes(shape), bidirectional: isBidirectional(shape),
        key: RandomKey(seed: 1))
    }
  }

  @Test(arguments: shapes) func gru(shape: String) throws {
    try check(golden: "gru_\(shape)", Double.self, within: 1e-12, states: ["h"]) {
      GRU(
        inputSize: 3, hiddenSizes: sizes(shape), bidirectional: isBidirectional(shape),
        key: RandomKey(seed: 1))
    }
  }

  @Test(arguments: resetBeforeShapes) func gruWithResetBefore(shape: String) throws {
    try check(golden: "gru_reset_before_\(shape)", Double.self, within: 1e-12, states: ["h"]) {
      GRU(
        inputSize: 3, hiddenSizes: sizes(shape), bidirectional: isBidirectional(shape),
        resetOrder: .beforeProduct, key: RandomKey(seed: 1))
    }
  }

  @Test(arguments: shapes) func tanhRNN(shape: String) throws {
    try check(golden: "rnn_tanh_\(shape)", Double.self, within: 1e-12, states: ["h"]) {
      RNN(
        inputSize: 3, hiddenSizes: sizes(shape), bidirectional: isBidirectional(shape),
        key: RandomKey(seed: 1))
    }
  }

  @Test(arguments: shapes) func reluRNN(shape: String) throws {
    try check(golden: "rnn_relu_\(shape)", Double.self, within: 1e-12, states: ["h"]) {
      RNN(
        inputSize: 3, hiddenSizes: sizes(shape), bidirectional: isBidirectional(shape),
        activation: { relu($0) }, key: RandomKey(seed: 1))
    }
  }

  @Test func singlePrecision() throws {
    let key = RandomKey(seed: 1)
    let suffix = "1_layer_bidirectional_float32"
    try check(golden: "lstm_\(suffix)", Float.self, within: 1e-5, states: ["h", "c"]) {
      LSTM(inputSize: 3, hiddenSizes: [4], bidirectional: true, key: key)
    }
    try check(golden: "gru_\(suffix)", Float.self, within: 1e-5, states: ["h"]) {
      GRU(inputSize: 3, hiddenSizes: [4], bidirectional: true, key: key)
    }
    try check(golden: "rnn_tanh_\(suffix)", Float.self, within: 1e-5, states: ["h"]) {
      RNN(inputSize: 3, hiddenSizes: [4], bidirectional: true, key: key)
    }
    try check(golden: "rnn_relu_\(suffix)", Float.self, within: 1e-5, states: ["h"]) {
      RNN(
        inputSize: 3, hiddenSizes: [4], bidirectional: true, activation: { relu($0) }, key: key)
    }
  }

  @Test func cells() throws {
    let key = RandomKey(seed: 1)
    let lstm = LSTMCell<Double>(inputSize: 3, hiddenSize: 4, key: key)
    try check(cell: lstm, golden: "lstm_cell", states: ["h", "c"])
    let gru = GRUCell<Double>(inputSize: 3, hiddenSize: 4, key: key)
    try check(cell: gru, golden: "gru_cell", states: ["h"])
    let before = GRUCell<Double>(
      inputSize: 3, hiddenSize: 4, resetOrder: .beforeProduct, key: key)
    try check(cell: before, golden: "gru_reset_before_cell", states: ["h"])
    let tanhCell = RNNCell<Double>(inputSize: 3, hiddenSize: 4, key: key)
    try check(cell: tanhCell, golden: "rnn_tanh_cell", states: ["h"])
    let reluCell = RNNCell<Double>(
      inputSize: 3, hiddenSize: 4, activation: { relu($0) }, key: key)
    try check(cell: reluCell, golden: "rnn_relu_cell", states: ["h"])
  }

  private func sizes(_ shape: String) -> [Int] { shape.hasPrefix("2") ? [4, 4] : [4] }
  private func isBidirectional(_ shape: String) -> Bool { shape.contains("bidirectional") }
}

/// A cell whose weights and states the goldens hold.
protocol GoldenCell: PyTorchCell where State: GoldenState, State.Scalar == Scalar {
  /// For each of PyTorch's parameters our parameter, and whether it is the transpose.
  var parametersByPyTorchName: [(name: String, parameter: Parameter<Scalar>)] { get }
}

extension LSTMCell: GoldenCell {
  var parametersByPyTorchName: [(name: String, parameter: Parameter<Scalar>)] {
    [
      ("weight_ih", $inputWeights), ("weight_hh", $stateWeights), ("bias_ih", $bias),
      ("bias_hh", $bias),
    ]
  }
}

extension RNNCell: GoldenCell {
  var parametersByPyTorchName: [(name: String, parameter: Parameter<Scalar>)] {
    [
      ("weight_ih", $inputWeights), ("weight_hh", $stateWeights), ("bias_ih", $bias),
      ("bias_hh", $bias),
    ]
  }
}

extension GRUCell: GoldenCell {
  var parametersByPyTorchName: [(name: String, parameter: Parameter<Scalar>)] {
    [
      ("weight_ih", $inputWeights), ("weight_hh", $stateWeights), ("bias_ih", $inputBias),
      ("bias_hh", $stateBias),
    ]
  }
}

/// A state as a list of tensors, in the order of the goldens' `h`, `c`.
protocol GoldenState: RecurrentState {
  init(parts: [Tensor<Scalar>])
  var parts: [Tensor<Scalar>] { get }
}

extension Tensor: GoldenState where Scalar: RealScalar {
  init(parts: [Tensor]) { self = parts[0] }
  var parts: [Tensor] { [self] }
}

extension LSTMCell.State: GoldenState {
  init(parts: [Tensor<Scalar>]) { self.init(h: parts[0], c: parts[1]) }
  var parts: [Tensor<Scalar>] { [h, c] }
}

private func weights<S: RealScalar>(
  of golden: Golden, _: S.Type
) throws -> [String: Tensor<S>] {
  let names = golden.names.filter { $0.hasPrefix("weight") || $0.hasPrefix("bias") }
  return Dictionary(uniqueKeysWithValues: try names.map { ($0, try golden.tensor($0)) })
}

private func check<Cell: GoldenCell>(
  golden name: String, _: Cell.Scalar.Type, within tolerance: Double, states: [String],
  make: () -> Recurrent<Cell>, sourceLocation: SourceLocation = #_sourceLocation
) throws {
  typealias S = Cell.Scalar
  let golden = try Golden("Recurrent/\(name)")
  let network = make()
  try network.loadPyTorchWeights(weights(of: golden, S.self))
  let directions = network.layers[0].backward == nil ? 1 : 2
  let cotangents: [Tensor<S>] = try (["output"] + states.map { $0 + "_n" }).map {
    try golden.tensor("cotangent.\($0)")
  }
  let input: Tensor<S> = try golden.tensor("input")
  let firsts: [Tensor<S>] = try states.map { try golden.tensor($0 + "0") }

  /// The value of every output of the golden, given input and first states.
  func run(_ input: Tensor<S>, _ firsts: [Tensor<S>]) -> [Tensor<S>] {
    func state(_ row: Int) -> Cell.State { Cell.State(parts: firsts.map { $0[row] }) }
    let initial = network.layers.indices.map { layer in
      Recurrent<Cell>.LayerState(
        forward: state(layer * directions),
        backward: directions == 2 ? state(layer * directions + 1) : nil)
    }
    let (outputs, lasts) = network(input, from: initial)
    let rows = lasts.flatMap { last in [last.forward] + (last.backward.map { [$0] } ?? []) }
    return [outputs] + states.indices.map { part in stack(rows.map { $0.parts[part] }) }
  }
  func loss(_ outputs: [Tensor<S>]) -> Tensor<S> {
    zip(outputs, cotangents).map { ($0 * $1).sum() }.reduce(0) { $0 + $1 }
  }

  for (output, label) in zip(run(input, firsts), ["output"] + states.map { $0 + "_n" }) {
    expectClose(
      output, try golden.tensor(label), within: tolerance, label, sourceLocation: sourceLocation)
  }
  let (_, gradients) = valueAndGradient(of: network) { loss(run(input, firsts)) }
  for (place, layer) in network.layers.enumerated() {
    for (cell, ending) in [(layer.forward, ""), (layer.backward, "_reverse")] {
      for (label, parameter) in cell?.parametersByPyTorchName ?? [] {
        let full = "grad.\(label)_l\(place)\(ending)"
        let gradient = try #require(gradients[parameter])
        expectClose(
          label.hasPrefix("weight") ? gradient.transposed() : gradient, try golden.tensor(full),
          within: tolerance, full, sourceLocation: sourceLocation)
      }
    }
  }
  let (_, found) = valueAndGradients(at: [input] + firsts) { leaves in
    loss(run(leaves[0], Array(leaves.dropFirst())))
  }
  for (gradient, label) in zip(found, ["input"] + states.map { $0 + "0" }) {
    expectClose(
      try #require(gradient), try golden.tensor("grad.\(label)"), within: tolerance, label,
      sourceLocation: sourceLocation)
  }
}

private func check<Cell: GoldenCell>(
  cell: Cell, golden name: String, states: [String],
  sourceLocation: SourceLocation = #_sourceLocation
) throws where Cell.Scalar == Double {
  let golden = try Golden("Recurrent/\(name)")
  try cell.loadPyTorchWeights(weights(of: golden, Double.self))
  let cotangents: [Tensor<Double>] = try states.map { try golden.tensor("cotangent.\($0)1") }
  let inputs: [Tensor<Double>] = try (["input"] + states.map { $0 + "0" }).map {
    try golden.tensor($0)
  }
  func loss(_ inputs: [Tensor<Double>]) -> Tensor<Double> {
    let next = cell(inputs[0], Cell.State(parts: Array(inputs.dropFirst()))).state
    return zip(next.parts, cotangents).map { ($0 * $1).sum() }.reduce(0) { $0 + $1 }
  }
  let (output, next) = cell(inputs[0], Cell.State(parts: Array(inputs.dropFirst())))
  expectClose(output, next.parts[0], within: 0, "output", sourceLocation: sourceLocation)
  for (part, label) in zip(next.parts, states) {
    expectClose(
      part, try golden.tensor("\(label)1"), within: 1e-12, label, sourceLocation: sourceLocation)
  }
  let (_, gradients) = valueAndGradient(of: cell) { loss(inputs) }
  for (label, parameter) in cell.parametersByPyTorchName {
    let gradient = try #require(gradients[parameter])
    expectClose(
      label.hasPrefix("weight") ? gradient.transposed() : gradient,
      try golden.tensor("grad.\(label)"), within: 1e-12, label, sourceLocation: sourceLocation)
  }
  let (_, found) = valueAndGradients(at: inputs, of: loss)
  for (gradient, label) in zip(found, ["input"] + states.map { $0 + "0" }) {
    expectClose(
      try #require(gradient), try golden.tensor("grad.\(label)"), within: 1e-12, label,
      sourceLocation: sourceLocation)
  }
}
