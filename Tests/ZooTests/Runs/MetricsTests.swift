import Foundation
import SpoolPlot
import Testing

@testable import SpoolZoo

@Suite struct MetricsTests {
  @Test func linesAreJSONInAFixedOrder() {
    let record = MetricsRecord(step: 12, values: ["loss": 1.5, "b": .nan, "a": -0.1, "c": 1e-30])
    #expect(record.line == "{\"step\":12,\"a\":-0.1,\"b\":null,\"c\":1e-30,\"loss\":1.5}")
  }

  @Test func linesAreReadAsTheyWereWritten() throws {
    let values = ["loss": 0.1 + 0.2, "tiny": 5e-300, "huge": 1.7e308, "one": 1]
    let read = MetricsRecord(line: MetricsRecord(step: 3, values: values).line)
    #expect(read == MetricsRecord(step: 3, values: values))
    let gap = try #require(MetricsRecord(line: "{\"step\":3,\"loss\":null}"))
    #expect(gap.values["loss"]?.isNaN == true)
  }

  @Test(arguments: ["", "{", "{}", "{\"step\":1,\"lo", "[1]", "{\"step\":1.5}", "{\"step\":null}"])
  func whatIsNoRecord(_ line: String) {
    #expect(MetricsRecord(line: line) == nil)
  }

  @Test func theCurveSmoothsTheTrainingLoss() throws {
    let records = (1...100).flatMap { step in
      [MetricsRecord(step: step, values: ["loss": step.isMultiple(of: 2) ? 1 : 3])]
        + (step.isMultiple(of: 50)
          ? [MetricsRecord(step: step, values: ["validation_loss": 2.5])] : [])
    }
    let chart = LossCurve.chart(of: records, title: "t", unit: "nats")
    #expect(chart.series.map(\.name) == ["", "training", "validation"])
    #expect(chart.series[0].points.count == 100)
    let smoothed = chart.series[1].points
    #expect(smoothed.first == LineChart.Point(1, 3))
    #expect(smoothed.dropFirst(10).allSatisfy { $0.y > 1.2 && $0.y < 2.8 })
    #expect(chart.series[2].points == [LineChart.Point(50, 2.5), LineChart.Point(100, 2.5)])
    #expect(chart.yLabel == "nats" && chart.title == "t")
  }

  @Test func smoothingKeepsGapsAndConstants() {
    let points = [1, 1, Double.nan, 1].map { LineChart.Point(0, $0) }
    let smoothed = LossCurve.smoothed(points, over: 10).map(\.y)
    #expect(abs(smoothed[1] - 1) < 1e-12 && smoothed[2].isNaN && abs(smoothed[3] - 1) < 1e-12)
  }

  @Test func aRunWithoutStepsHasACurve() {
    #expect(LossCurve.chart(of: [], title: "t", unit: "nats").svg().contains("no data"))
  }
}
