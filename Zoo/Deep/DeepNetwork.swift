import Spool
import SpoolNN

/// A deep recurrent network that tags every step of a sequence: embedding, layers, read-out.
struct DeepNetwork<Scalar: RealScalar>: Module, Sendable {
  let embedding: Embedding<Scalar>
  let layers: Stack<Scalar>
  let readOut: Linear<Scalar>

  init(symbols: Int, features: Int, layers: Stack<Scalar>, tags: Int, key: RandomKey) {
    let keys = key.split()
    embedding = Embedding(vocabularySize: symbols, featureSize: features, key: keys.0)
    self.layers = layers
    readOut = Linear(inputSize: layers.outputSize, outputSize: tags, key: keys.1)
  }

  /// The logits of the tags, `[time, batch]` to `[time, batch, tags]`.
  func callAsFunction(_ symbols: Tensor<Int32>, lengths: [Int]) -> Tensor<Scalar> {
    readOut(layers(embedding(symbols), lengths: lengths))
  }
}

extension DeepNetwork<Float> {
  /// What the units of each layer do while it reads one sequence, `[time, 1]`.
  func recordings(_ symbols: Tensor<Int32>) -> [Recording] {
    var x = embedding(symbols)
    return layers.layers.enumerated().map { place, layer in
      x = layer(x)
      return Recording(hiddenState: x[.all, 0], name: "layer \(place + 1), outputs")
    }
  }
}

/// The cells that layers are made of.
enum DeepCell: String, CaseIterable {
  case lstm
  case hardGates = "hard-gates"
  case peephole
  case coupled
  case projected
  case minimal

  func layer<S: RealScalar>(inputs: Int, hidden: Int, key: RandomKey) -> any SequenceLayer<S> {
    func gates(_ count: Int, state: Int? = nil, _ place: Int = 0) -> Gates<S> {
      Gates(count, inputs: inputs, hidden: hidden, state: state, key: key.folding(in: place))
    }
    return switch self {
    case .lstm: Over(AnyGateLSTM(gates: gates(4), outputSize: hidden))
    case .hardGates:
      Over(AnyGateLSTM(gates: gates(4), outputSize: hidden, gate: { hardSigmoid($0) }))
    case .peephole: Over(PeepholeLSTM(gates: gates(4), peepholes: .zeros([3, hidden])))
    case .coupled: Over(CoupledLSTM(gates: gates(3), outputSize: hidden))
    case .projected:
      Over(
        ProjectedLSTM(
          gates: gates(4, state: (hidden + 1) / 2),
          projection: Initializer.glorotUniform(
            [hidden, (hidden + 1) / 2], key: key.folding(in: 1))))
    case .minimal:
      Over(MinimalGatedUnit(forget: gates(1), candidate: gates(1, 1), outputSize: hidden))
    }
  }
}
