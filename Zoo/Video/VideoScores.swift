import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolPlot
import SpoolTraining

/// How well the frames of some videos are predicted, by the number of frames ahead.
struct VideoScores {
  /// For each frame ahead the sum over its pixels of the squared error, the mean over all videos.
  var squaredError: [Double]
  /// For each frame ahead the structural similarity, the mean over all videos.
  var similarity: [Double]

  /// Scores of the frames that `predict` makes, `[ahead, batch, 1, height, width]`, of those that are seen. What
  /// lies outside 0 to 1 counts as the nearer of both. `progress` is told the fraction that is done.
  init(
    on batches: [Tensor<Float>], seen: Int, progress: (Double) -> Void = { _ in },
    _ predict: (_ seen: Tensor<Float>) -> Tensor<Float>
  ) {
    let ahead = batches[0].shape[0] - seen
    (squaredError, similarity) = ([Double](repeating: 0, count: ahead), [])
    similarity = squaredError
    let videos = batches.reduce(0) { $0 + $1.shape[1] }
    for (place, batch) in batches.enumerated() {
      let predictions = max(min(predict(batch[..<seen]), 1), 0)
      let truth = batch[seen...]
      let errors = square(predictions - truth).sum(1, 2, 3, 4)
      let similarities = structuralSimilarity(predictions, truth).sum(1, 2)
      for t in 0..<ahead {
        squaredError[t] += Double(errors.scalars[t]) / Double(videos)
        similarity[t] += Double(similarities.scalars[t]) / Double(videos)
      }
      progress(Double(place + 1) / Double(batches.count))
    }
  }

  init(
    of model: VideoModel, on batches: [Tensor<Float>], seen: Int,
    progress: (Double) -> Void = { _ in }
  ) {
    let ahead = batches[0].shape[0] - seen
    self.init(on: batches, seen: seen, progress: progress) {
      model.predictions(after: $0, ahead: ahead)
    }
  }

  /// The means over all frames ahead.
  var meanSquaredError: Double { squaredError.reduce(0, +) / Double(squaredError.count) }
  var meanSimilarity: Double { similarity.reduce(0, +) / Double(similarity.count) }

  var summary: String {
    String(
      format: "squared error %.3f per frame, SSIM %.4f", locale: nil, meanSquaredError,
      meanSimilarity)
  }

  /// A line for each frame, the other's scores beside these.
  func table(beside other: VideoScores) -> String {
    let rows = squaredError.indices.map { t in
      String(
        format: "%5d  %9.3f  %9.3f  %7.4f  %7.4f", locale: nil, t + 1, squaredError[t],
        other.squaredError[t], similarity[t], other.similarity[t])
    }
    return (["frame      error  last copied   SSIM  last copied"] + rows).joined(separator: "\n")
  }

  /// A score by the number of frames ahead, the other's beside it.
  func chart(
    _ name: String, _ score: KeyPath<VideoScores, [Double]>, beside copied: VideoScores
  ) -> LineChart {
    func series(_ name: String, _ scores: [Double]) -> LineChart.Series {
      .init(name, points: zip(1..., scores).map { LineChart.Point(Double($0), $1) })
    }
    return LineChart(
      title: "\(name) by frame", xLabel: "frames ahead", yLabel: name,
      series: [
        series("predicted", self[keyPath: score]),
        series("last frame copied", copied[keyPath: score]),
      ])
  }
}

/// The last frame seen, over and over: what every model must beat.
func lastFrame(of seen: Tensor<Float>, ahead: Int) -> Tensor<Float> {
  seen[-1].expandingAxis(at: 0).repeated(ahead, axis: 0)
}
