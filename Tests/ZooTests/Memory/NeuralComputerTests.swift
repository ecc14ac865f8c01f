import Spool
import SpoolNN
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct NeuralComputerTests {
  private typealias Network = MachineNetwork<DifferentiableNeuralComputer<Double>, LSTMCell<Double>>

  private let inputs = Tensor<Double>.normal([5, 3, 3], key: RandomKey(seed: 2))

  private func network() -> Network {
    let sizes = NeuralComputerSizes(
      inputs: 3, outputs: 2, hidden: 4, slots: 5, width: 3, reads: 2)
    return MachineNetwork(
      DifferentiableNeuralComputer(sizes, key: RandomKey(seed: 1)), key: RandomKey(seed: 2)
    ) { LSTMCell(inputSize: $0, hiddenSize: $1, key: $2) }
  }

  /// A state in which no two slots are used alike, since a slot's place in their order is none between ties.
  private func state(_ network: Network, batch: Int) -> Network.State {
    var state = network.initialState(batch: batch)
    let keys = RandomKey(seed: 3).split(3)
    state.memory.usage = Tensor.linspace(from: 0.2, to: 0.8, count: 5 * batch)
      .reshaped(to: [batch, 5])
    state.memory.slots = Tensor.normal([batch, 3, 5], key: keys[0])
    state.memory.readWeights = softmax(Tensor.normal([batch, 2, 5], key: keys[1]))
    state.memory.precedence = softmax(Tensor.normal([batch, 5], key: keys[2]))
    return state
  }

  @Test func gradientsAgreeWithDifferences() throws {
    let network = network()
    try checkGradients(of: network, elementLimit: 24) {
      unroll(inputs[..<3], from: state(network, batch: 3)) { network($0, $1) }.outputs
    }
  }

  @Test func scanEqualsUnroll() {
    let network = network()
    func run(
      _ over: (Tensor<Double>, Network.State) -> (outputs: Tensor<Double>, state: Network.State)
    ) -> (value: Tensor<Double>, gradients: Gradients<Double>) {
      valueAndGradient(of: network) {
        let (outputs, last) = over(inputs, state(network, batch: 3))
        return square(outputs).sum() + square(last.memory.links).sum()
      }
    }
    let scanned = run { scan($0, from: $1) { network($0, $1) } }
    let unrolled = run { unroll($0, from: $1) { network($0, $1) } }
    expectClose(scanned.value, unrolled.value, within: 1e-12)
    for entry in network.parameters() {
      expectClose(
        scanned.gradients[entry.parameter]!, unrolled.gradients[entry.parameter]!, within: 1e-10,
        entry.name)
    }
    _ = valueAndGradient(of: network) {
      let description = describeScan(inputs, from: state(network, batch: 3)) { network($0, $1) }
      #expect(description.reasonForUnrolling == nil)
      return Tensor<Double>(0)
    }
  }

  @Test func aBatchIsItsItems() {
    let network = network()
    func outputs(_ inputs: Tensor<Double>) -> Tensor<Double> {
      scan(inputs, from: network.initialState(batch: inputs.shape[1])) { network($0, $1) }.outputs
    }
    let together = outputs(inputs)
    for item in 0..<3 {
      expectClose(
        outputs(inputs[.all, item..<(item + 1)])[.all, 0], together[.all, item], within: 1e-12)
    }
  }

  @Test func anEmptyMemoryHasFiniteGradients() {
    let network = network()
    let (_, gradients) = valueAndGradient(of: network) {
      scan(inputs, from: network.initialState(batch: 3)) { network($0, $1) }.outputs.sum()
    }
    for entry in network.parameters() {
      let gradient = gradients[entry.parameter] ?? 0
      #expect(gradient.scalars.allSatisfy { $0.isFinite }, "\(entry.name)")
      #expect(abs(gradient).max().scalar > 0, "\(entry.name)")
    }
  }
}
