import Foundation
import Spool
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct InspectionTests {
  private let key = RandomKey(seed: 8)

  /// The gates read off a run, against the cell's own, which a large bias opens or closes for good.
  private func check(
    _ cell: some GatedCell<Float>, _ bias: Parameter<Float>, units: Range<Int>, gate: Int
  ) {
    let x = Tensor<Float>.normal([6, 2, 3], key: key)
    for (value, expected) in [(Float(30), Float(1)), (-30, 0)] {
      bias.withMutableValue { $0[units] = Tensor(value) }
      let outputs = Recurrent(layers: [.init(forward: cell)])(x).outputs
      let activations = cell.gates(x, outputs: outputs)[gate].activations
      #expect(activations.shape == [6, 2, 4])
      #expect(activations.scalars.allSatisfy { abs($0 - expected) < 1e-6 })
    }
  }

  @Test func gatesAreTheCellsOwn() {
    for (gate, block) in [(0, 0), (1, 1), (2, 3)] {
      let cell = LSTMCell<Float>(inputSize: 3, hiddenSize: 4, key: key)
      check(cell, cell.$bias, units: (4 * block)..<(4 * block + 4), gate: gate)
      let normed = LayerNormLSTMCell<Float>(inputSize: 3, hiddenSize: 4, key: key)
      check(normed, normed.gates.$bias, units: (4 * block)..<(4 * block + 4), gate: gate)
    }
    for gate in 0..<2 {
      let cell = GRUCell<Float>(inputSize: 3, hiddenSize: 4, key: key)
      check(cell, cell.$stateBias, units: (4 * gate)..<(4 * gate + 4), gate: gate)
    }
  }

  /// The memory that the recorded gates of an LSTM account for gives its outputs.
  @Test func recordedGatesExplainTheOutputs() {
    let cell = LSTMCell<Float>(inputSize: 3, hiddenSize: 4, key: key)
    let x = Tensor<Float>.normal([6, 1, 3], key: key)
    let outputs = Recurrent(layers: [.init(forward: cell)])(x).outputs
    let gates = cell.gates(x, outputs: outputs).map(\.activations)
    let before = concatenated([.zeros([1, 1, 4]), outputs[..<(-1)]])
    let candidates = tanh(
      (cell.projected(x) + matmul(before, cell.stateWeights)).chunked4().2)
    var c = Tensor<Float>.zeros([1, 4])
    for t in 0..<6 {
      c = gates[1][t] * c + gates[0][t] * candidates[t]
      expectClose(gates[2][t] * tanh(c), outputs[t], within: 1e-6)
    }
  }

  /// The hidden states that the recorded gates of a GRU account for are its outputs, wherever its reset acts.
  @Test(arguments: [ResetOrder.afterProduct, .beforeProduct])
  func recordedGatesOfAGRUExplainTheOutputs(_ order: ResetOrder) {
    let cell = GRUCell<Float>(inputSize: 3, hiddenSize: 4, resetOrder: order, key: key)
    cell.inputBias = .normal([12], key: key.folding(in: 1))
    cell.stateBias = .normal([12], key: key.folding(in: 2))
    let x = Tensor<Float>.normal([6, 1, 3], key: key)
    let outputs = Recurrent(layers: [.init(forward: cell)])(x).outputs
    let gates = cell.gates(x, outputs: outputs)
    #expect(gates.map(\.name) == ["reset", "update"])
    let (weights, bias) = (cell.stateWeights[.all, 8...], cell.stateBias[8...])
    var h = Tensor<Float>.zeros([1, 4])
    for t in 0..<6 {
      let (r, z) = (gates[0].activations[t], gates[1].activations[t])
      let input = matmul(x[t], cell.inputWeights[.all, 8...]) + cell.inputBias[8...]
      let recurrent =
        order == .afterProduct ? r * (matmul(h, weights) + bias) : matmul(r * h, weights) + bias
      h = (1 - z) * tanh(input + recurrent) + z * h
      expectClose(h, outputs[t], within: 1e-6)
    }
  }

  /// So are those of an LSTM with layer normalisation.
  @Test func recordedGatesOfANormalisedLSTMExplainTheOutputs() {
    let cell = LayerNormLSTMCell<Float>(inputSize: 3, hiddenSize: 4, key: key)
    cell.stateGain = .uniform([16], in: 0.5..<2, key: key.folding(in: 1))
    let x = Tensor<Float>.normal([6, 1, 3], key: key)
    let outputs = Recurrent(layers: [.init(forward: cell)])(x).outputs
    let gates = cell.gates(x, outputs: outputs).map(\.activations)
    var (h, c) = (Tensor<Float>.zeros([1, 4]), Tensor<Float>.zeros([1, 4]))
    for t in 0..<6 {
      let recurrent = layerNorm(matmul(h, cell.gates.stateWeights), gain: cell.stateGain)
      c = gates[1][t] * c + gates[0][t] * tanh((cell.projected(x[t]) + recurrent).chunked4().2)
      h = gates[2][t] * tanh(cell.memoryNorm(c))
      expectClose(h, outputs[t], within: 1e-6)
    }
  }

  /// Of each layer its own outputs and gates, of the first sequence of the batch.
  @Test func everyLayerIsRecorded() {
    let network = RNN<Float>(
      inputSize: 3, hiddenSizes: [4, 2], activation: { 3 * relu($0 + 0.2) }, key: key)
    let x = Tensor<Float>.normal([6, 2, 3], key: key)
    let recordings = Recording.layers(of: network, x)
    #expect(recordings.map(\.name) == ["layer 1, hidden state", "layer 2, hidden state"])
    expectClose(recordings[1].activations, network(x).outputs[.all, 0], within: 1e-6)
    for recording in recordings {
      let largest = abs(recording.activations).max().scalar
      #expect(recording.range.upperBound >= largest && recording.range.lowerBound <= -largest)
    }
    #expect(recordings[0].range.upperBound > 1)
    let gates = Recording.layers(of: LSTM<Float>(inputSize: 3, hiddenSizes: [4], key: key), x)
    #expect(gates.count == 4 && gates[1].range == 0...1)
    let cell = LSTM<Float>(inputSize: 3, hiddenSizes: [4], key: key).layers[0].forward
    let alone = Recurrent(layers: [.init(forward: cell)])(x).outputs
    #expect(gates[1].activations == cell.gates(x, outputs: alone)[0].activations[.all, 0])
  }

  @Test func aRowTellsHowFarUnitsAreSaturated() {
    let values = Tensor<Float>(shape: [4, 2], [0.02, 0.5, 0.05, 0.5, 0.99, 0.5, 0.5, 0.5])
    let recording = Recording(name: "gate", activations: values, range: 0...1)
    #expect(recording.row == ["gate", "0.445", "0.250", "0.125"])
    let map = recording.heatMap(labels: ["a", "b", "c"], units: 1)
    #expect(map.rows == ["unit 0"] && map.columns == ["a", "b", "c"])
    #expect(map.values[0].map { Float($0) } == [0.02, 0.05, 0.99])
  }

  private func load(_ model: some SequenceModel<Float>, _ path: String) throws {
    try SpoolTraining.load(into: model, from: path)
  }

  @Test func aRunBecomesAPage() throws {
    let folder = try TemporaryFolder()
    let zoo = TestZoo([CharLM(), Adding()])
    try folder.put(Array(String(repeating: "a<b & c\n", count: 80).utf8), in: "text")
    let run = folder.file("run")
    #expect(
      zoo(
        "train char-lm --data \(folder.file("text")) --run \(run) --steps 6 --hidden 6 --layers 1 "
          + "--batch 4 --time 8"
      ).status == 0)
    let result = zoo("inspect --run \(run)")
    #expect(result.status == 0, "\(result.errors)")
    #expect(result.output.contains("report.html"))
    let page = String(decoding: try folder.bytes(of: "run/report.html"), as: UTF8.self)
    for part in [
      "<h1>char-lm</h1>", "--hidden", "gradient norm", "layer 1, forget gate", "embedding.table",
      "network.layers.0.forward.bias", "&lt;", "</html>",
    ] {
      #expect(page.contains(part), "\(part)")
    }
    #expect(page.matches(of: /<svg/).count == page.matches(of: /<\/svg>/).count)

    #expect(
      zoo("train adding --time 4 --steps 3 --hidden 4 --run \(folder.file("adding"))").status == 0)
    let other = zoo("inspect --run \(folder.file("adding")) --page \(folder.file("page.html"))")
    #expect(other.status == 0, "\(other.errors)")
    let text = String(decoding: try folder.bytes(of: "page.html"), as: UTF8.self)
    #expect(text.contains("layer 1, input gate") && text.contains("accuracy"))
    #expect(zoo("inspect --run \(folder.file("none"))").status == 1)

    // What is drawn is what the trained network does.
    let inputs = try Adding().problem(
      ArgumentParser(command: "", declarations: TrainVerb.declarations(of: Adding()))
        .parse(["--time", "4"])
    ).testBatches()[0].inputs
    let trained: any SequenceModel<Float> = MemoryCell.lstm.network(
      inputs: 2, hidden: 4, outputs: 1, time: 4, key: key)
    try load(trained, folder.file("adding/model.safetensors"))
    for recording in trained.recordings(inputs) {
      #expect(text.contains(recording.heatMap(labels: ["0", "", "", ""]).svg(cell: 10)))
    }
  }
}
