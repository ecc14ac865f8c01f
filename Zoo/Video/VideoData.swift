import Spool
import SpoolData

/// Videos to learn from and others to be measured on: shapes that are drawn, or Moving MNIST.
struct VideoData {
  let training: MovingSprites
  let test: MovingSprites
  /// Frames that a model sees, and frames that it predicts.
  let seen, ahead: Int
  /// The key of all videos for training.
  let key: RandomKey

  /// - Parameter folder: where the digits are now, if not where they were in training.
  init(_ settings: Settings, in folder: String? = nil) throws {
    let side = try Self.side(settings)
    if let folder = folder ?? settings[Video.data] {
      training = try Self.digits(.training, in: folder, side: side)
      test = try Self.digits(.test, in: folder, side: side)
    } else {
      training = MovingSprites(
        Shapes.drawings(size: side * 3 / 8), frame: HeightWidth(side), spritesPerVideo: 2,
        speed: Float(side) / 12)
      test = training
    }
    seen = settings[Video.seen] ?? (settings[Video.data] == nil ? 5 : 10)
    ahead = settings[Video.ahead] ?? seen
    key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 1)
  }

  static func side(_ settings: Settings) throws -> Int {
    let side = settings[Video.size] ?? (settings[Video.data] == nil ? 16 : 64)
    guard [16, 32, 64].contains(side) else {
      throw CommandLineError("--size \(side): frames have 16, 32 or 64 pixels on a side")
    }
    return side
  }

  /// Moving MNIST, whose frames of 64 × 64 are made smaller by averaging the digits' pixels.
  private static func digits(
    _ part: HandwrittenDigits.Part, in folder: String, side: Int
  ) throws -> MovingSprites {
    let digits = try HandwrittenDigits(part, in: folder)
    guard digits.count > 0, digits.height == 28, digits.width == 28 else {
      throw UnusableDigits(folder: folder, digits: digits)
    }
    let window = 64 / side
    let images = averagePool2d(
      digits.images.expandingAxis(at: 1), window: HeightWidth(window), stride: HeightWidth(window))
    return MovingSprites(
      images.squeezingAxis(at: 1), frame: HeightWidth(side), spritesPerVideo: 2,
      speed: 3.6 * Float(side) / 64)
  }

  private struct UnusableDigits: Error, CustomStringConvertible {
    let folder: String
    let digits: HandwrittenDigits
    var description: String {
      "\(folder.escapedForDisplay) holds \(digits.count) images of \(digits.height) × "
        + "\(digits.width) pixels; Moving MNIST needs some, of 28 × 28"
    }
  }

  /// The videos of a step of training, `[time, batch, 1, height, width]`.
  func batch(_ count: Int, step: Int) -> Tensor<Float> {
    training.videos(time: seen + ahead, batch: count, key: key.folding(in: step))
  }

  /// The videos that every model is measured on, in batches.
  func testBatches(_ count: Int) -> [Tensor<Float>] {
    stride(from: 0, to: count, by: 20).map { first in
      test.videos(
        time: seen + ahead, batch: min(20, count - first),
        key: RandomKey(seed: 0).folding(in: first))
    }
  }
}
