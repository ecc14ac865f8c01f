import Foundation
import SpoolPlot
import Testing

@Suite struct LineChartTests {
  typealias Point = LineChart.Point

  /// The elements of a picture with their attributes; fails if it is not well-formed XML.
  func elements(of chart: LineChart) throws -> [Element] {
    let svg = chart.svg()
    #expect(!svg.contains("nan") && !svg.contains("inf"))
    return try Element.all(of: svg)
  }

  func chart(_ series: LineChart.Series..., yScale: AxisScale = .linear) -> LineChart {
    LineChart(title: "title", xLabel: "step", yLabel: "loss", yScale: yScale, series: series)
  }

  func texts(_ elements: [Element]) -> [String] {
    elements.filter { $0.name == "text" }.map(\.text)
  }

  @Test func titleLabelsAndLegendAreThere() throws {
    let elements = try elements(
      of: chart(
        .init("training", points: [Point(0, 3), Point(10, 1)]),
        .init("validation", points: [Point(0, 3.5), Point(10, 2)])))
    let texts = texts(elements)
    for text in ["title", "step", "loss", "training", "validation", "1.000", "2.000"] {
      #expect(texts.contains(text), "\(text)")
    }
    #expect(elements.filter { $0.name == "path" }.count == 2)
  }

  @Test func pointsLieWhereTheAxesSay() throws {
    let elements = try elements(of: chart(.init("a", points: [Point(0, 0), Point(10, 5)])))
    let path = try #require(elements.first { $0.name == "path" }?.attributes["d"])
    let axis = try #require(elements.first { $0.attributes["class"] == "axis" }).attributes
    let topGrid = try #require(elements.last { $0.attributes["class"] == "grid" }).attributes
    #expect(path == "M\(axis["x1"]!) \(axis["y1"]!)L\(axis["x2"]!) \(topGrid["y1"]!)")
  }

  @Test func valuesAloneStandAtWholeNumbers() {
    let series = LineChart.Series("training", values: [3, 1, 2])
    #expect(series.points == [Point(0, 3), Point(1, 1), Point(2, 2)])
  }

  @Test func hostileTextIsEscaped() throws {
    let hostile = "</title><script>&amp;\"'\u{0}\u{1B}\u{FFFE}\n😀"
    var chart = chart(.init(hostile, points: [Point(0, 1), Point(1, 2)]))
    chart.title = hostile
    chart.xLabel = hostile
    chart.yLabel = hostile
    let elements = try elements(of: chart)
    #expect(!elements.contains { $0.name == "script" })
    let shown = "</title><script>&amp;\"'\u{FFFD}\u{FFFD}\u{FFFD} 😀"
    #expect(texts(elements).filter { $0 == shown }.count == 4)
  }

  @Test func gapsWhereThereIsNoNumber() throws {
    let points = [1, 2, .nan, 3, .infinity, 4, 5, -.infinity, 1e305].enumerated().map {
      Point(Double($0), $1)
    }
    let elements = try elements(of: chart(.init("a", points: points)))
    let path = try #require(elements.first { $0.name == "path" }?.attributes["d"])
    #expect(path.count { $0 == "M" } == 2)
    #expect(path.count { $0 == "L" } == 2)
    // One point stands alone, and the last value has its dot.
    #expect(elements.filter { $0.name == "circle" }.count == 2)
    #expect(texts(elements).contains("5.000"))
  }

  @Test func whatHasNoLogarithmIsAGap() throws {
    let points = [Point(0, 1), Point(1, 0), Point(2, -1), Point(3, 0.1), Point(4, 0.01)]
    let elements = try elements(of: chart(.init("a", points: points), yScale: .logarithmic))
    #expect(elements.first { $0.name == "path" }?.attributes["d"]?.count { $0 == "L" } == 1)
  }

  @Test(
    arguments: [
      [], [Point(.nan, .nan)], [Point(1, .infinity)], [Point(.infinity, 1)],
    ] as [[Point]])
  func noData(_ points: [Point]) throws {
    for scale in [AxisScale.linear, .logarithmic] {
      let elements = try elements(of: chart(.init("a", points: points), yScale: scale))
      #expect(texts(elements).contains("no data"))
      #expect(!elements.contains { $0.name == "path" || $0.name == "circle" })
    }
    #expect(try texts(elements(of: chart())).contains("no data"))
  }

  @Test func extremeNumbersHaveAPlace() throws {
    for (a, b) in [
      (-9e299, 9e299), (0, Double.leastNonzeroMagnitude), (1, 1.nextUp), (1e-299, 9e299),
    ] {
      for scale in [AxisScale.linear, .logarithmic] {
        let points = [Point(a, a), Point(b, b)]
        let elements = try elements(of: chart(.init("a", points: points), yScale: scale))
        for circle in elements where circle.name == "circle" {
          let x = try #require(Double(circle.attributes["cx"]!))
          let y = try #require(Double(circle.attributes["cy"]!))
          #expect((0...760).contains(x) && (0...440).contains(y))
        }
      }
    }
  }

  @Test func aMillionPointsMakeASmallPictureThatKeepsThePeaks() throws {
    let peak = 123_456
    let points = (0..<1_000_000).map { Point(Double($0), $0 == peak ? 100 : Double($0 % 7)) }
    let chart = chart(.init("a", points: points))
    #expect(chart.svg().utf8.count < 100_000)
    let elements = try elements(of: chart)
    let path = try #require(elements.first { $0.name == "path" }?.attributes["d"])
    let heights = path.dropFirst().split(separator: "L").map {
      Double($0.split(separator: " ")[1])!
    }
    let grid = elements.filter { $0.attributes["class"] == "grid" }
    #expect(heights.min() == Double(grid.last!.attributes["y1"]!))
    #expect(heights.max() == Double(grid.first!.attributes["y1"]!))
  }

  @Test(arguments: [1, 1.5, 1.99]) func lastValuesDoNotOverlap(_ last: Double) throws {
    var chart = chart()
    for index in 0..<12 {
      let end = Point(1, last + 0.0005 * Double(index))
      chart.series.append(.init("s\(index)", points: [Point(0, 2), Point(0.5, 1), end]))
    }
    let values = try elements(of: chart).filter {
      $0.attributes["class"]?.hasPrefix("value") == true
    }
    let heights = values.map { Double($0.attributes["y"]!)! }.sorted()
    #expect(heights.count == 12)
    #expect(zip(heights, heights.dropFirst()).allSatisfy { $1 - $0 >= 14.9 })
    #expect(heights.allSatisfy { (0...440).contains($0) })
  }

  @Test func lastValuesStandBesideThePlot() throws {
    let elements = try elements(
      of: chart(
        .init("whole", points: [Point(0, 2), Point(10, 1)]),
        .init("half", points: [Point(0, 3), Point(5, 1.05)])))
    let axis = try #require(elements.first { $0.attributes["class"] == "axis" })
    let right = try #require(Double(axis.attributes["x2"]!))
    let values = elements.filter { $0.attributes["class"]?.hasPrefix("value") == true }
    #expect(values.map(\.text) == ["1.050", "1.000"])
    #expect(values.allSatisfy { Double($0.attributes["x"]!)! > right })
  }

  @Test func aLongLegendGoesOnInTheNextRow() throws {
    var chart = chart()
    for index in 0..<9 {
      chart.series.append(.init("a rather long name \(index)", points: [Point(0, 1)]))
    }
    let entries = try elements(of: chart).filter { $0.attributes["class"] == "legend start" }
    #expect(entries.count == 9)
    #expect(Set(entries.map { $0.attributes["y"]! }).count == 3)
    #expect(entries.allSatisfy { Double($0.attributes["x"]!)! < 600 })
  }

  @Test func faintSeriesHaveNeitherValueNorName() throws {
    let faint = LineChart.Series("", points: [Point(0, 1), Point(1, 2)], emphasis: .faint)
    let elements = try elements(of: chart(faint))
    #expect(elements.first { $0.name == "path" }?.attributes["class"] == "faint stroke0")
    #expect(!elements.contains { $0.name == "circle" })
    #expect(!texts(elements).contains(""))
  }

  @Test func tooSmallAPictureIsAMistake() async {
    await #expect(processExitsWith: .failure) {
      _ = LineChart(title: "", xLabel: "", yLabel: "").svg(width: 100, height: 400)
    }
  }
}
