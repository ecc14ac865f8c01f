import Spool
import SpoolPlot

/// A network with the size of the patches that it takes frames in.
struct VideoModel {
  let network: any FramePredictor<Float>
  let patch: Int

  init(_ settings: Settings, key: RandomKey) throws {
    let side = try VideoData.side(settings)
    let cell = settings[Video.cell]
    let pixels = settings[Video.patch] ?? (side == 16 ? 2 : 4)
    let map = side / pixels
    guard map * pixels == side, cell != .cnnLSTM || map % 4 == 0 else {
      throw CommandLineError(
        "--patch \(pixels) does not divide frames of \(side) pixels"
          + (cell == .cnnLSTM ? " four times over" : ""))
    }
    var sizes = VideoModelSizes(
      channels: pixels * pixels, map: HeightWidth(map), hidden: settings[Video.hidden],
      layers: settings[Video.layers], kernel: settings[Video.kernel])
    if cell == .lstm { sizes = sizes.ofPlainLSTM }
    patch = cell == .lstm ? side : pixels
    network = cell.network(sizes, peepholes: settings[Video.peepholes], key: key)
  }

  /// The frames after those seen, `[ahead, batch, 1, height, width]`.
  func predictions(after seen: Tensor<Float>, ahead: Int) -> Tensor<Float> {
    let predictions = network(patches(of: seen, size: patch), horizon: ahead)
    return frames(ofPatches: predictions[(predictions.shape[0] - ahead)...], size: patch)
  }

  /// The frames of a video, `[time, 1, 1, height, width]`, and below them those predicted from the first `seen`.
  func strip(of video: Tensor<Float>, seen: Int, title: String) -> ImageStrip {
    func images(_ frames: Tensor<Float>) -> [ImageStrip.Image] {
      (0..<frames.shape[0]).map { t in
        ImageStrip.Image(width: frames.shape[4], pixels: frames[t].scalars)
      }
    }
    let predictions = predictions(after: video[..<seen], ahead: video.shape[0] - seen)
    return ImageStrip(
      title: title, columns: (1...video.shape[0]).map(String.init),
      rows: [
        ImageStrip.Row("true", images(video)),
        ImageStrip.Row(
          "predicted", [ImageStrip.Image?](repeating: nil, count: seen) + images(predictions)),
      ])
  }
}
