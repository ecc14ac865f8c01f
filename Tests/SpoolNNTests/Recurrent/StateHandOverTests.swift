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
}
