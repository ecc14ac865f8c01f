import Spool
import SpoolData
import SpoolNN

/// A network that answers sequences of bits.
protocol BitNetwork: Module, Sendable where Scalar == Float {
  /// The logits of the bits at every time step, `[time, batch, channels]` to `[time, batch, bits]`.
  func callAsFunction(_ inputs: Tensor<Float>) -> Tensor<Float>

  /// What heads, units and gates do while it reads the first sequence of `[time, batch, channels]`.
  func recordings(_ inputs: Tensor<Float>) -> [Recording]
}

extension BitNetwork {
  /// The logits of the answers, in the shape of the targets.
  func answers(to sequences: BitSequences) -> Tensor<Float> {
    let count = sequences.targets.shape[0]
    return self(sequences.inputs)[(sequences.inputs.shape[0] - count)...]
  }

  /// The mean cross-entropy of the answers, in nats per bit.
  func loss(on sequences: BitSequences) -> Tensor<Float> {
    binaryCrossEntropy(logits: answers(to: sequences), targets: sequences.targets)
  }

  /// How many bits of each sequence's answer are wrong, `[batch]`.
  func wrongBits(on sequences: BitSequences) -> [Int] {
    let isWrong = (answers(to: sequences) .> 0) .!= (sequences.targets .> 0.5)
    return isWrong.converted(to: Float.self).sum(0, 2).scalars.map { Int($0) }
  }
}

/// A long short-term memory with a linear layer on top: what the networks with a memory are compared with.
struct PlainBitNetwork: BitNetwork {
  let network: LSTM<Float>
  let output: Linear<Float>

  /// A network of as few hidden units as it takes to have at least that number of parameters.
  init(inputs: Int, outputs: Int, parameters: Int, key: RandomKey) {
    let keys = key.split()
    let hidden = (1...).first { hidden in
      4 * hidden * (inputs + hidden + 1) + outputs * (hidden + 1) >= parameters
    }!
    network = LSTM(inputSize: inputs, hiddenSizes: [hidden], key: keys.0)
    output = Linear(inputSize: hidden, outputSize: outputs, key: keys.1)
  }

  func callAsFunction(_ inputs: Tensor<Float>) -> Tensor<Float> { output(network(inputs).outputs) }

  func recordings(_ inputs: Tensor<Float>) -> [Recording] {
    Recording.layers(of: network, inputs[.all, ..<1])
  }
}
