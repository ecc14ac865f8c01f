import Spool
import SpoolNN

/// A network that sees the first frames of videos and predicts those that follow.
protocol FramePredictor<Scalar>: Module, Sendable {
  /// Predictions of the last frames of videos that go on for `horizon` frames after these.
  ///
  /// - Parameter frames: `[time, batch, channels, height, width]`.
  /// - Returns: `[count, batch, channels, height, width]`. The last `horizon` of them are the frames after those
  ///   seen; a network that predicts the seen ones too, each from those before it, gives these first.
  func callAsFunction(_ frames: Tensor<Scalar>, horizon: Int) -> Tensor<Scalar>
}

extension FramePredictor {
  /// The mean squared error of all predictions that the network makes from the first `seen` of `frames`: the
  /// prediction made at t is compared with the frame at t + 1.
  func loss(of frames: Tensor<Scalar>, seen: Int) -> Tensor<Scalar> {
    let predictions = self(frames[..<seen], horizon: frames.shape[0] - seen)
    return meanSquaredError(predictions, frames[(frames.shape[0] - predictions.shape[0])...])
  }
}

/// A network that predicts the next frame from a frame and its state, and reads its own predictions where there
/// are no more frames.
protocol NextFramePredictor<Scalar>: FramePredictor {
  associatedtype State

  /// The state before the first frame, for frames such as `frame`, `[batch, channels, height, width]`.
  func initialState(for frame: Tensor<Scalar>) -> State

  /// The prediction of the frame after `frame`, and the state.
  func step(
    _ frame: Tensor<Scalar>, _ state: State
  ) -> (next: Tensor<Scalar>, state: State)
}

extension NextFramePredictor {
  func callAsFunction(_ frames: Tensor<Scalar>, horizon: Int) -> Tensor<Scalar> {
    let (seen, state) = scan(frames, from: initialState(for: frames[0])) { step($0, $1) }
    let (ahead, _) = scan(steps: horizon - 1, from: (seen[-1], state)) { frame, state in
      let (next, state) = step(frame, state)
      return (next, (next, state))
    }
    return concatenated([seen, ahead])
  }
}

extension Tensor {
  /// What `transform` makes of every frame: `[time, batch, …]` to `[time, batch, …]`.
  func eachFrame(_ transform: (Tensor) -> Tensor) -> Tensor {
    let (time, batch) = (shape[0], shape[1])
    let results = transform(reshaped(to: [time * batch] + Array(shape.dropFirst(2))))
    return results.reshaped(to: [time, batch] + Array(results.shape.dropFirst()))
  }
}

/// Frames cut into patches of size × size pixels, which become channels: maps of fewer places, on which filters of
/// the same size see more (Wang et al., 2017).
///
/// - Parameter frames: `[time, batch, 1, height, width]`.
/// - Returns: `[time, batch, size · size, height / size, width / size]`.
func patches<S: TensorScalar>(of frames: Tensor<S>, size: Int) -> Tensor<S> {
  let (time, batch) = (frames.shape[0], frames.shape[1])
  let (rows, columns) = (frames.shape[3] / size, frames.shape[4] / size)
  return frames.reshaped(to: [time * batch, rows, size, columns, size])
    .permuted(0, 2, 4, 1, 3)
    .reshaped(to: [time, batch, size * size, rows, columns])
}

/// The frames that `patches(of:size:)` cuts into these.
func frames<S: TensorScalar>(ofPatches patches: Tensor<S>, size: Int) -> Tensor<S> {
  let (time, batch) = (patches.shape[0], patches.shape[1])
  let (rows, columns) = (patches.shape[3], patches.shape[4])
  return patches.reshaped(to: [time * batch, size, size, rows, columns])
    .permuted(0, 3, 1, 4, 2)
    .reshaped(to: [time, batch, 1, rows * size, columns * size])
}
