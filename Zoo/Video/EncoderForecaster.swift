import Spool
import SpoolNN

/// The encoder-forecaster of Shi et al. (2015): layers of convolutional LSTMs read the frames; others start from the
/// states in which these end and run on without any input, and a 1 × 1 convolution of all their outputs
/// gives the frames ahead.
///
/// With frames as maps of 1 × 1 and kernels of 1 × 1 it is the fully connected LSTM with which they compare.
struct EncoderForecaster<Scalar: RealScalar>: FramePredictor {
  let encoder: [ConvLSTMCell<Scalar>]
  let forecaster: [ConvLSTMCell<Scalar>]
  let readout: Conv2d<Scalar>

  init(_ sizes: VideoModelSizes, peepholes: Bool, key: RandomKey) {
    let keys = key.split(3)
    func layers(from inputChannels: Int, _ key: RandomKey) -> [ConvLSTMCell<Scalar>] {
      key.split(sizes.layers).enumerated().map { layer, key in
        ConvLSTMCell(
          inputChannels: layer == 0 ? inputChannels : sizes.hidden, hiddenChannels: sizes.hidden,
          kernelSize: sizes.kernel, peepholes: peepholes ? sizes.map : nil, key: key)
      }
    }
    encoder = layers(from: sizes.channels, keys[0])
    forecaster = layers(from: 0, keys[1])
    readout = Conv2d(
      inputChannels: sizes.layers * sizes.hidden, outputChannels: sizes.channels, kernelSize: 1,
      key: keys[2])
  }

  func callAsFunction(_ frames: Tensor<Scalar>, horizon: Int) -> Tensor<Scalar> {
    var x = frames
    var states: [ConvLSTMCell<Scalar>.State] = []
    for cell in encoder {
      let (outputs, last) = scan(x, from: cell.initialState(for: x[0])) { cell($0, $1) }
      x = outputs
      states.append(last)
    }
    var shape = frames[0].shape
    shape[1] = 0
    let nothing = Tensor<Scalar>.zeros(shape)
    let (outputs, _) = scan(steps: horizon, from: states) { states in
      var (x, next, outputs) = (nothing, states, [Tensor<Scalar>]())
      for (layer, cell) in forecaster.enumerated() {
        (x, next[layer]) = cell(x, states[layer])
        outputs.append(x)
      }
      return (concatenated(outputs, axis: 1), next)
    }
    return outputs.eachFrame { readout($0) }
  }
}
