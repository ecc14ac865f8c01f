import Spool
import SpoolNN

/// A neural Turing machine (Graves, Wayne & Danihelka, 2014): a network, the controller, that reads and writes a memory
/// through heads, each of which goes to slots by their content or a step on from where it was.
struct NeuralTuringMachine<Scalar: RealScalar>: MemoryMachine {
  /// What it carries from step to step.
  struct Memory: HeadedMemory {
    /// `[batch, width, slots]`.
    var slots: Tensor<Scalar>
    /// Where each head was, `[batch, heads, slots]`: those that read, then those that write.
    var weights: Tensor<Scalar>
    /// What was read last, `[batch, reads · width]`.
    var reads: Tensor<Scalar>
  }

  let sizes: NeuralTuringMachineSizes
  /// From the controller to what addresses each head, then what each one that writes erases and adds.
  let heads: Linear<Scalar>
  /// To the output, from the controller and from what was read.
  let output: Linear<Scalar>

  init(_ sizes: NeuralTuringMachineSizes, key: RandomKey) {
    let keys = key.split()
    self.sizes = sizes
    heads = Linear(inputSize: sizes.hidden, outputSize: sizes.controlSize, key: keys.0)
    output = Linear(
      inputSize: sizes.hidden + sizes.readSize, outputSize: sizes.outputs, key: keys.1)
  }

  var controllerInputSize: Int { sizes.inputs + sizes.readSize }
  var hiddenSize: Int { sizes.hidden }
  var readCount: Int { sizes.reads }

  /// A nearly empty memory, the same in every slot (Collier & Beel, 2018), and all heads at its first slot.
  func initialMemory(batch: Int) -> Memory {
    let first = oneHot(
      Tensor<Int32>.zeros([batch, sizes.headCount]), depth: sizes.slots, as: Scalar.self)
    return Memory(
      slots: Tensor(repeating: 1e-6, shape: [batch, sizes.width, sizes.slots]), weights: first,
      reads: .zeros([batch, sizes.readSize]))
  }

  /// One step: where the heads go, reading, then writing.
  func callAsFunction<State>(
    _ x: Tensor<Scalar>, _ memory: Memory, _ state: State,
    controller: (Tensor<Scalar>, State) -> (output: Tensor<Scalar>, state: State)
  ) -> (output: Tensor<Scalar>, memory: Memory, state: State) {
    let (batch, width, writes) = (x.shape[0], sizes.width, sizes.writes)
    let (h, next) = controller(concatenated([x, memory.reads], axis: 1), state)

    let control = heads(h).split(
      sizes: [sizes.headCount * (width + 6), writes * width, writes * width], axis: 1)
    let place = control[0].reshaped(to: [batch, sizes.headCount, width + 6])
      .split(sizes: [width, 1, 1, 3, 1], axis: 2)
    let content = contentWeights(
      of: memory.slots, keys: tanh(place[0]), strengths: softplus(place[1]))
    let gated = interpolatedWeights(memory.weights, content, gate: sigmoid(place[2]))
    let shifted = shiftedWeights(gated, by: softmax(place[3]))
    let weights = sharpenedWeights(shifted, sharpness: 1 + softplus(place[4]))

    let reads = memoryReads(from: memory.slots, at: weights[.all, ..<sizes.reads])
      .reshaped(to: [batch, sizes.readSize])
    let slots = memoryWritten(
      memory.slots, at: weights[.all, sizes.reads...],
      erase: sigmoid(control[1]).reshaped(to: [batch, writes, width]),
      add: tanh(control[2]).reshaped(to: [batch, writes, width]))
    return (
      output(concatenated([h, reads], axis: 1)),
      Memory(slots: slots, weights: weights, reads: reads), next
    )
  }
}

/// The sizes of a neural Turing machine.
struct NeuralTuringMachineSizes: Sendable {
  var inputs = 9
  var outputs = 8
  var hidden = 100
  var slots = 128
  var width = 20
  /// How many heads read and how many write.
  var reads = 1
  var writes = 1

  var headCount: Int { reads + writes }
  /// The features of all that is read at a step.
  var readSize: Int { reads * width }
  /// Key, strength, gate, three shifts and sharpness of each head; erase and add of those that write.
  var controlSize: Int { headCount * (width + 6) + 2 * writes * width }
}
