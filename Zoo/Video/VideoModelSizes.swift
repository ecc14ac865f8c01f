import Spool
import SpoolNN

/// The sizes of a model of frames, as patches see them.
struct VideoModelSizes {
  /// The pixels of a patch.
  var channels: Int
  /// The patches of a frame.
  var map: HeightWidth<Int>
  var hidden: Int
  var layers: Int
  /// The rows and columns of the cells' filters.
  var kernel: Int
}

/// The networks that `--cell` offers.
enum VideoCell: String, CaseIterable {
  case convlstm
  case predrnn
  case predrnnPlus = "predrnn++"
  case cnnLSTM = "cnn-lstm"
  case lstm

  /// The network for frames in patches. That of plain LSTMs gets the whole frame as one patch.
  func network<S: RealScalar>(
    _ sizes: VideoModelSizes, peepholes: Bool = false, key: RandomKey
  ) -> any FramePredictor<S> {
    switch self {
    case .convlstm, .lstm:
      EncoderForecaster<S>(sizes, peepholes: peepholes, key: key)
    case .predrnn:
      ZigzagNetwork(sizes, hasHighway: false, key: key) {
        SpatiotemporalLSTMCell<S>(
          inputChannels: $0, hiddenChannels: sizes.hidden, kernelSize: sizes.kernel, key: $1)
      }
    case .predrnnPlus:
      ZigzagNetwork(sizes, hasHighway: true, key: key) {
        CausalLSTMCell<S>(
          inputChannels: $0, hiddenChannels: sizes.hidden, kernelSize: sizes.kernel, key: $1)
      }
    case .cnnLSTM:
      EncodedLSTM<S>(sizes, key: key)
    }
  }
}

extension VideoModelSizes {
  /// The number of parameters of an `EncoderForecaster` without peepholes.
  var encoderForecasterParameters: Int {
    let area = kernel * kernel
    func cell(_ inputs: Int) -> Int { 4 * hidden * (area * (inputs + hidden) + 1) }
    return cell(channels) + cell(0) + 2 * (layers - 1) * cell(hidden)
      + channels * (layers * hidden + 1)
  }

  /// The plain LSTM that has as many parameters, or barely fewer: the frame is one patch, its map 1 × 1.
  var ofPlainLSTM: VideoModelSizes {
    var plain = self
    plain.channels = channels * map.height * map.width
    (plain.map, plain.kernel, plain.hidden) = (1, 1, 1)
    while true {
      var wider = plain
      wider.hidden += 1
      guard wider.encoderForecasterParameters <= encoderForecasterParameters else { return plain }
      plain = wider
    }
  }
}
