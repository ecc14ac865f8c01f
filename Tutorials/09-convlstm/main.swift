// Tutorial 9: ConvLSTM. An LSTM at every place of a map, which predicts the next frames of videos.
import Claims
import Spool
import SpoolData
import SpoolNN
import SpoolPlot
import SpoolTraining

// Its gates are convolutions, of the frame and of the state around each place. With a filter of 1 × 1 on a map of
// 1 × 1 nothing is around, and it is the LSTM.
let keys = RandomKey(seed: 1).split(8)
let small = ConvLSTMCell<Float>(inputChannels: 3, hiddenChannels: 4, kernelSize: 1, key: keys[0])
let lstm = LSTMCell<Float>(inputSize: 3, hiddenSize: 4, key: keys[1])
lstm.inputWeights = small.inputFilters.reshaped(to: [16, 3]).transposed()
lstm.stateWeights = small.stateFilters.reshaped(to: [16, 4]).transposed()
let noise = Tensor<Float>.normal([10, 2, 3], key: keys[2])
let maps = noise.reshaped(to: [10, 2, 3, 1, 1])
let (asMaps, _) = scan(maps, from: small.initialState(for: maps[0])) { x, state in small(x, state) }
let (asVectors, _) = scan(noise, from: lstm.initialState(batch: 2)) { x, state in lstm(x, state) }
let unlike = abs(asMaps.reshaped(to: [10, 2, 4]) - asVectors).max().scalar
claim("one place with 1 × 1 filters is an LSTM: \(short(unlike)) apart", unlike < 1e-6)
// The gates of the paper also see the memory, place by place, through peepholes; most who cite it leave them out.
let side = 12
let plain = ConvLSTMCell<Float>(inputChannels: 1, hiddenChannels: 12, key: keys[3])
let peeping = ConvLSTMCell<Float>(
  inputChannels: 1, hiddenChannels: 12, peepholes: [side, side], key: keys[3])
let (bare, more) = (plain.parameterCount, peeping.parameterCount - plain.parameterCount)
claim("\(bare) parameters, peepholes add \(more)", more == 3 * 12 * side * side)

// What is learned at one place holds at all: move the video, and away from the edges the states move with it.
let still = Tensor<Float>.normal([4, 1, 1, 5, 5], key: keys[4])
func states(down: Int, across: Int) -> Tensor<Float> {
  let video = still.padded([
    (0, 0), (0, 0), (0, 0), (10 + down, 15 - down), (10 + across, 15 - across),
  ])
  return scan(video, from: plain.initialState(for: video[0])) { plain($0, $1) }.outputs
}
let (here, there) = (states(down: 0, across: 0), states(down: 3, across: 2))
let moved = here[.all, .all, .all, 8..<18, 8..<18] - there[.all, .all, .all, 11..<21, 10..<20]
let byMoving = abs(moved).max().scalar
claim("a moved video moves the states: \(short(byMoving)) apart", byMoving < 1e-6)

// A shape moves and bounces. The target at time t is the frame at t + 1; with frame t itself as target, a model
// that copies would have nothing to learn. Time is the first axis, [time, batch, channels, height, width].
let sprites = MovingSprites(
  Shapes.drawings(size: 4), frame: [side, side], spritesPerVideo: 1, speed: 1)
let (seen, ahead) = (8, 6)
let test = sprites.videos(time: seen + ahead, batch: 100, key: RandomKey(seed: -1))
let copied = square(test[1...] - test[..<(-1)]).mean().scalar
claim("copying each frame gives error \(short(copied)) against the next", copied > 0.01)

// Two models with about as many parameters: the one above, and an LSTM that reads a frame as a row of numbers.
typealias State = LSTMCell<Float>.State
protocol FramePredictor: Module where Scalar == Float {
  func initialState(for frame: Tensor<Float>) -> State
  func step(_ frame: Tensor<Float>, _ state: State) -> (Tensor<Float>, State)
}
struct ConvolutionalPredictor: FramePredictor {
  let cell = plain
  let readout = Conv2d<Float>(inputChannels: 12, outputChannels: 1, kernelSize: 1, key: keys[5])

  func initialState(for frame: Tensor<Float>) -> State { cell.initialState(for: frame) }
  func step(_ frame: Tensor<Float>, _ state: State) -> (Tensor<Float>, State) {
    let (h, next) = cell(frame, state)
    return (sigmoid(readout(h)), next)
  }
}
struct FlatPredictor: FramePredictor {
  let cell = LSTMCell<Float>(inputSize: side * side, hiddenSize: 8, key: keys[6])
  let readout = Linear<Float>(inputSize: 8, outputSize: side * side, key: keys[7])

  func initialState(for frame: Tensor<Float>) -> State { cell.initialState(batch: frame.shape[0]) }
  func step(_ frame: Tensor<Float>, _ state: State) -> (Tensor<Float>, State) {
    let (h, next) = cell(frame.reshaped(to: [-1, side * side]), state)
    return (sigmoid(readout(h)).reshaped(to: frame.shape), next)
  }
}
/// Trains a model to predict each next frame, then lets it go on alone after the frames seen.
func forecasts(of model: some FramePredictor) throws -> Tensor<Float> {
  let trainer = Trainer(model, Adam(for: model), schedule: .constant(0.005), clippingTo: 1)
  while trainer.step < 400 {
    let videos = sprites.videos(time: seen + ahead, batch: 8, key: RandomKey(seed: trainer.step))
    let report = try trainer.takeStep {
      let state = model.initialState(for: videos[0])
      let (predictions, _) = scan(videos[..<(-1)], from: state) { model.step($0, $1) }
      return meanSquaredError(predictions, videos[1...])
    }
    if trainer.step % 200 == 0 { print("step \(trainer.step): loss \(short(report.loss))") }
  }
  let first = model.initialState(for: test[0])
  let (known, last) = scan(test[..<seen], from: first) { model.step($0, $1) }
  let (further, _) = scan(steps: ahead - 1, from: (known[-1], last)) { frame, state in
    let (next, state) = model.step(frame, state)
    return (next, (next, state))
  }
  return concatenated([known[(-1)...], further])
}
let (convolutional, flat) = (ConvolutionalPredictor(), FlatPredictor())
let (size, otherSize) = (convolutional.parameterCount, flat.parameterCount)
claim("\(size) parameters against \(otherSize)", otherSize > size)
let (ours, others) = (try forecasts(of: convolutional), try forecasts(of: flat))
func errors(_ x: Tensor<Float>) -> [Float] { square(x - test[seen...]).mean(1, 2, 3, 4).scalars }
let (error, flatError, lastError) = (errors(ours), errors(others), errors(test[seen - 1]))
print("errors of the \(ahead) frames ahead: ConvLSTM \(short(error))")
print("LSTM \(short(flatError)), the last frame again \(short(lastError))")
let isBetter = zip(error, zip(flatError, lastError)).map { $0 < min($1.0, $1.1) }
claim("ConvLSTM is the best up to three frames ahead", isBetter[..<3].allSatisfy { $0 })
claim("by far for the first", error[0] < 0.6 * min(flatError[0], lastError[0]))
func images(_ frames: Tensor<Float>) -> [ImageStrip.Image?] {
  frames[.all, 0].unstacked().map { .init(width: side, pixels: $0.scalars) }
}
let none = [ImageStrip.Image?](repeating: nil, count: seen)
let strip = ImageStrip(
  title: "Seen, and then predicted", columns: (1...(seen + ahead)).map(String.init),
  rows: [
    .init("video", images(test)), .init("ConvLSTM", none + images(ours)),
    .init("LSTM", none + images(others)),
  ])
figure("frames.svg", strip.svg())
