import Spool
import SpoolPlot
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

/// A model whose figures and parameters are known.
private struct Known: TestModel {
  let name = "known"

  func train(_ session: TrainingSession) throws {
    try session.start(steps: 2, unit: "steps")
    for step in 1...2 {
      try session.record(step: step, stage: "", loss: 100 / Double(step), items: 1)
      try session.record(
        step: step, values: ["hits_per_try": Double(step) / 4, "validation_loss": 7])
    }
    let weight = SafetensorsTensor(name: "weight", shape: [2, 2], values: [1, 2, 3, 6] as [Float])
    try SafetensorsFile.write([weight], to: session.folder.model)
  }

  func inspect(_ session: RunSession) throws -> [HTMLReport.Part] { [.text("what is < known")] }
}

@Suite struct RunReportTests {
  private func page() throws -> String {
    let folder = try TemporaryFolder()
    let zoo = TestZoo([Known()])
    let run = folder.file("run")
    #expect(zoo("train known --seed 5 --run \(run)").status == 0)
    #expect(zoo("inspect --run \(run)").status == 0)
    return String(decoding: try folder.bytes(of: "run/report.html"), as: UTF8.self)
  }

  @Test func parametersAreSummedUp() throws {
    // The mean is 3, the mean square of the distances from it 3.5.
    let row = ["weight", "[2, 2]", "3", "1.871", "1", "6"]
    let page = try page()
    let cells = row.map {
      $0.first!.isNumber ? "<td class=\"number\">\($0)</td>" : "<td>\($0)</td>"
    }
    #expect(page.contains("<tr>\(cells.joined())</tr>"))
    #expect(page.contains("<td>--seed</td><td class=\"number\">5</td>"))
    #expect(page.contains("<p>what is &lt; known</p>"))
  }

  /// The loss has a chart with both its kinds, and everything else that was measured one of its own.
  @Test func everyFigureIsDrawn() throws {
    let page = try page()
    let points = [LineChart.Point(1, 0.25), LineChart.Point(2, 0.5)]
    let chart = LineChart(
      title: "hits per try", xLabel: "step", yLabel: "", series: [.init("", points: points)])
    #expect(page.contains(chart.svg()))
    #expect(page.matches(of: /<svg/).count == 2)
    #expect(page.contains(">validation<") && !page.contains("validation loss"))
  }
}
