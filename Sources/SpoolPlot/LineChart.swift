/// A chart of one or several series of numbers as lines, drawn as SVG.
///
///     var chart = LineChart(title: "char-lm", xLabel: "step", yLabel: "nats per character")
///     chart.series.append(.init("training", points: losses))
///     let picture = chart.svg()
///
/// Numbers that are not finite, and on a logarithmic axis those that are not positive, are gaps in
/// the line; so are numbers beyond 10³⁰⁰, between which no axis could have ticks. The picture depends on nothing but the chart: no date, no language, no installed font.
public struct LineChart: Sendable {
  /// A pair of numbers that belong together.
  public struct Point: Equatable, Sendable {
    /// Where along the horizontal axis.
    public var x: Double
    /// Where along the vertical axis.
    public var y: Double

    /// The point at `x` and `y`.
    public init(_ x: Double, _ y: Double) {
      self.x = x
      self.y = y
    }
  }

  /// One line of the chart.
  public struct Series: Sendable {
    /// How strongly the line stands out.
    public enum Emphasis: Sendable {
      /// A line of full colour, with its last value written beside it.
      case strong
      /// A thin light line, for noise behind another one.
      case faint
    }

    /// What the legend calls it.
    public var name: String
    /// The numbers, in the order in which the line joins them.
    public var points: [Point]
    /// How strongly the line stands out.
    public var emphasis: Emphasis
    /// The position in the row of colours; nil takes the next one.
    public var color: Int?

    /// A series called `name` through `points`.
    public init(
      _ name: String, points: [Point], emphasis: Emphasis = .strong,
      color: Int? = nil
    ) {
      self.name = name
      self.points = points
      self.emphasis = emphasis
      self.color = color
    }

    /// A series called `name` of `values` at 0, 1, 2, ….
    public init(
      _ name: String, values: some Sequence<Double>, emphasis: Emphasis = .strong,
      color: Int? = nil
    ) {
      let points = values.enumerated().map { Point(Double($0.offset), $0.element) }
      self.init(name, points: points, emphasis: emphasis, color: color)
    }
  }

  /// The heading.
  public var title: String
  /// What the horizontal axis measures.
  public var xLabel: String
  /// What the vertical axis measures.
  public var yLabel: String
  /// How the vertical axis is divided.
  public var yScale: AxisScale
  /// The lines, in the order of the legend; later ones are drawn over earlier ones.
  public var series: [Series]

  /// A chart, so far without series unless some are given.
  public init(
    title: String, xLabel: String, yLabel: String, yScale: AxisScale = .linear,
    series: [Series] = []
  ) {
    self.title = title
    self.xLabel = xLabel
    self.yLabel = yLabel
    self.yScale = yScale
    self.series = series
  }

  /// The picture, a complete SVG document of the given size in pixels.
  public func svg(width: Int = 760, height: Int = 440) -> String {
    precondition(
      width >= 200 && height >= 150,
      "LineChart.svg: a chart of \(width) × \(height) is too small; it needs at least 200 × 150")
    var drawing = LineChartDrawing(of: self, width: Double(width), height: Double(height))
    return drawing.draw()
  }
}
