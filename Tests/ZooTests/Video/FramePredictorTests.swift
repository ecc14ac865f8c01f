import Spool
import SpoolNN
import TestSupport
import Testing

@testable import SpoolZoo

/// What every network that predicts frames must fulfil.
@Suite struct FramePredictorTests {
  private static let sizes = VideoModelSizes(
    channels: 2, map: [4, 4], hidden: 3, layers: 2, kernel: 3)

  private static func network(_ cell: VideoCell) -> any FramePredictor<Double> {
    let network: any FramePredictor<Double> = cell.network(
      cell == .lstm ? sizes.ofPlainLSTM : sizes, key: RandomKey(seed: 1))
    // Biases other than 0, so that one that is left out is noticed.
    for entry in network.parameters() where entry.parameter.value.rank == 1 {
      entry.parameter.value =
        entry.parameter.value
        + .normal(entry.parameter.value.shape, standardDeviation: 0.1, key: RandomKey(seed: 2))
    }
    return network
  }

  /// `[time, batch, channels, height, width]`.
  private static func videos(_ cell: VideoCell, batch: Int = 2) -> Tensor<Double> {
    let videos = Tensor<Double>.uniform([5, batch, 2, 4, 4], key: RandomKey(seed: 3))
    return cell == .lstm ? videos.reshaped(to: [5, batch, 32, 1, 1]) : videos
  }

  @Test(arguments: VideoCell.allCases) func gradientsAgreeWithDifferences(cell: VideoCell) throws {
    func check(_ network: some FramePredictor<Double>) throws {
      // Small steps, which do not cross the kinks of relu.
      try checkGradients(of: network, absoluteTolerance: 1e-6, step: 1e-6, elementLimit: 4) {
        network.loss(of: Self.videos(cell), seen: 3)
      }
    }
    try check(Self.network(cell))
  }

  @Test(arguments: VideoCell.allCases) func itemsOfABatchAreIndependent(cell: VideoCell) {
    let network = Self.network(cell)
    let videos = Self.videos(cell)
    let all = network(videos, horizon: 2)
    for item in 0..<2 {
      let alone = network(videos[.all, item..<(item + 1)], horizon: 2)
      expectClose(alone[.all, 0], all[.all, item], within: 1e-13)
    }
  }

  @Test(arguments: VideoCell.allCases) func laterFramesDoNotMatterToEarlierOnes(cell: VideoCell) {
    let network = Self.network(cell)
    let videos = Self.videos(cell)
    let (two, four) = (network(videos, horizon: 2), network(videos, horizon: 4))
    let count = two.shape[0]
    expectClose(four[..<count], two, within: 1e-14)
    #expect(four.shape[0] == count + 2)
  }

  /// Frame by frame, without `scan`: the values, and the gradients of all parameters.
  @Test(arguments: [VideoCell.predrnn, .predrnnPlus, .cnnLSTM])
  func rollsOutAsALoopDoes(cell: VideoCell) {
    func check(_ network: some NextFramePredictor<Double>) {
      let videos = Self.videos(cell)
      func loop() -> Tensor<Double> {
        var state = network.initialState(for: videos[0])
        var (predictions, frame) = ([Tensor<Double>](), videos[0])
        for t in 0..<4 {
          (frame, state) = network.step(t < 3 ? videos[t] : frame, state)
          predictions.append(frame)
        }
        return stack(predictions)
      }
      expectClose(network(videos[..<3], horizon: 2), loop(), within: 1e-13)
      let (_, expected) = valueAndGradient(of: network) { square(loop()).sum() }
      let (_, actual) = valueAndGradient(of: network) {
        square(network(videos[..<3], horizon: 2)).sum()
      }
      for entry in network.parameters() {
        expectClose(
          actual[entry.parameter]!, expected[entry.parameter]!, within: 1e-11, entry.name)
      }
    }
    switch cell {
    case .predrnn: check(Self.network(cell) as! ZigzagNetwork<SpatiotemporalLSTMCell<Double>>)
    case .predrnnPlus: check(Self.network(cell) as! ZigzagNetwork<CausalLSTMCell<Double>>)
    default: check(Self.network(cell) as! EncodedLSTM<Double>)
    }
  }

  /// Layer by layer and frame by frame, without `scan`, the forecaster going on from the encoder's states.
  @Test(arguments: [false, true]) func theForecasterGoesOnAsALoopDoes(peepholes: Bool) {
    let network = EncoderForecaster<Double>(
      Self.sizes, peepholes: peepholes, key: RandomKey(seed: 1))
    if peepholes {
      for cell in network.encoder + network.forecaster {
        cell.peepholes!.value = .normal([9, 4, 4], standardDeviation: 0.3, key: RandomKey(seed: 4))
      }
    }
    let videos = Self.videos(.convlstm)
    func loop() -> Tensor<Double> {
      var states = network.encoder.map { $0.initialState(for: videos[0]) }
      func step(_ cells: [ConvLSTMCell<Double>], _ x: Tensor<Double>) -> [Tensor<Double>] {
        var x = x
        return cells.enumerated().map { layer, cell in
          (x, states[layer]) = cell(x, states[layer])
          return x
        }
      }
      for t in 0..<5 { _ = step(network.encoder, videos[t]) }
      return stack(
        (0..<2).map { _ in
          let outputs = step(network.forecaster, .zeros([2, 0, 4, 4]))
          return network.readout(concatenated(outputs, axis: 1))
        })
    }
    expectClose(network(videos, horizon: 2), loop(), within: 1e-13)
    let (_, expected) = valueAndGradient(of: network) { square(loop()).sum() }
    let (_, actual) = valueAndGradient(of: network) { square(network(videos, horizon: 2)).sum() }
    for entry in network.parameters() {
      expectClose(
        actual[entry.parameter]!, expected[entry.parameter]!, within: 1e-11, entry.name)
    }
  }

  /// Copies the frame that it sees; as a prediction of the next one it is wrong by what has moved.
  private struct Copying: NextFramePredictor {
    typealias Scalar = Double
    func initialState(for frame: Tensor<Double>) -> Tensor<Double> { frame }
    func step(
      _ frame: Tensor<Double>, _ state: Tensor<Double>
    ) -> (next: Tensor<Double>, state: Tensor<Double>) { (frame, state) }
  }

  @Test func thePredictionAtATimeIsOfTheNextFrame() {
    let videos = Self.videos(.predrnn)
    let seen = square(videos[1..<4] - videos[0..<3]).sum()
    let ahead = square(videos[4] - videos[2]).sum()
    let count = Double(4 * videos[0].count)
    expectClose(
      Copying().loss(of: videos, seen: 3), (seen + ahead) / Tensor(count), within: 1e-14)
    let still = videos[0].expandingAxis(at: 0).repeated(5, axis: 0)
    #expect(Copying().loss(of: still, seen: 3).scalar == 0)
  }

  @Test func patchesAreSquaresOfPixels() {
    let video = Tensor<Float>.range(2 * 3 * 4 * 6).reshaped(to: [2, 3, 1, 4, 6])
    let cut = patches(of: video, size: 2)
    #expect(cut.shape == [2, 3, 4, 2, 3])
    #expect(
      cut[1, 2, .all, 1, 0].scalars
        == [video[1, 2, 0, 2, 0], video[1, 2, 0, 2, 1], video[1, 2, 0, 3, 0], video[1, 2, 0, 3, 1]]
        .map(\.scalar))
    #expect(frames(ofPatches: cut, size: 2) == video)
  }

  @Test func thePlainLSTMHasBarelyFewerParameters() {
    let sizes = VideoModelSizes(channels: 4, map: 8, hidden: 32, layers: 2, kernel: 3)
    let key = RandomKey(seed: 1)
    let convolutional = EncoderForecaster<Float>(sizes, peepholes: false, key: key)
    let plain = EncoderForecaster<Float>(sizes.ofPlainLSTM, peepholes: false, key: key)
    #expect(convolutional.parameterCount == sizes.encoderForecasterParameters)
    #expect(plain.parameterCount == sizes.ofPlainLSTM.encoderForecasterParameters)
    let ratio = Double(plain.parameterCount) / Double(convolutional.parameterCount)
    #expect(ratio <= 1 && ratio > 0.98)
  }
}
