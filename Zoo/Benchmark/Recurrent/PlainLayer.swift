import Spool

/// A layer made of one of the plain cells: what its parameters are, and how to run it with them.
struct PlainLayer: Sendable {
  typealias Run =
    @Sendable (
      _ inputs: Tensor<Float>, _ parameters: [Tensor<Float>], Executor
    ) -> Tensor<Float>

  /// What workloads of it are called.
  let name: String
  /// How many products of `[inputs, hidden]` and `[hidden, hidden]` a step takes.
  let gates: Int
  let parameters: @Sendable (_ inputs: Int, _ hidden: Int) -> [DrawnParameter]
  /// The outputs, `[time, batch, hidden]`, from a state of zeros.
  let outputs: Run

  /// The floating-point operations of the products in a training step: forward, and backward by the weights and
  /// the state, and by the inputs if they depend on parameters.
  func productOperations(
    batch: Int, time: Int, inputs: Int, hidden: Int, withInputGradient: Bool
  ) -> Double {
    2 * Double(time * batch * gates * hidden)
      * Double((withInputGradient ? 3 : 2) * inputs + 3 * hidden)
  }

  static let lstm = PlainLayer(
    name: "lstm", gates: 4,
    parameters: { inputs, hidden in [[inputs, 4 * hidden], [hidden, 4 * hidden], [4 * hidden]] },
    outputs: { x, p, executor in
      let (w, u, b) = (p[0], p[1], p[2])
      return executor.outputs(of: x, from: zeroState(x, u.shape[0])) { x, state in
        SpoolZoo.lstm(x, state, w, u, b)
      }
    })

  static let perGateLSTM = PlainLayer(
    name: "lstm-pergate", gates: 4,
    parameters: { inputs, hidden in
      (0..<4).flatMap { _ in [[inputs, hidden], [hidden, hidden], [hidden]] as [DrawnParameter] }
    },
    outputs: { x, p, executor in
      let gates = (0..<4).map { Gate(w: p[3 * $0], u: p[3 * $0 + 1], b: p[3 * $0 + 2]) }
      let (input, forget, cell, output) = (gates[0], gates[1], gates[2], gates[3])
      return executor.outputs(of: x, from: zeroState(x, p[1].shape[0])) { x, state in
        SpoolZoo.lstm(x, state, input: input, forget: forget, cell: cell, output: output)
      }
    })

  static let layerNormLSTM = PlainLayer(
    name: "lnlstm", gates: 4,
    parameters: { inputs, hidden in
      [[inputs, 4 * hidden], [hidden, 4 * hidden]]
        + (0..<5).flatMap { _ in [DrawnParameter(shape: [hidden], mean: 1), [hidden]] }
    },
    outputs: { x, p, executor in
      let (w, u) = (p[0], p[1])
      let norms = (0..<5).map { Norm(gain: p[2 + 2 * $0], bias: p[3 + 2 * $0]) }
      let (input, forget, cell, output, memory) = (norms[0], norms[1], norms[2], norms[3], norms[4])
      return executor.outputs(of: x, from: zeroState(x, u.shape[0])) { x, state in
        SpoolZoo.layerNormLSTM(
          x, state, w, u, input: input, forget: forget, cell: cell, output: output, memory: memory)
      }
    })

  static let gru = PlainLayer(
    name: "gru", gates: 3,
    parameters: { inputs, hidden in
      [[inputs, 3 * hidden], [hidden, 3 * hidden], [3 * hidden], [3 * hidden]]
    },
    outputs: { x, p, executor in
      let (w, u, b, d) = (p[0], p[1], p[2], p[3])
      return executor.outputs(of: x, from: zeroState(x, u.shape[0]).h) { x, h in
        let next = SpoolZoo.gru(x, h, w, u, b, d)
        return (next, next)
      }
    })

  static let rnn = PlainLayer(
    name: "rnn", gates: 1,
    parameters: { inputs, hidden in [[inputs, hidden], [hidden, hidden], [hidden]] },
    outputs: { x, p, executor in
      let (w, u, b) = (p[0], p[1], p[2])
      return executor.outputs(of: x, from: zeroState(x, u.shape[0]).h) { x, h in
        let next = elman(x, h, w, u, b)
        return (next, next)
      }
    })

  private static func zeroState(_ inputs: Tensor<Float>, _ hidden: Int) -> LSTMState {
    (.zeros([inputs.shape[1], hidden]), .zeros([inputs.shape[1], hidden]))
  }
}
