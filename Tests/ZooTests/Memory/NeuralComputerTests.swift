import Spool
import SpoolData
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct NeuralComputerTests {
  private typealias Network = MachineNetwork<DifferentiableNeuralComputer<Double>, LSTMCell<Double>>

  private let inputs = Tensor<Double>.normal([5, 3, 3], key: RandomKey(seed: 2))

  /// With or without the repairs of Csordás & Schmidhuber (2019).
  private func network(repaired: Bool = false) -> Network {
    let sizes = NeuralComputerSizes(
      inputs: 3, outputs: 2, hidden: 4, slots: 5, width: 3, reads: 2, masksKeys: repaired,
      wipesFreedSlots: repaired, sharpensLinks: repaired)
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

  @Test(arguments: [false, true]) func gradientsAgreeWithDifferences(repaired: Bool) throws {
    let network = network(repaired: repaired)
    try checkGradients(of: network, elementLimit: 24) {
      unroll(inputs[..<3], from: state(network, batch: 3)) { network($0, $1) }.outputs
    }
  }

  @Test(arguments: [false, true]) func scanEqualsUnroll(repaired: Bool) {
    let network = network(repaired: repaired)
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

  @Test(arguments: [false, true]) func aBatchIsItsItems(repaired: Bool) {
    let network = network(repaired: repaired)
    func outputs(_ inputs: Tensor<Double>) -> Tensor<Double> {
      scan(inputs, from: network.initialState(batch: inputs.shape[1])) { network($0, $1) }.outputs
    }
    let together = outputs(inputs)
    for item in 0..<3 {
      expectClose(
        outputs(inputs[.all, item..<(item + 1)])[.all, 0], together[.all, item], within: 1e-12)
    }
  }

  @Test(arguments: [false, true]) func anEmptyMemoryHasFiniteGradients(repaired: Bool) {
    let network = network(repaired: repaired)
    let (_, gradients) = valueAndGradient(of: network) {
      scan(inputs, from: network.initialState(batch: 3)) { network($0, $1) }.outputs.sum()
    }
    for entry in network.parameters() {
      let gradient = gradients[entry.parameter] ?? 0
      #expect(gradient.scalars.allSatisfy { $0.isFinite }, "\(entry.name)")
      #expect(abs(gradient).max().scalar > 0, "\(entry.name)")
    }
  }

  /// Where the head reads and what the memory is after one step of a machine of three slots, which writes nothing: slot
  /// 0 was read, and slots 1 and 2 were written after it.
  private func step(
    repaired: Bool, _ interface: [Int: [Double]]
  ) -> (read: Tensor<Double>, slots: Tensor<Double>) {
    var sizes = NeuralComputerSizes(
      inputs: 1, outputs: 1, slots: 3, width: 2, masksKeys: repaired, wipesFreedSlots: repaired,
      sharpensLinks: repaired)
    sizes.hidden = sizes.interface.reduce(0, +)
    let machine = DifferentiableNeuralComputer<Double>(sizes, key: RandomKey(seed: 1))
    machine.interface.weight = .identity(sizes.hidden)
    var memory = machine.initialMemory(batch: 1)
    memory.slots = Tensor(shape: [1, 2, 3], [1, 0.5, -1, 5, 1, 0])
    memory.readWeights = Tensor(shape: [1, 1, 3], [1, 0, 0])
    memory.links = Tensor(shape: [1, 3, 3], [0, 0, 0, 0.6, 0, 0, 0.4, 0, 0])
    let parts = sizes.interface.enumerated().map { part, size in
      Tensor(shape: [1, size], interface[part] ?? [Double](repeating: -40, count: size))
    }
    let next = machine(.zeros([1, 1]), memory, ()) { _, _ in
      (concatenated(parts, axis: 1), ())
    }.memory
    return (next.readWeights[0, 0], next.slots[0])
  }

  @Test func theRepairsDoWhatTheySay() {
    let isFreed: [Int: [Double]] = [6: [40]]
    expectClose(step(repaired: false, isFreed).slots[.all, 0], [1, 5], within: 1e-9)
    expectClose(step(repaired: true, isFreed).slots[.all, 0], [0, 0], within: 1e-9)
    expectClose(
      step(repaired: true, isFreed).slots[.all, 1...], [[0.5, -1], [1, 0]], within: 1e-9)

    // By content, where the key knows the first feature only, of which slots 0 and 1 have the same sign.
    var byContent: [Int: [Double]] = [0: [1, 0], 1: [20], 8: [-40, 40, -40]]
    #expect(step(repaired: false, byContent).read[1].scalar > 0.99)
    byContent[9] = [40, -40, 0, 0]
    expectClose(step(repaired: true, byContent).read, [0.5, 0.5, 0], within: 1e-4)

    var forward: [Int: [Double]] = [8: [-40, -40, 40]]
    expectClose(step(repaired: false, forward).read, [0, 0.6, 0.4], within: 1e-9)
    forward[10] = [10, -40]
    #expect(step(repaired: true, forward).read[1].scalar > 0.98)
  }

  /// With a controller that remembers nothing it has to use its memory, and writes more vectors than it learnt from.
  @Test func learnsToCopy() throws {
    let task = AlgorithmTask(.copy, longest: 4)
    let sizes = NeuralComputerSizes(
      inputs: task.inputSize, outputs: task.outputSize, hidden: 32, slots: 8, width: 10)
    let network = MachineNetwork(
      DifferentiableNeuralComputer<Float>(sizes, key: RandomKey(seed: 1)), key: RandomKey(seed: 2)
    ) { FeedForwardController(inputSize: $0, hiddenSize: $1, key: $2) }
    func errorRate(_ length: Int) -> Double {
      AlgorithmAccuracy(of: network, on: task, size: length).errorRate
    }
    #expect(errorRate(4) > 0.4)
    let trainer = Trainer(
      network, Adam(for: network), schedule: .cosineDecay(from: 0.01, to: 0.001, total: 700),
      clippingTo: 10)
    let key = RandomKey(seed: 3)
    while trainer.step < 700 {
      let sequences = task.sequences(batch: 8, key: key.folding(in: trainer.step))
      _ = try trainer.takeStep { network.loss(on: sequences) }
    }
    #expect(errorRate(4) < 0.01 && errorRate(5) < 0.1)
  }
}
