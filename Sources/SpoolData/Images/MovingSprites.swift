import Spool

#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Videos of small images that move in straight lines and bounce off the edges of the frame: with handwritten digits
/// Moving MNIST (Srivastava, Mansimov & Salakhutdinov, 2015), without end.
///
/// A sprite's speed is the same in all videos, its start and direction are random. Its place is exact and rounded to
/// whole pixels for drawing; where sprites overlap, the brighter one shows.
public struct MovingSprites: Sendable {
  /// What moves, `[count, height, width]`, from 0, the background, to 1.
  public let sprites: Tensor<Float>
  /// The size of a frame, in pixels.
  public let frame: HeightWidth<Int>
  /// How many sprites there are in a video; the same one may be there twice.
  public let spritesPerVideo: Int
  /// The way that a sprite goes from one frame to the next, in pixels.
  public let speed: Float

  /// Videos of these sprites. Traps when they are larger than a frame.
  public init(
    _ sprites: Tensor<Float>, frame: HeightWidth<Int>, spritesPerVideo: Int, speed: Float
  ) {
    guard sprites.rank == 3, sprites.shape[0] > 0 else {
      trap(
        "MovingSprites: the sprites have shape \(sprites.shape), but must be [count, height, width]"
      )
    }
    guard sprites.shape[1] <= frame.height, sprites.shape[2] <= frame.width else {
      trap(
        "MovingSprites: sprites of \(sprites.shape[1]) × \(sprites.shape[2]) pixels do not fit "
          + "frames of \(frame.height) × \(frame.width)")
    }
    guard spritesPerVideo >= 1 else { trap("MovingSprites: \(spritesPerVideo) sprites in a video") }
    self.sprites = sprites
    self.frame = frame
    self.spritesPerVideo = spritesPerVideo
    self.speed = speed
  }

  /// The videos of `key`, `[time, batch, 1, height, width]`. Each depends on the key and on its place in the
  /// batch only, and a shorter one is the start of a longer one.
  public func videos(time: Int, batch: Int, key: RandomKey) -> Tensor<Float> {
    let size = frame.height * frame.width
    var pixels = [Float](repeating: 0, count: time * batch * size)
    let source = sprites.scalars
    for item in 0..<batch {
      for path in paths(key: key.folding(in: item)) {
        for t in 0..<time {
          let (row, column) = path.place(at: t, speed: speed)
          draw(
            source[(path.sprite * spriteSize)...].prefix(spriteSize),
            into: &pixels[((t * batch + item) * size)..<((t * batch + item + 1) * size)],
            row: row, column: column)
        }
      }
    }
    return Tensor(shape: [time, batch, 1, frame.height, frame.width], pixels)
  }

  private var spriteSize: Int { sprites.shape[1] * sprites.shape[2] }

  private func draw(
    _ sprite: ArraySlice<Float>, into pixels: inout ArraySlice<Float>, row: Int, column: Int
  ) {
    let width = sprites.shape[2]
    for (place, value) in sprite.enumerated() where value > 0 {
      let (down, across) = place.quotientAndRemainder(dividingBy: width)
      let pixel = pixels.startIndex + (row + down) * frame.width + column + across
      pixels[pixel] = max(pixels[pixel], value)
    }
  }

  /// The way of one sprite.
  private struct Path {
    let sprite: Int
    /// Where its upper left corner starts, and how far it can go.
    let start, limit: (row: Float, column: Float)
    /// In radians.
    let direction: Float

    func place(at time: Int, speed: Float) -> (row: Int, column: Int) {
      let way = speed * Float(time)
      return (
        Int(reflected(start.row + way * sin(direction), limit.row).rounded()),
        Int(reflected(start.column + way * cos(direction), limit.column).rounded())
      )
    }

    /// The place that bouncing between 0 and `limit` leads to instead of `x`.
    private func reflected(_ x: Float, _ limit: Float) -> Float {
      guard limit > 0 else { return 0 }
      let folded = abs(x.truncatingRemainder(dividingBy: 2 * limit))
      return min(folded, 2 * limit - folded)
    }
  }

  private func paths(key: RandomKey) -> [Path] {
    let numbers = Tensor<Float>.uniform([spritesPerVideo, 4], key: key).scalars
    let limit = (
      row: Float(frame.height - sprites.shape[1]), column: Float(frame.width - sprites.shape[2])
    )
    return (0..<spritesPerVideo).map { i in
      let random = numbers[(4 * i)..<(4 * i + 4)].map { $0 }
      return Path(
        sprite: Int(random[0] * Float(sprites.shape[0])),
        start: (random[1] * limit.row, random[2] * limit.column), limit: limit,
        direction: 2 * .pi * random[3])
    }
  }
}
