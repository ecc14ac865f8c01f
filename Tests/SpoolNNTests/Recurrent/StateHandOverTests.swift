import Spool
import SpoolNN
import TestSupport
import Testing

/// What an encoder hands to a decoder is its whole state: of a long short-term memory the output h and the
/// memory c. "The context is the last h" loses half of it.
@Suite struct StateHandOverTests {
  @Test func theWholeStateContinuesASequence() {
    let network = LSTM<Double>(inputSize: 2, hiddenSizes: [3, 4], key: RandomKey(seed: 1))
    let sequence = Tensor<Double>.normal([7, 2, 2], key: RandomKey(seed: 2))
    let whole = network(sequence).outputs[4...]
    let state = network(sequence[..<4]).states
    expectClose(network(sequence[4...], from: state).outputs, whole, within: 1e-14)
    var outputOnly = state
    for layer in outputOnly.indices {
      outputOnly[layer].forward.c = .zeros(state[layer].forward.c.shape)
    }
    let lost = network(sequence[4...], from: outputOnly).outputs - whole
    #expect(abs(lost).max().scalar > 0.05)
  }

  /// Each layer of a decoder starts from the last state of its counterpart in the encoder, whatever their sizes.
  @Test func everyLayerHandsItsStateOver() {
    let sizes = [4, 5, 3]
    let encoder = LSTM<Double>(inputSize: 2, hiddenSizes: sizes, key: RandomKey(seed: 1))
    let decoder = LSTM<Double>(inputSize: 6, hiddenSizes: sizes, key: RandomKey(seed: 3))
    let source = Tensor<Double>.normal([7, 2, 2], key: RandomKey(seed: 2))
    let target = Tensor<Double>.normal([4, 2, 6], key: RandomKey(seed: 4))
    let states = encoder(source).states
    #expect(states.map { $0.tensors.map(\.shape) } == sizes.map { [[2, $0], [2, $0]] })
    #expect(states.allSatisfy { $0.backward == nil })
    var (x, y) = (source, target)
    for (layer, state) in states.enumerated() {
      func run(_ cell: LSTMCell<Double>, _ x: Tensor<Double>, from first: LSTMCell<Double>.State)
        -> (outputs: Tensor<Double>, last: LSTMCell<Double>.State)
      {
        var (outputs, state): ([Tensor<Double>], _) = ([], first)
        for time in 0..<x.shape[0] {
          let (output, next) = cell(x[time], state)
          outputs.append(output)
          state = next
        }
        return (stack(outputs), state)
      }
      let reader = encoder.layers[layer].forward
      let last: LSTMCell<Double>.State
      (x, last) = run(reader, x, from: reader.initialState(batch: 2))
      expectClose(state.forward.h, last.h, within: 1e-14)
      expectClose(state.forward.c, last.c, within: 1e-14)
      y = run(decoder.layers[layer].forward, y, from: last).outputs
    }
    expectClose(decoder(target, from: states).outputs, y, within: 1e-14)
  }

  /// Of each item of a ragged batch it is the state at its own end.
  @Test func aShortItemHandsOverTheStateAtItsEnd() {
    let encoder = GRU<Double>(
      inputSize: 2, hiddenSizes: [3, 4], bidirectional: true, key: RandomKey(seed: 1))
    let source = Tensor<Double>.normal([7, 2, 2], key: RandomKey(seed: 2))
    let states = encoder(source, lengths: [7, 4]).states
    let alone = encoder(source[..<4, 1..<2]).states
    for (state, own) in zip(states, alone) {
      #expect(state.tensors.count == 2)
      for (a, b) in zip(state.tensors, own.tensors) { expectClose(a[1], b[0], within: 1e-14) }
    }
  }
}
