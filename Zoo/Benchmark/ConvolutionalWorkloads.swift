import Spool

/// Long short-term memory over images (Shi et al., 2015): the products of `lstm` are convolutions that keep
/// the image's size.
func convolutionalLSTM(
  _ x: Tensor<Float>, _ state: LSTMState, _ w: Tensor<Float>, _ u: Tensor<Float>,
  _ b: Tensor<Float>
) -> (Tensor<Float>, LSTMState) {
  let gates = conv2d(x, w, bias: b, padding: 1) + conv2d(state.h, u, padding: 1)
  let (i, f, g, o) = gates.chunked4(axis: 1)
  let c = sigmoid(f) * state.c + sigmoid(i) * tanh(g)
  let h = sigmoid(o) * tanh(c)
  return (h, (h, c))
}

/// Training steps of recurrent networks over images.
enum ConvolutionalWorkloads {
  static let all = [
    training("convlstm-small", channels: 16, hidden: 32, side: 16),
    training("convlstm-large", channels: 32, hidden: 64, side: 32),
  ]

  private static let (batch, time) = (8, 10)

  private static func training(
    _ name: String, channels: Int, hidden: Int, side: Int
  ) -> Workload {
    let places = time * batch * side * side
    return .training(
      name,
      "3×3, \(channels) to \(hidden) channels, \(side)×\(side), batch \(batch), \(time) steps",
      productOperations: 2 * Double(places * 9 * 4 * hidden) * Double(2 * channels + 3 * hidden)
    ) { executor in
      let keys = RandomKey(seed: 1).split()
      let inputs = Tensor<Float>.normal([time, batch, channels, side, side], key: keys.0)
      let parameters = DrawnParameter.draw(
        [[4 * hidden, channels, 3, 3], [4 * hidden, hidden, 3, 3], [4 * hidden]],
        standardDeviation: 1 / Float(9 * hidden).squareRoot(), key: keys.1)
      let zeros = Tensor<Float>.zeros([batch, hidden, side, side])
      return Workload.gradientOfSum(at: parameters) { p in
        let (w, u, b) = (p[0], p[1], p[2])
        return executor.outputs(of: inputs, from: (zeros, zeros)) { x, state in
          convolutionalLSTM(x, state, w, u, b)
        }
      }
    }
  }
}
