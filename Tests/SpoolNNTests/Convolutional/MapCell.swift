import Spool
import SpoolNN

/// A recurrent cell over maps of any type, with its state as a list of tensors: 2 input channels, 3 hidden ones.
struct MapCell {
  let parameters: Parameters<Double>
  /// What the golden calls each tensor of the state; the first one is the output.
  let states: [String]
  let step: (Tensor<Double>, [Tensor<Double>]) -> [Tensor<Double>]

  static let all = ["conv_lstm", "conv_lstm_peepholes", "st_lstm", "causal_lstm", "highway"]

  /// The cell that a golden is of.
  init(_ golden: String) {
    let key = RandomKey(seed: 5)
    switch golden {
    case "conv_lstm", "conv_lstm_peepholes":
      let cell = ConvLSTMCell<Double>(
        inputChannels: 2, hiddenChannels: 3,
        peepholes: golden == "conv_lstm" ? nil : [4, 5], key: key)
      self.init(cell.parameters(), ["h", "c"]) { x, state in
        let (h, next) = cell(x, ConvLSTMCell.State(h: state[0], c: state[1]))
        return [h, next.c]
      }
    case "st_lstm":
      self.init(
        SpatiotemporalLSTMCell(inputChannels: 2, hiddenChannels: 3, kernelSize: 3, key: key))
    case "causal_lstm":
      self.init(CausalLSTMCell(inputChannels: 2, hiddenChannels: 3, kernelSize: 3, key: key))
    default:
      let unit = GradientHighwayUnit<Double>(
        inputChannels: 2, hiddenChannels: 3, kernelSize: 3, key: key)
      self.init(unit.parameters(), ["z"]) { x, state in [unit(x, state[0])] }
    }
  }

  private init(
    _ parameters: Parameters<Double>, _ states: [String],
    _ step: @escaping (Tensor<Double>, [Tensor<Double>]) -> [Tensor<Double>]
  ) {
    (self.parameters, self.states, self.step) = (parameters, states, step)
  }

  private init(_ cell: some SpatiotemporalCell<Double>) {
    self.init(cell.parameters(), ["h", "c", "m"]) { x, state in
      let (h, next, m) = cell(x, LSTMCell.State(h: state[0], c: state[1]), memory: state[2])
      return [h, next.c, m]
    }
  }

  /// The last state after `x`, `[time, batch, 2, height, width]`, and the outputs.
  func run(
    _ x: Tensor<Double>, from state: [Tensor<Double>], isScan: Bool
  ) -> (outputs: Tensor<Double>, state: [Tensor<Double>]) {
    func cell(_ x: Tensor<Double>, _ state: [Tensor<Double>]) -> (Tensor<Double>, [Tensor<Double>])
    {
      let next = step(x, state)
      return (next[0], next)
    }
    return isScan ? scan(x, from: state, cell) : unroll(x, from: state, cell)
  }
}
