import Spool
import SpoolNN

/// A neural Turing machine (Graves, Wayne & Danihelka, 2014) with an LSTM controller, one read head and one write
/// head, as a plain function of its parameters.
struct NeuralTuringMachine: Module {
  /// What it carries from step to step.
  struct State {
    /// `[batch, slots, width]`.
    var memory: Tensor<Float>
    /// Where each head was, `[batch, slots]`.
    var readWeights: Tensor<Float>
    var writeWeights: Tensor<Float>
    /// What was read last, `[batch, width]`.
    var read: Tensor<Float>
    /// The controller's state, `[batch, hidden]` each.
    var h: Tensor<Float>
    var c: Tensor<Float>
  }

  let sizes: NeuralTuringMachineSizes

  /// The controller's, the gates side by side: by the input, by what was read, by the state.
  @Parameter var inputWeights: Tensor<Float>
  @Parameter var readVectorWeights: Tensor<Float>
  @Parameter var stateWeights: Tensor<Float>
  @Parameter var bias: Tensor<Float>
  /// From the controller to what the two heads, erase and add need.
  @Parameter var headWeights: Tensor<Float>
  @Parameter var headBias: Tensor<Float>
  /// To the output, from the controller and from what was read.
  @Parameter var outputWeights: Tensor<Float>
  @Parameter var outputReadWeights: Tensor<Float>
  @Parameter var outputBias: Tensor<Float>

  init(_ sizes: NeuralTuringMachineSizes, key: RandomKey) {
    self.sizes = sizes
    let (hidden, width) = (sizes.hidden, sizes.width)
    let drawn = DrawnParameter.draw(
      [
        [sizes.inputs, 4 * hidden], [width, 4 * hidden], [hidden, 4 * hidden], [4 * hidden],
        [hidden, sizes.headOutputs], [sizes.headOutputs], [hidden, sizes.outputs],
        [width, sizes.outputs], [sizes.outputs],
      ], standardDeviation: 1 / Float(hidden).squareRoot(), key: key)
    inputWeights = drawn[0]
    readVectorWeights = drawn[1]
    stateWeights = drawn[2]
    bias = drawn[3]
    headWeights = drawn[4]
    headBias = drawn[5]
    outputWeights = drawn[6]
    outputReadWeights = drawn[7]
    outputBias = drawn[8]
  }

  /// A nearly empty memory, and both heads at its first slot.
  func initialState(batch: Int) -> State {
    let first = oneHot(Tensor<Int32>.zeros([batch]), depth: sizes.slots, as: Float.self)
    return State(
      memory: Tensor(repeating: 1e-2, shape: [batch, sizes.slots, sizes.width]),
      readWeights: first, writeWeights: first, read: .zeros([batch, sizes.width]),
      h: .zeros([batch, sizes.hidden]), c: .zeros([batch, sizes.hidden]))
  }

  /// One step: the controller, the two heads' places, reading, then writing.
  func callAsFunction(_ x: Tensor<Float>, _ state: State) -> (Tensor<Float>, State) {
    let gates =
      matmul(x, inputWeights) + matmul(state.read, readVectorWeights)
      + matmul(state.h, stateWeights) + bias
    let (i, f, g, o) = gates.chunked4()
    let c = sigmoid(f) * state.c + sigmoid(i) * tanh(g)
    let h = sigmoid(o) * tanh(c)

    let width = sizes.width
    let control = (matmul(h, headWeights) + headBias)
      .split(sizes: [width + 6, width + 6, width, width], axis: 1)
    let lengths = state.memory.norm(-1)
    let readWeights = address(state.memory, lengths, control[0], from: state.readWeights)
    let writeWeights = address(state.memory, lengths, control[1], from: state.writeWeights)
    let erase = sigmoid(control[2]).expandingAxis(at: 1)
    let add = tanh(control[3]).expandingAxis(at: 1)

    let read = matmul(readWeights.expandingAxis(at: 1), state.memory).squeezingAxis(at: 1)
    let written = writeWeights.expandingAxis(at: 2)
    let memory = state.memory * (1 - written * erase) + written * add
    let y = matmul(h, outputWeights) + matmul(read, outputReadWeights) + outputBias
    return (
      y,
      State(
        memory: memory, readWeights: readWeights, writeWeights: writeWeights, read: read, h: h,
        c: c)
    )
  }

  /// Where a head goes, `[batch, slots]`: by content, kept from the step before, shifted and sharpened
  /// (equations 5 to 9 of the paper).
  ///
  /// - Parameter lengths: of the memory's slots, `[batch, slots]`.
  private func address(
    _ memory: Tensor<Float>, _ lengths: Tensor<Float>, _ control: Tensor<Float>,
    from previous: Tensor<Float>
  ) -> Tensor<Float> {
    let parts = control.split(sizes: [sizes.width, 1, 1, 3, 1], axis: 1)
    let key = tanh(parts[0])
    let strength = softplus(parts[1])
    let gate = sigmoid(parts[2])
    let shifts = softmax(parts[3])
    let sharpness = 1 + softplus(parts[4])

    let match = matmul(memory, key.expandingAxis(at: 2)).squeezingAxis(at: 2)
    let similarity = match / (lengths * key.norm(-1, keepDims: true) + 1e-6)
    let content = softmax(strength * similarity)
    let gated = gate * content + (1 - gate) * previous
    let (back, stay, ahead) = shifts.chunked3()
    let shifted =
      back * gated.rolled(by: -1, axis: 1) + stay * gated + ahead * gated.rolled(by: 1, axis: 1)
    let sharpened = pow(shifted + 1e-6, sharpness)
    return sharpened / sharpened.sum(1, keepDims: true)
  }
}

/// The sizes of a neural Turing machine.
struct NeuralTuringMachineSizes: Sendable {
  var inputs = 9
  var outputs = 8
  var hidden = 100
  var slots = 128
  var width = 20

  /// Key, strength, gate, three shifts and sharpness of each head; erase and add.
  var headOutputs: Int { 2 * (width + 6) + 2 * width }

  /// The floating-point operations of the products of one step for one item of the batch, forward and
  /// backward, without the gradient by the input.
  var productOperations: Double {
    let controller = 4 * hidden * (2 * inputs + 3 * width + 3 * hidden)
    let heads = 3 * hidden * headOutputs
    let addressing = 3 * (2 + 1) * slots * width
    let output = 3 * (hidden + width) * outputs
    return 2 * Double(controller + heads + addressing + output)
  }
}

/// Training steps of networks with a memory.
enum MemoryWorkloads {
  private static let (batch, time) = (16, 41)

  static let all = [
    Workload.training(
      "ntm", "batch 16, 41 steps, 9 inputs, memory 128 × 20, LSTM controller 100",
      productOperations: Double(batch * time) * NeuralTuringMachineSizes().productOperations
    ) { executor in
      let sizes = NeuralTuringMachineSizes()
      let keys = RandomKey(seed: 1).split()
      let inputs = Tensor<Float>.normal([time, batch, sizes.inputs], key: keys.0)
      let machine = NeuralTuringMachine(sizes, key: keys.1)
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
