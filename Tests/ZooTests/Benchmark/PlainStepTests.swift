import Foundation
import Spool
import SpoolNN
import Testing

@testable import SpoolZoo

/// Steps of which the package has no cell do the same work as in PyTorch, through scan and unroll.
/// `Zoo/Benchmark/peer_golden.py` prints the numbers that are expected.
@Suite struct PlainStepTests {
  /// The numbers of parameter number `place`; −1 for the inputs.
  private func waves(_ shape: Shape, _ place: Int, mean: Float = 0) -> Tensor<Float> {
    Tensor(
      shape: shape,
      (0..<shape.elementCount).map { mean + Float(0.5 * sin(Double(1 + $0 + 10 * place))) })
  }

  private func waves(_ parameters: [DrawnParameter]) -> [Tensor<Float>] {
    parameters.enumerated().map { waves($1.shape, $0, mean: $1.mean) }
  }

  /// Compares a sum of outputs and the length of each of its gradients.
  private func expect(
    _ result: (value: Tensor<Float>, gradients: [Tensor<Float>?]), _ loss: Float,
    _ lengths: [Float]
  ) {
    func isNear(_ a: Float, _ b: Float) -> Bool { abs(a - b) <= 2e-5 + 2e-5 * abs(b) }
    #expect(isNear(result.value.scalar, loss))
    let found = result.gradients.map { $0?.norm().scalar ?? 0 }
    #expect(found.count == lengths.count)
    for (found, expected) in zip(found, lengths) { #expect(isNear(found, expected)) }
  }

  @Test(arguments: Executor.allCases)
  func neuralTuringMachine(_ executor: Executor) {
    let sizes = NeuralTuringMachineSizes(inputs: 3, outputs: 2, hidden: 5, slots: 4, width: 3)
    let machine = MachineNetwork(
      NeuralTuringMachine<Float>(sizes, key: RandomKey(seed: 1)), key: RandomKey(seed: 2)
    ) { LSTMCell(inputSize: $0, hiddenSize: $1, key: $2) }
    // A matrix there for each part of what the controller and the output read.
    let shapes: [Shape] = [
      [3, 20], [3, 20], [5, 20], [20], [5, 24], [24], [5, 2], [3, 2], [2],
    ]
    let p = shapes.enumerated().map { waves($1, $0) }
    let heads = machine.machine.heads
    let output = machine.machine.output
    machine.controller.inputWeights = concatenated([p[0], p[1]])
    machine.controller.stateWeights = p[2]
    machine.controller.bias = p[3]
    heads.weight = p[4]
    heads.bias!.value = p[5]
    output.weight = concatenated([p[6], p[7]])
    output.bias!.value = p[8]
    let (loss, gradients) = valueAndGradient(of: machine) {
      executor.outputs(of: waves([6, 2, 3], -1), from: machine.initialState(batch: 2)) {
        machine($0, $1)
      }.sum()
    }
    let input = gradients[machine.controller.$inputWeights]!.split(sizes: [3, 3])
    let last = gradients[output.$weight]!.split(sizes: [5, 3])
    expect(
      (
        loss,
        [
          input[0], input[1], gradients[machine.controller.$stateWeights],
          gradients[machine.controller.$bias], gradients[heads.$weight], gradients[heads.bias!],
          last[0], last[1], gradients[output.bias!],
        ]
      ), -1.11542,
      [1.05137, 0.86737, 1.0544, 6.07867, 1.4082, 6.12886, 4.1909, 4.51693, 16.97056])
  }

  @Test(arguments: Executor.allCases)
  func convolutionalLongShortTermMemory(_ executor: Executor) {
    let zeros = Tensor<Float>.zeros([2, 2, 5, 5])
    let result = valueAndGradients(at: waves([[8, 3, 3, 3], [8, 2, 3, 3], [8]])) { p in
      let (w, u, b) = (p[0], p[1], p[2])
      return executor.outputs(of: waves([4, 2, 3, 5, 5], -1), from: (zeros, zeros)) {
        convolutionalLSTM($0, $1, w, u, b)
      }.sum()
    }
    expect(result, 8.43161, [18.66506, 24.48457, 137.10046])
  }

  @Test(arguments: Executor.allCases)
  func longShortTermMemoryWithLayerNorm(_ executor: Executor) {
    let parameters = waves(PlainLayer.layerNormLSTM.parameters(4, 6))
    let result = valueAndGradients(at: parameters) { p in
      PlainLayer.layerNormLSTM.outputs(waves([5, 3, 4], -1), p, executor).sum()
    }
    expect(
      result, 13.1927,
      [
        8.895, 11.04625, 1.54979, 1.30656, 0.66868, 0.4956, 1.67914, 6.49689, 3.11138, 1.0361,
        5.03333, 11.40225,
      ])
  }
}
