import Spool
import SpoolNN

/// PredRNN (Wang et al., 2017) and PredRNN++ (Wang et al., 2018): layers of cells that share a memory, which
/// runs up through the layers and from the top one down to the lowest one of the next time step. PredRNN++ has causal
/// LSTMs, and a gradient highway between the lowest layer and the one above.
struct ZigzagNetwork<Cell: SpatiotemporalCell>: NextFramePredictor {
  typealias Scalar = Cell.Scalar

  let cells: [Cell]
  let highway: GradientHighwayUnit<Scalar>?
  let readout: Conv2d<Scalar>

  struct State {
    /// Of each layer.
    var layers: [LSTMCell<Scalar>.State]
    /// What the top layer has made of the shared memory.
    var memory: Tensor<Scalar>
    /// That of the gradient highway, which is not looked at where there is none.
    var highway: Tensor<Scalar>
  }

  init(
    _ sizes: VideoModelSizes, hasHighway: Bool, key: RandomKey,
    cell: (_ inputChannels: Int, RandomKey) -> Cell
  ) {
    let keys = key.split(3)
    cells = keys[0].split(sizes.layers).enumerated().map { layer, key in
      cell(layer == 0 ? sizes.channels : sizes.hidden, key)
    }
    highway =
      hasHighway
      ? GradientHighwayUnit(
        inputChannels: sizes.hidden, hiddenChannels: sizes.hidden, kernelSize: sizes.kernel,
        key: keys[1]) : nil
    readout = Conv2d(
      inputChannels: sizes.hidden, outputChannels: sizes.channels, kernelSize: 1, key: keys[2])
  }

  func initialState(for frame: Tensor<Scalar>) -> State {
    let zeros = cells[0].zeros(for: frame)
    return State(
      layers: cells.map { _ in LSTMCell.State(h: zeros, c: zeros) }, memory: zeros, highway: zeros)
  }

  func step(
    _ frame: Tensor<Scalar>, _ state: State
  ) -> (next: Tensor<Scalar>, state: State) {
    var (x, next) = (frame, state)
    for (layer, cell) in cells.enumerated() {
      (x, next.layers[layer], next.memory) = cell(x, state.layers[layer], memory: next.memory)
      if layer == 0, let highway {
        next.highway = highway(x, state.highway)
        x = next.highway
      }
    }
    return (readout(x), next)
  }
}
