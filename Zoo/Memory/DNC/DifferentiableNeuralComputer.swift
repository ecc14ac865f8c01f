import Spool
import SpoolNN

/// A differentiable neural computer (Graves et al., 2016): a controller with a memory whose free slots it is given to write
/// to, and which it reads by content or in the order of writing, forward or backward.
struct DifferentiableNeuralComputer<Scalar: RealScalar>: MemoryMachine {
  /// What it carries from step to step.
  struct Memory: HeadedMemory {
    /// `[batch, width, slots]`.
    var slots: Tensor<Scalar>
    /// How much each slot is in use, `[batch, slots]`.
    var usage: Tensor<Scalar>
    /// Where was written last, `[batch, slots]`.
    var precedence: Tensor<Scalar>
    /// Which slot was written after which, `[batch, slots, slots]`.
    var links: Tensor<Scalar>
    /// Where was written, `[batch, slots]`, and where each head read, `[batch, reads, slots]`.
    var writeWeights: Tensor<Scalar>
    var readWeights: Tensor<Scalar>
    /// What was read last, `[batch, reads · width]`.
    var reads: Tensor<Scalar>

    var weights: Tensor<Scalar> {
      concatenated([readWeights, writeWeights.expandingAxis(at: 1)], axis: 1)
    }
  }

  let sizes: NeuralComputerSizes
  /// From the controller to what governs reading and writing (the paper's interface vector).
  let interface: Linear<Scalar>
  /// To the output, from the controller and from what was read.
  let output: Linear<Scalar>

  init(_ sizes: NeuralComputerSizes, key: RandomKey) {
    let keys = key.split()
    self.sizes = sizes
    interface = Linear(
      inputSize: sizes.hidden, outputSize: sizes.interface.reduce(0, +), key: keys.0)
    output = Linear(
      inputSize: sizes.hidden + sizes.readSize, outputSize: sizes.outputs, key: keys.1)
  }

  var controllerInputSize: Int { sizes.inputs + sizes.readSize }
  var hiddenSize: Int { sizes.hidden }
  var readCount: Int { sizes.reads }

  /// An empty memory, nothing of it in use.
  func initialMemory(batch: Int) -> Memory {
    let (slots, width, reads) = (sizes.slots, sizes.width, sizes.reads)
    return Memory(
      slots: Tensor(repeating: 1e-6, shape: [batch, width, slots]), usage: .zeros([batch, slots]),
      precedence: .zeros([batch, slots]), links: .zeros([batch, slots, slots]),
      writeWeights: .zeros([batch, slots]), readWeights: .zeros([batch, reads, slots]),
      reads: .zeros([batch, sizes.readSize]))
  }

  /// One step: writing to a free slot or one of some content, then reading by content or order.
  func callAsFunction<State>(
    _ x: Tensor<Scalar>, _ memory: Memory, _ state: State,
    controller: (Tensor<Scalar>, State) -> (output: Tensor<Scalar>, state: State)
  ) -> (output: Tensor<Scalar>, memory: Memory, state: State) {
    let (batch, width, reads) = (x.shape[0], sizes.width, sizes.reads)
    let (h, next) = controller(concatenated([x, memory.reads], axis: 1), state)
    let parts = interface(h).split(sizes: sizes.interface, axis: 1)
    func heads(_ part: Int, _ count: Int, _ features: Int) -> Tensor<Scalar> {
      parts[part].reshaped(to: [batch, count, features])
    }

    let retention = memoryRetention(
      read: memory.readWeights, freeGates: sigmoid(heads(6, reads, 1)))
    let usage = memoryUsage(
      memory.usage, written: memory.writeWeights, retention: retention)
    let kept =
      sizes.wipesFreedSlots ? memory.slots * retention.expandingAxis(at: 1) : memory.slots
    let masks =
      sizes.masksKeys
      ? sigmoid(heads(9, reads + 1, width)).split(sizes: [reads, 1], axis: 1) : nil
    let similar = contentWeights(
      of: kept, keys: heads(2, 1, width), strengths: 1 + softplus(heads(3, 1, 1)),
      masks: masks?[1]
    ).squeezingAxis(at: 1)
    let (allocationGate, writeGate) = sigmoid(parts[7]).chunked2()
    let place = allocationGate * allocationWeights(usage) + (1 - allocationGate) * similar
    let written = writeGate * place
    let slots = memoryWritten(
      kept, at: written.expandingAxis(at: 1), erase: sigmoid(heads(4, 1, width)),
      add: heads(5, 1, width))

    let links = temporalLinks(memory.links, written: written, precedence: memory.precedence)
    var (forward, backward) = linkedWeights(links, from: memory.readWeights)
    if sizes.sharpensLinks {
      let sharpness = 1 + softplus(heads(10, reads, 2))
      forward = sharpenedWeights(forward, sharpness: sharpness[.all, .all, ..<1])
      backward = sharpenedWeights(backward, sharpness: sharpness[.all, .all, 1...])
    }
    let content = contentWeights(
      of: slots, keys: heads(0, reads, width), strengths: 1 + softplus(heads(1, reads, 1)),
      masks: masks?[0])
    let modes = softmax(heads(8, reads, 3)).split(sizes: [1, 1, 1], axis: 2)
    let readWeights = modes[0] * backward + modes[1] * content + modes[2] * forward
    let read = memoryReads(from: slots, at: readWeights).reshaped(to: [batch, sizes.readSize])
    return (
      output(concatenated([h, read], axis: 1)),
      Memory(
        slots: slots, usage: usage,
        precedence: precedenceWeights(memory.precedence, written: written), links: links,
        writeWeights: written, readWeights: readWeights, reads: read), next
    )
  }
}

/// The sizes of a differentiable neural computer.
struct NeuralComputerSizes: Sendable {
  var inputs: Int
  var outputs: Int
  var hidden = 100
  var slots = 64
  var width = 20
  /// How many heads read; one writes.
  var reads = 1
  /// The three repairs of Csordás & Schmidhuber (2019): whether keys choose the features that they are compared by, whether
  /// what is freed is wiped, and whether the heads can sharpen where the order of writing leads them.
  var masksKeys = false
  var wipesFreedSlots = false
  var sharpensLinks = false

  /// The features of all that is read at a step.
  var readSize: Int { reads * width }

  /// Keys and strengths of reading, key and strength of writing, erase, add, free gates, the gates of allocation and of
  /// writing, the three modes of reading, the masks of all keys, and the sharpness forward and backward.
  var interface: [Int] {
    [
      readSize, reads, width, 1, width, width, reads, 2, 3 * reads,
      masksKeys ? readSize + width : 0, sharpensLinks ? 2 * reads : 0,
    ]
  }
}
