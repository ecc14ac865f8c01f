import Foundation
import SpoolPlot

/// The picture of a run: its `loss.svg`.
enum LossCurve {
  /// Draws the losses in `records`: those of training as they are and smoothed, those of
  /// validation if there are any.
  static func chart(of records: [MetricsRecord], title: String, unit: String) -> LineChart {
    let training = points(records, "loss")
    let validation = points(records, "validation_loss")
    var chart = LineChart(title: title, xLabel: "step", yLabel: unit)
    if training.count > 50 {
      chart.series.append(.init("", points: training, emphasis: .faint, color: 0))
    }
    let smoothed = smoothed(training, over: Double(training.count) / 50)
    chart.series.append(.init("training", points: smoothed, color: 0))
    if !validation.isEmpty {
      chart.series.append(.init("validation", points: validation, color: 1))
    }
    return chart
  }

  /// The numbers called `name`, by step.
  static func points(_ records: [MetricsRecord], _ name: String) -> [LineChart.Point] {
    records.compactMap { record in
      record.values[name].map { LineChart.Point(Double(record.step), $0) }
    }
  }

  /// The exponential moving average over about `count` points, corrected for its start as in Adam
  /// (Kingma and Ba, 2015). A number that is not finite stays a gap and does not enter the average.
  static func smoothed(_ points: [LineChart.Point], over count: Double) -> [LineChart.Point] {
    let keep = max(0, 1 - 1 / max(1, count))
    var sum = 0.0
    var weight = 0.0
    return points.map { point in
      guard point.y.isFinite else { return point }
      sum = keep * sum + (1 - keep) * point.y
      weight = keep * weight + (1 - keep)
      return LineChart.Point(point.x, sum / weight)
    }
  }
}
