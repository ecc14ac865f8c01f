import Spool
import SpoolNN

/// A convolutional encoder of each frame, an LSTM over time, and a decoder of transposed convolutions. The encoder
/// halves height and width twice, the decoder doubles them twice.
struct EncodedLSTM<Scalar: RealScalar>: NextFramePredictor {
  let encoder: [Conv2d<Scalar>]
  let cell: LSTMCell<Scalar>
  let fromState: Linear<Scalar>
  let decoder: [ConvTranspose2d<Scalar>]

  init(_ sizes: VideoModelSizes, key: RandomKey) {
    let keys = key.split(6)
    let (channels, filters) = (sizes.channels, sizes.hidden)
    let features = 2 * filters * (sizes.map.height / 4) * (sizes.map.width / 4)
    encoder = [(channels, filters), (filters, 2 * filters)].enumerated().map { i, sizes in
      Conv2d(
        inputChannels: sizes.0, outputChannels: sizes.1, kernelSize: 4, stride: 2, padding: 1,
        key: keys[i])
    }
    cell = LSTMCell(inputSize: features, hiddenSize: 4 * filters, key: keys[2])
    fromState = Linear(inputSize: 4 * filters, outputSize: features, key: keys[3])
    decoder = [(2 * filters, filters), (filters, channels)].enumerated().map { i, sizes in
      ConvTranspose2d(
        inputChannels: sizes.0, outputChannels: sizes.1, kernelSize: 4, stride: 2, padding: 1,
        key: keys[4 + i])
    }
  }

  func initialState(for frame: Tensor<Scalar>) -> LSTMCell<Scalar>.State {
    cell.initialState(batch: frame.shape[0])
  }

  func step(
    _ frame: Tensor<Scalar>, _ state: LSTMCell<Scalar>.State
  ) -> (next: Tensor<Scalar>, state: LSTMCell<Scalar>.State) {
    let maps = relu(encoder[1](relu(encoder[0](frame))))
    let (h, next) = cell(maps.reshaped(to: [frame.shape[0], cell.inputSize]), state)
    let features = relu(fromState(h)).reshaped(to: maps.shape)
    return (decoder[1](relu(decoder[0](features))), next)
  }
}
