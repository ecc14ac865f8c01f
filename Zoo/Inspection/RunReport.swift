import Foundation
import SpoolData
import SpoolPlot
import SpoolTraining

/// The page that `zoo inspect` makes of a run: its settings, curves and parameters, and what the model adds.
struct RunReport {
  private let session: RunSession
  private let model: any ZooModel

  init(_ model: any ZooModel, _ session: RunSession) {
    self.model = model
    self.session = session
  }

  func html() throws -> String {
    var report = HTMLReport(title: model.name)
    report.add(.text("\(model.task). \(session.folder.path)"))
    report.add(.heading("Settings"))
    report.add(.table(header: ["option", "value"], rows: settings))
    report.add(.heading("Curves"))
    for chart in try charts() { report.add(.figure(svg: chart.svg())) }
    for part in try model.inspect(session) { report.add(part) }
    report.add(.heading("Parameters"))
    report.add(.table(header: Self.parameterHeader, rows: try parameters()))
    return report.html
  }

  private var settings: [[String]] {
    session.configuration.options.sorted { $0.key < $1.key }.map { ["--\($0)", "\($1)"] }
  }

  /// The loss, then everything else that was measured.
  private func charts() throws -> [LineChart] {
    let records = try MetricsLog.records(path: session.folder.metrics)
    let drawn: Set = ["loss", "validation_loss"]
    let others = Set(records.flatMap(\.values.keys)).subtracting(drawn).sorted()
    return [LossCurve.chart(of: records, title: model.name, unit: "loss")]
      + others.map { name in
        LineChart(
          title: name.replacing("_", with: " "), xLabel: "step", yLabel: "",
          series: [.init("", points: LossCurve.points(records, name))])
      }
  }

  private static let parameterHeader = ["name", "shape", "mean", "deviation", "least", "greatest"]

  private func parameters() throws -> [[String]] {
    let file = try SafetensorsFile(path: session.folder.model)
    return try file.header.tensors.map { entry in
      let values: [Float] = try file.values(of: entry.name)
      return [entry.name, "\(entry.shape)"] + Self.statistics(of: values)
    }
  }

  private static func statistics(of values: [Float]) -> [String] {
    guard let least = values.min(), let greatest = values.max() else { return ["", "", "", ""] }
    let count = Double(values.count)
    let mean = values.reduce(0.0) { $0 + Double($1) } / count
    let variance = values.reduce(0.0) { $0 + (Double($1) - mean) * (Double($1) - mean) } / count
    return [mean, variance.squareRoot(), Double(least), Double(greatest)].map {
      String(format: "%.4g", locale: nil, $0)
    }
  }
}
