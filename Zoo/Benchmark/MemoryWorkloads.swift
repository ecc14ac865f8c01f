import Spool
import SpoolNN

/// Training steps of networks with a memory.
enum MemoryWorkloads {
  private static let (batch, time) = (16, 41)

  static let all = [
    Workload.training(
      "ntm", "batch 16, 41 steps, 9 inputs, memory 128 × 20, LSTM controller 100",
      productOperations: Double(batch * time) * NeuralTuringMachineSizes().productOperations
    ) { executor in
      let sizes = NeuralTuringMachineSizes()
      let keys = RandomKey(seed: 1).split(3)
      let inputs = Tensor<Float>.normal([time, batch, sizes.inputs], key: keys[0])
      let machine = MachineNetwork(
        NeuralTuringMachine<Float>(sizes, key: keys[1]), key: keys[2]
      ) {
        LSTMCell(inputSize: $0, hiddenSize: $1, key: $2)
      }
      let parameters = machine.parameters()
      return {
        _ = valueAndGradient(of: parameters) {
          executor.outputs(of: inputs, from: machine.initialState(batch: batch)) {
            machine($0, $1)
          }.sum()
        }
      }
    }
  ]
}

extension NeuralTuringMachineSizes {
  /// The floating-point operations of the products of one step for one item of the batch, forward and
  /// backward, without the gradient by the input, of a machine with an LSTM for its controller.
  fileprivate var productOperations: Double {
    let controller = 4 * hidden * (2 * inputs + 3 * readSize + 3 * hidden)
    let heads = 3 * hidden * controlSize
    let addressing = 3 * (headCount + reads) * slots * width
    let output = 3 * (hidden + readSize) * outputs
    return 2 * Double(controller + heads + addressing + output)
  }
}
