/// Draws one chart.
struct LineChartDrawing {
  private typealias Point = SVGDocument.Point

  private static let margin = 24.0
  private static let labelGap = 9.0
  private static let legendRow = 24.0

  private let chart: LineChart
  private let width: Double
  private let height: Double
  private let xAxis: Axis
  private let yAxis: Axis
  private let legend: [[LegendEntry]]
  private let lastValues: [LastValue]
  private let left: Double
  private let right: Double
  private let top: Double
  private let bottom: Double
  private var document: SVGDocument

  init(of chart: LineChart, width: Double, height: Double) {
    self.chart = chart
    self.width = width
    self.height = height
    let points = chart.series.lazy.flatMap(\.points).filter {
      Self.isVisible($0, on: chart.yScale)
    }
    xAxis = Axis(scale: .linear, values: points.map(\.x), count: 8, endsAtTicks: false)
    yAxis = Axis(
      scale: chart.yScale, values: points.map(\.y), count: Int(height / 70), endsAtTicks: true)
    legend = Self.legend(of: chart, width: width - 2 * Self.margin)
    lastValues = Self.lastValues(of: chart)
    left = Self.margin + (yAxis.labels.map(ChartStyle.width).max() ?? 0) + Self.labelGap
    right =
      width - Self.margin - (lastValues.map { ChartStyle.width(of: $0.text) }.max() ?? 0)
      - Self.labelGap
    top = 72 + Double(legend.count) * Self.legendRow
    bottom = height - 52
    document = SVGDocument(
      width: width, height: height, title: chart.title, style: ChartStyle.sheet)
  }

  mutating func draw() -> String {
    document.rectangle(x: 0, y: 0, width: width, height: height, radius: 8, class: "background")
    document.text(chart.title, at: Point(x: Self.margin, y: 33), class: "title start")
    drawLegend()
    drawAxes()
    if chart.series.allSatisfy({ pieces(of: $0).isEmpty }) {
      let middle = Point(x: (left + right) / 2, y: (top + bottom) / 2)
      document.text("no data", at: middle, class: "empty middle")
    }
    for (index, series) in chart.series.enumerated() { draw(series, index: index) }
    drawLastValues()
    return document.text
  }

  private static func isVisible(_ point: LineChart.Point, on scale: AxisScale) -> Bool {
    point.x.magnitude < 1e300 && point.y.magnitude < 1e300 && (scale == .linear || point.y > 1e-300)
  }

  private func place(_ point: LineChart.Point) -> Point {
    Point(
      x: left + xAxis.position(point.x) * (right - left),
      y: bottom - yAxis.position(point.y) * (bottom - top))
  }

  // MARK: Surroundings

  private struct LegendEntry {
    let x: Double
    let name: String
    let strokeClasses: String
  }

  /// The entries of the legend in as many rows as they need.
  private static func legend(of chart: LineChart, width: Double) -> [[LegendEntry]] {
    var rows: [[LegendEntry]] = []
    var x = 0.0
    for (index, series) in chart.series.enumerated() where !series.name.isEmpty {
      let entryWidth = 25 + ChartStyle.width(of: series.name)
      if rows.isEmpty || x + entryWidth > width {
        rows.append([])
        x = 0
      }
      let strokeClasses = strokeClasses(of: series, index: index)
      rows[rows.count - 1].append(
        LegendEntry(x: margin + x, name: series.name, strokeClasses: strokeClasses))
      x += entryWidth + 20
    }
    return rows
  }

  private mutating func drawLegend() {
    for (row, entries) in legend.enumerated() {
      let y = 56 + Double(row) * Self.legendRow
      for entry in entries {
        let (start, end) = (Point(x: entry.x, y: y), Point(x: entry.x + 18, y: y))
        document.line(start, end, class: entry.strokeClasses)
        document.text(entry.name, at: Point(x: entry.x + 25, y: y + 4), class: "legend start")
      }
    }
  }

  private mutating func drawAxes() {
    document.text(chart.yLabel, at: Point(x: Self.margin, y: top - 14), class: "label start")
    for (tick, label) in zip(yAxis.ticks, yAxis.labels) {
      let y = bottom - yAxis.position(tick) * (bottom - top)
      document.line(Point(x: left, y: y), Point(x: right, y: y), class: "grid")
      document.text(label, at: Point(x: left - Self.labelGap, y: y + 4), class: "tick end")
    }
    document.line(Point(x: left, y: bottom), Point(x: right, y: bottom), class: "axis")
    for (tick, label) in zip(xAxis.ticks, xAxis.labels) {
      let x = left + xAxis.position(tick) * (right - left)
      document.line(Point(x: x, y: bottom), Point(x: x, y: bottom + 5), class: "axis")
      document.text(label, at: Point(x: x, y: bottom + 20), class: "tick middle")
    }
    document.text(chart.xLabel, at: Point(x: right, y: bottom + 40), class: "label end")
  }

  // MARK: Lines

  private static func fillClass(of series: LineChart.Series, index: Int) -> String {
    "fill\((series.color ?? index) % ChartStyle.colorCount)"
  }

  private static func strokeClasses(of series: LineChart.Series, index: Int) -> String {
    let color = series.color ?? index
    let dashes = color / ChartStyle.colorCount % 2 == 1 ? " dashed" : ""
    let weight = series.emphasis == .strong ? "line" : "faint"
    return "\(weight)\(dashes) stroke\(color % ChartStyle.colorCount)"
  }

  private mutating func draw(_ series: LineChart.Series, index: Int) {
    let pieces = pieces(of: series)
    let lines = pieces.filter { $0.count > 1 }
    if !lines.isEmpty {
      document.path(lines.map(thinned), class: Self.strokeClasses(of: series, index: index))
    }
    let fill = Self.fillClass(of: series, index: index)
    for piece in pieces where piece.count == 1 {
      document.circle(piece[0], radius: 2.5, class: fill)
    }
  }

  /// The runs of points between the gaps.
  private func pieces(of series: LineChart.Series) -> [[Point]] {
    series.points.split { !Self.isVisible($0, on: chart.yScale) }.map { $0.map(place) }
  }

  /// At most four points per column of pixels, first, lowest, highest and last, which look the same
  /// as all of them: a picture of a million steps need not weigh many megabytes.
  private func thinned(_ points: [Point]) -> [Point] {
    guard Double(points.count) > 4 * width else { return points }
    var result: [Point] = []
    var start = 0
    while start < points.count {
      let column = points[start].x.rounded()
      let end = points[start...].firstIndex { $0.x.rounded() != column } ?? points.count
      let range = start..<end
      let lowest = range.max { points[$0].y < points[$1].y }!
      let highest = range.min { points[$0].y < points[$1].y }!
      result += Set([start, lowest, highest, end - 1]).sorted().map { points[$0] }
      start = end
    }
    return result
  }

  // MARK: Last values

  private struct LastValue {
    let point: LineChart.Point
    let text: String
    let fillClass: String
  }

  /// The last value of each strong line.
  private static func lastValues(of chart: LineChart) -> [LastValue] {
    chart.series.enumerated().compactMap { index, series in
      guard series.emphasis == .strong,
        let last = series.points.last(where: { isVisible($0, on: chart.yScale) })
      else { return nil }
      return LastValue(
        point: last, text: NumberText.significant(last.y, digits: 4),
        fillClass: fillClass(of: series, index: index))
    }
  }

  /// Writes the last values beside the plot at the heights where their lines end, moved apart where
  /// they would overlap.
  private mutating func drawLastValues() {
    var labels = lastValues.map { (value: $0, place: place($0.point)) }
    for label in labels {
      document.circle(label.place, radius: 3, class: label.value.fillClass)
    }
    labels.sort { $0.place.y < $1.place.y }
    let spacing = 15.0
    for index in labels.indices.dropFirst() {
      labels[index].place.y = max(labels[index].place.y, labels[index - 1].place.y + spacing)
    }
    // Those pushed off the lower end move up again.
    var limit = bottom
    for index in labels.indices.reversed() {
      labels[index].place.y = min(labels[index].place.y, limit)
      limit = labels[index].place.y - spacing
    }
    for label in labels {
      let place = Point(x: right + Self.labelGap, y: label.place.y + 4)
      document.text(label.value.text, at: place, class: "value start \(label.value.fillClass)")
    }
  }
}
