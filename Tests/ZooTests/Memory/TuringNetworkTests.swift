import Spool
import SpoolData
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct TuringNetworkTests {
  private let sizes = NeuralTuringMachineSizes(
    inputs: 3, outputs: 2, hidden: 4, slots: 5, width: 3, reads: 2, writes: 2)
  private let inputs = Tensor<Double>.normal([6, 3, 3], key: RandomKey(seed: 2))

  private func network() -> MachineNetwork<NeuralTuringMachine<Double>, LSTMCell<Double>> {
    MachineNetwork(
      NeuralTuringMachine(sizes, key: RandomKey(seed: 1)), key: RandomKey(seed: 2)
    ) { LSTMCell(inputSize: $0, hiddenSize: $1, key: $2) }
  }

  @Test func gradientsAgreeWithDifferences() throws {
    let network = network()
    try checkGradients(of: network, elementLimit: 24) {
      unroll(inputs[..<3], from: network.initialState(batch: 3)) { network($0, $1) }.outputs
    }
  }

  @Test func scanEqualsUnroll() {
    let network = network()
    typealias State = MachineNetwork<NeuralTuringMachine<Double>, LSTMCell<Double>>.State
    func run(
      _ over: (Tensor<Double>, State) -> (outputs: Tensor<Double>, state: State)
    ) -> (value: Tensor<Double>, gradients: Gradients<Double>) {
      valueAndGradient(of: network) {
        let (outputs, last) = over(inputs, network.initialState(batch: 3))
        return square(outputs).sum() + square(last.memory.slots).sum()
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
      let description = describeScan(inputs, from: network.initialState(batch: 3)) {
        network($0, $1)
      }
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

  @Test func everyParameterMatters() {
    let network = network()
    let (_, gradients) = valueAndGradient(of: network) {
      unroll(inputs, from: network.initialState(batch: 3)) { network($0, $1) }.outputs.sum()
    }
    for entry in network.parameters() {
      #expect(abs(gradients[entry.parameter] ?? 0).max().scalar > 0, "\(entry.name)")
    }
  }

  /// A function of tensors will do as a controller.
  @Test func theControllerIsAnyFunction() {
    let machine = NeuralTuringMachine<Double>(sizes, key: RandomKey(seed: 1))
    let weights = Tensor<Double>.normal([3 + 2 * 3, 4], key: RandomKey(seed: 3))
    let (y, _, count) = machine(inputs[0], machine.initialMemory(batch: 3), 0) { x, count in
      (tanh(matmul(x, weights)), count + 1)
    }
    #expect(y.shape == [3, 2])
    #expect(count == 1)
  }

  @Test func learnsToCopy() throws {
    let parser = ArgumentParser(
      command: "zoo train ntm", declarations: TrainVerb.declarations(of: NTM()))
    let settings = try parser.parse(["--longest", "10", "--slots", "32"])
    let task = AlgorithmTask(settings)
    let network = NTM.network(settings, for: task, key: RandomKey(seed: 1).folding(in: 0))
    let (before, after) = try trained(network, on: task)
    #expect(before > 0.4)
    #expect(after < 0.1)
  }

  /// The share of wrong bits at the longest size, before and after training.
  private func trained(
    _ network: some BitNetwork, on task: AlgorithmTask
  ) throws -> (before: Double, after: Double) {
    let size = task.sizes.upperBound
    let before = AlgorithmAccuracy(of: network, on: task, size: size).errorRate
    let trainer = Trainer(
      network, Adam(for: network), schedule: .cosineDecay(from: 0.002, to: 0.0002, total: 1000),
      clippingTo: 10)
    let key = RandomKey(seed: 1).folding(in: 1)
    while trainer.step < 700 {
      let sequences = task.sequences(batch: 2, key: key.folding(in: trainer.step))
      _ = try trainer.takeStep { network.loss(on: sequences) }
    }
    return (before, AlgorithmAccuracy(of: network, on: task, size: size).errorRate)
  }

  @Test func controllersHaveTheirNames() {
    let task = AlgorithmTask(.copy)
    let sizes = NeuralTuringMachineSizes(hidden: 8, slots: 4, width: 3)
    let machine = NeuralTuringMachine<Float>(sizes, key: RandomKey(seed: 1))
    let counts = ControllerKind.allCases.map {
      $0.network(machine, key: RandomKey(seed: 1)).parameterCount - machine.parameterCount
    }
    // The controller reads 9 inputs and 3 features of the memory; each gate has a bias, the GRU's two of them.
    #expect(counts == [8 * 13, 8 * 21, 3 * 8 * 22, 4 * 8 * 21])
    let plain = PlainBitNetwork(
      inputs: task.inputSize, outputs: task.outputSize, parameters: 62_000, key: RandomKey(seed: 1))
    #expect((62_000..<63_500).contains(plain.parameterCount))
  }
}
