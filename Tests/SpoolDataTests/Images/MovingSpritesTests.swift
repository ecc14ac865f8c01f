import Spool
import SpoolData
import Testing
import TestSupport

@Suite struct MovingSpritesTests {
  private let key = RandomKey(seed: 7)

  private func dots(_ count: Int = 1, side: Int = 20, speed: Float) -> MovingSprites {
    MovingSprites(
      .ones([1, 1, 1]), frame: [side, side + 4], spritesPerVideo: count, speed: speed)
  }

  /// The places of the only bright pixel.
  private func path(_ video: Tensor<Float>) -> [(row: Int, column: Int)] {
    (0..<video.shape[0]).map { t in
      Int(video[t].flattened().argmax(0).scalar).quotientAndRemainder(dividingBy: video.shape[4])
    }.map { ($0.quotient, $0.remainder) }
  }

  @Test func timeComesFirstAndKeysDecide() {
    let sprites = dots(2, speed: 2)
    let videos = sprites.videos(time: 6, batch: 3, key: key)
    #expect(videos.shape == [6, 3, 1, 20, 24])
    #expect(sprites.videos(time: 6, batch: 3, key: key) == videos)
    #expect(sprites.videos(time: 4, batch: 2, key: key) == videos[..<4, ..<2])
    #expect(sprites.videos(time: 6, batch: 3, key: RandomKey(seed: 8)) != videos)
    #expect(videos[.all, 0] != videos[.all, 1])
  }

  @Test func spritesGoStraightAndBounce() {
    let videos = dots(speed: 3).videos(time: 200, batch: 1, key: key)
    #expect(videos.sum().scalar == 200)
    let path = path(videos)
    var (straight, bounces) = (0, 0)
    for t in 1..<199 {
      let before = (path[t].row - path[t - 1].row, path[t].column - path[t - 1].column)
      let after = (path[t + 1].row - path[t].row, path[t + 1].column - path[t].column)
      let length = Double(before.0 * before.0 + before.1 * before.1).squareRoot()
      let turn = max(abs(after.0 - before.0), abs(after.1 - before.1))
      // Rounding moves a place by half a pixel at most along each axis.
      if turn <= 2 {
        straight += 1
      } else {
        bounces += 1
        #expect(
          path[t].row < 4 || path[t].row > 15 || path[t].column < 4 || path[t].column > 19)
      }
      #expect(length <= 3 + 2.0.squareRoot())
    }
    #expect(straight > 140 && bounces > 10)
    // All of the frame is used, to its last row and column.
    #expect(path.map(\.row).min() == 0 && path.map(\.row).max() == 19)
    #expect(path.map(\.column).min() == 0 && path.map(\.column).max() == 23)
  }

  @Test func theBrighterPixelShows() {
    let sprites = MovingSprites(
      [[[0.25]], [[0.75]]], frame: 1, spritesPerVideo: 2, speed: 1)
    let videos = sprites.videos(time: 2, batch: 40, key: key)
    #expect(Set(videos.scalars) == [0.25, 0.75])
    let bright = videos[0].scalars.count { $0 == 0.75 }
    // Three of four pairs have a bright one.
    #expect((22...38).contains(bright))
  }

  @Test func shapesDiffer() {
    let shapes = Shapes.drawings(size: 7)
    #expect(shapes.shape == [6, 7, 7])
    #expect(Set(shapes.scalars) == [0, 1])
    #expect(shapes[2].sum().scalar == 49)
    #expect(shapes[1][3].scalars == [1, 0, 0, 0, 0, 0, 1])
    for a in 0..<6 { for b in 0..<a { #expect(shapes[a] != shapes[b]) } }
  }

  @Test func spritesThatDoNotFitTrap() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = MovingSprites(.ones([1, 9, 3]), frame: 8, spritesPerVideo: 1, speed: 1) }
    expectMessage(trapped, "sprites of 9 × 3 pixels do not fit frames of 8 × 8")
  }
}
