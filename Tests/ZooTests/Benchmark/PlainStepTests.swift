import Spool
import SpoolNN
import Testing

@testable import SpoolZoo

/// Scan equals unroll for the steps that carry more than vectors.
@Suite struct PlainStepTests {
  private let keys = RandomKey(seed: 1).split()

  private func expectEqual(_ a: [Tensor<Float>?], _ b: [Tensor<Float>?]) {
    for (a, b) in zip(a, b) {
      guard let a, let b else {
        Issue.record("a gradient is missing")
        continue
      }
      #expect(a.isApproximatelyEqual(to: b, absoluteTolerance: 1e-5, relativeTolerance: 1e-4))
    }
  }

  private var machine: NeuralTuringMachine {
    let sizes = NeuralTuringMachineSizes(inputs: 3, outputs: 2, hidden: 5, slots: 4, width: 3)
    return NeuralTuringMachine(sizes, key: keys.0)
  }

  @Test func neuralTuringMachine() {
    let machine = machine
    let inputs = Tensor<Float>.normal([6, 2, 3], key: keys.1)
    let results = Executor.allCases.map { executor in
      valueAndGradient(of: machine) {
        executor.outputs(of: inputs, from: machine.initialState(batch: 2)) { machine($0, $1) }.sum()
      }
    }
    expectEqual([results[0].value], [results[1].value])
    let parameters = machine.parameters()
    expectEqual(
      parameters.map { results[0].gradients[$0.parameter] },
      parameters.map { results[1].gradients[$0.parameter] })
  }

  @Test func headsOfANeuralTuringMachineAttendToTheWholeMemory() {
    let machine = machine
    var state = machine.initialState(batch: 2)
    for _ in 0..<3 { (_, state) = machine(.normal([2, 3], key: keys.1), state) }
    for weights in [state.readWeights, state.writeWeights] {
      #expect(weights.min().scalar > 0)
      #expect(weights.sum(1).isApproximatelyEqual(to: .ones([2])))
    }
  }

  @Test func convolutionalLongShortTermMemory() {
    let inputs = Tensor<Float>.normal([4, 2, 3, 5, 5], key: keys.0)
    let parameters = DrawnParameter.draw(
      [[8, 3, 3, 3], [8, 2, 3, 3], [8]], standardDeviation: 0.3, key: keys.1)
    let zeros = Tensor<Float>.zeros([2, 2, 5, 5])
    let results = Executor.allCases.map { executor in
      valueAndGradients(at: parameters) { p in
        let (w, u, b) = (p[0], p[1], p[2])
        return executor.outputs(of: inputs, from: (zeros, zeros)) {
          convolutionalLSTM($0, $1, w, u, b)
        }.sum()
      }
    }
    expectEqual([results[0].value], [results[1].value])
    expectEqual(results[0].gradients, results[1].gradients)
  }
}
