import Spool
import SpoolNN
import TestSupport
import Testing

/// Networks over time: what the goldens of PyTorch do not show.
@Suite struct RecurrentTests {
  private let key = RandomKey(seed: 2)
  private let x = Tensor<Double>.normal([6, 3, 2], key: RandomKey(seed: 9))

  private func network(bidirectional: Bool = true, dropout: Double = 0) -> LSTM<Double> {
    LSTM(
      inputSize: 2, hiddenSizes: [3, 5], bidirectional: bidirectional, dropout: dropout, key: key)
  }

  @Test func layersOfDifferentSizes() {
    let network = network()
    let (outputs, states) = network(x)
    #expect(outputs.shape == [6, 3, 10])
    #expect(network.outputSize == 10)
    #expect(states.map(\.forward.h.shape) == [[3, 3], [3, 5]])
    #expect(states.map(\.backward?.c.shape) == [[3, 3], [3, 5]])
    #expect(
      network.parameters().map(\.name).prefix(4) == [
        "layers.0.forward.inputWeights", "layers.0.forward.stateWeights", "layers.0.forward.bias",
        "layers.0.backward.inputWeights",
      ])
  }

  @Test func theLayerEqualsTheCellStepByStep() {
    let network = LSTM<Double>(inputSize: 2, hiddenSizes: [3], key: key)
    let cell = network.layers[0].forward
    let (expected, last) = unroll(x, from: cell.initialState(batch: 3)) { cell($0, $1) }
    let (outputs, states) = network(x)
    expectClose(outputs, expected, within: 1e-14)
    expectClose(states[0].forward.c, last.c, within: 1e-14)
  }

  @Test func aSequenceCanBeRunInPieces() {
    let network = network(bidirectional: false)
    let (all, last) = network(x)
    let (first, middle) = network(x[..<2])
    let (second, end) = network(x[2...], from: stopGradient(middle))
    expectClose(concatenated([first, second]), all, within: 1e-14)
    expectClose(end[1].forward.c, last[1].forward.c, within: 1e-14)
  }

  @Test func stateCarriedOverHasNoGradient() {
    let network = network(bidirectional: false)
    var states = network.initialState(batch: 3)
    for part in [0..<3, 3..<6] {
      let (_, gradients) = valueAndGradient(of: network) {
        let (outputs, last) = network(x[part], from: states)
        states = stopGradient(last)
        return square(outputs).sum()
      }
      #expect(gradients.tensors.allSatisfy { $0 != nil })
    }
  }

  @Test func noTimeSteps() {
    let network = network()
    let first = network(x).states
    let (outputs, states) = network(Tensor.zeros([0, 3, 2]), from: first)
    #expect(outputs.shape == [0, 3, 10])
    #expect(states[1].forward.h.scalars == first[1].forward.h.scalars)
  }

  @Test func anEmptyBatch() {
    #expect(network()(Tensor.zeros([4, 0, 2])).outputs.shape == [4, 0, 10])
  }

  @Test func dropoutActsBetweenLayersOnly() {
    let network = network(dropout: 0.5)
    let plain = network(x).outputs
    #expect(plain.scalars == self.network()(x).outputs.scalars, "without a key there is none")
    let dropped = network(x, key: key).outputs
    #expect(dropped.scalars != plain.scalars)
    #expect(dropped.scalars == network(x, key: key).outputs.scalars)
    let single = LSTM<Double>(inputSize: 2, hiddenSizes: [3], dropout: 0.9, key: key)
    #expect(single(x, key: key).outputs.scalars == single(x).outputs.scalars)
    let all = self.network(dropout: 1)(x, key: key).outputs
    let dark = self.network()
    for layer in [dark.layers[1].forward, dark.layers[1].backward!] {
      layer.inputWeights = .zeros(layer.inputWeights.shape)
    }
    expectClose(all, dark(x).outputs, within: 1e-14, "all features of the first layer are dropped")
  }

  @Test(arguments: [false, true]) func raggedBatches(bidirectional: Bool) {
    let network = network(bidirectional: bidirectional)
    let lengths = [6, 2, 4]
    let (outputs, states) = network(x, lengths: lengths)
    for (item, length) in lengths.enumerated() {
      let (alone, last) = network(x[..<length, item..<(item + 1)])
      expectClose(outputs[..<length, item], alone[0..., 0], within: 1e-14)
      #expect(outputs[length..., item].scalars.allSatisfy { $0 == 0 })
      for (state, expected) in zip(states, last) {
        expectClose(state.forward.h[item], expected.forward.h[0], within: 1e-14)
        expectClose(state.forward.c[item], expected.forward.c[0], within: 1e-14)
        guard bidirectional else { continue }
        expectClose(state.backward!.h[item], expected.backward!.h[0], within: 1e-14)
        expectClose(state.backward!.c[item], expected.backward!.c[0], within: 1e-14)
      }
    }
  }

  @Test(arguments: [Double.nan, .infinity, 1e300]) func paddingChangesNothing(padding: Double) {
    let network = network()
    let lengths = [6, 0, 4]
    var padded = x
    padded[0..., 1] = Tensor(repeating: padding, shape: [6, 2])
    padded[4..., 2] = Tensor(repeating: padding, shape: [2, 2])
    func run(_ x: Tensor<Double>) -> (Tensor<Double>, [Tensor<Double>?], Tensor<Double>) {
      let (value, gradients) = valueAndGradient(of: network) {
        square(network(x, lengths: lengths).outputs).sum()
      }
      let byInput = gradient(at: x) { square(network($0, lengths: lengths).outputs).sum() }
      return (value, gradients.tensors, byInput)
    }
    let (value, gradients, byInput) = run(padded)
    let (expected, expectedGradients, expectedByInput) = run(x)
    #expect(value.scalar == expected.scalar)
    for (a, b) in zip(gradients, expectedGradients) { #expect(a!.scalars == b!.scalars) }
    #expect(byInput.scalars == expectedByInput.scalars)
    #expect(byInput[0..., 1].scalars.allSatisfy { $0 == 0 })
  }

  @Test func fullLengthsAreNoLengths() {
    let network = network()
    #expect(network(x, lengths: [6, 6, 6]).outputs.scalars == network(x).outputs.scalars)
  }

  @Test(arguments: [nil, [6, 2, 4]]) func checkpointsChangeNothing(_ lengths: [Int]?) {
    let network = network()
    func run(_ spacing: Int?) -> (value: Tensor<Double>, gradients: [Tensor<Double>?]) {
      let (value, gradients) = valueAndGradient(of: network) {
        let (outputs, states) = network(x, lengths: lengths, checkpointEvery: spacing)
        return square(outputs).sum() + states[0].forward.c.sum()
      }
      return (value, gradients.tensors)
    }
    let (actual, expected) = (run(4), run(nil))
    expectClose(actual.value, expected.value, within: 1e-14)
    for (a, b) in zip(actual.gradients, expected.gradients) { expectClose(a!, b!, within: 1e-13) }
  }

  @Test func gradientsOfARaggedBatch() throws {
    let network = LSTM<Double>(inputSize: 2, hiddenSizes: [2, 2], bidirectional: true, key: key)
    try checkGradients(of: network) {
      let (outputs, states) = network(x, lengths: [6, 2, 4])
      return square(outputs).sum() + states[1].backward!.c.sum() + states[0].forward.h.sum()
    }
  }

  @Test func gradientsOfGradients() throws {
    let network = GRU<Double>(inputSize: 2, hiddenSizes: [2], bidirectional: true, key: key)
    try checkGradients(of: network, order: 2) { square(network(x[..<3, ..<2]).outputs).sum() }
  }

  /// The norm of a gradient as part of a loss, differentiated in turn.
  @Test func aGradientPenalty() throws {
    let network = LSTM<Double>(inputSize: 2, hiddenSizes: [2], key: key)
    let weights = network.layers[0].forward.$stateWeights
    try checkGradients(of: network) {
      let (_, gradients) = valueAndGradient(of: network) {
        square(network(x[..<3, ..<2]).outputs).sum()
      }
      return square(gradients[weights]!).sum()
    }
  }

  @Test func weightsThatDoNotFitAreAllNamed() {
    let network = RNN<Double>(inputSize: 2, hiddenSizes: [3], key: key)
    let before = network.parameters().values.map(\.scalars)
    let tensors: [String: Tensor<Double>] = [
      "rnn.weight_ih_l0": .zeros([3, 3]), "rnn.weight_hh_l0": .zeros([3, 3]),
      "rnn.bias_ih_l0": .zeros([3]), "rnn.weight_ih_l1": .zeros([3, 3]), "other": .zeros([1]),
    ]
    do {
      try network.loadPyTorchWeights(tensors, prefix: "rnn.")
      Issue.record("no error")
    } catch {
      #expect(
        error.problems == [
          "weight_ih_l0 has shape [3, 3], expected [3, 2]", "bias_hh_l0 [3] is missing",
          "weight_ih_l1 belongs to no cell of this network",
        ])
    }
    #expect(network.parameters().values.map(\.scalars) == before)
  }

  @Test func theBatchMayComeFirst() async {
    let network = LSTM<Double>(
      inputSize: 2, hiddenSizes: [3, 2], bidirectional: true, key: RandomKey(seed: 1))
    let x = Tensor<Double>.normal([5, 3, 2], key: RandomKey(seed: 2))
    for lengths in [nil, [5, 2, 4]] {
      let expected = network(x, lengths: lengths)
      let (outputs, states) = network(x.transposed(0, 1), lengths: lengths, batchFirst: true)
      #expect(outputs == expected.outputs.transposed(0, 1))
      #expect(states[1].backward!.c == expected.states[1].backward!.c)
      #expect(states[0].forward.h == expected.states[0].forward.h)
    }
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let network = GRU<Float>(inputSize: 2, hiddenSizes: [3], key: RandomKey(seed: 1))
      _ = network(.zeros([4, 5, 3]), batchFirst: true)
    }
    expectMessage(trapped, "must have [batch, time, 2], [batch, time, inputs]")
  }

  @Test func mistakesTrap() async {
    let input = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = GRU<Float>(inputSize: 2, hiddenSizes: [3], key: RandomKey(seed: 1))(.zeros([4, 2])) }
    expectMessage(input, "the input has shape [4, 2], but must have [time, batch, 2]")
    let length = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let network = GRU<Float>(inputSize: 2, hiddenSizes: [3], key: RandomKey(seed: 1))
      _ = network(.zeros([4, 2, 2]), lengths: [4, 5])
    }
    expectMessage(length, "lengths: item 1 has length 5, outside 0 ... 4, the time steps")
    let layers = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let key = RandomKey(seed: 1)
      let cells = [3, 5].map { GRUCell<Float>(inputSize: $0, hiddenSize: 4, key: key) }
      _ = Recurrent(layers: cells.map { Recurrent.Layer(forward: $0) })
    }
    expectMessage(layers, "layer 1 has 5 inputs, but the layer below has 4 outputs")
  }
}
