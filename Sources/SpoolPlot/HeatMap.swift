/// A table of numbers as coloured squares with a word for each column and row, drawn as SVG: the weights of an
/// attention, a confusion matrix.
///
///     let map = HeatMap(title: "attention", columns: ["ein", "mann"], rows: ["a", "man"], values: weights)
///     let picture = map.svg()
///
/// A number at the lower end of the range has the colour of the background, one at the upper end full colour; numbers
/// beyond an end look like the end, and one that is not finite is left empty, without a square.
public struct HeatMap: Sendable {
  /// The heading.
  public var title: String
  /// The words above the columns.
  public var columns: [String]
  /// The words beside the rows.
  public var rows: [String]
  /// The numbers, row by row.
  public var values: [[Double]]
  /// What the colours run over.
  public var range: ClosedRange<Double>

  /// A heat map. Traps where there is not one number for each row and column.
  public init(
    title: String, columns: [String], rows: [String], values: [[Double]],
    range: ClosedRange<Double> = 0...1
  ) {
    precondition(
      values.count == rows.count && values.allSatisfy { $0.count == columns.count },
      "HeatMap: \(rows.count) rows and \(columns.count) columns, but \(values.count) rows of "
        + "\(values.map(\.count)) numbers")
    precondition(
      range.lowerBound < range.upperBound,
      "HeatMap: the range \(range) is empty; its ends must differ")
    self.title = title
    self.columns = columns
    self.rows = rows
    self.values = values
    self.range = range
  }

  /// The picture, a complete SVG document whose squares have sides of `cell` pixels.
  public func svg(cell: Int = 28) -> String {
    precondition(cell >= 4, "HeatMap.svg: squares of \(cell) pixels are too small; they need 4")
    let (cell, margin, gap) = (Double(cell), 24.0, 9.0)
    // The words above stand at an angle of 45°.
    let slope = 0.7071
    let left = margin + (rows.map(ChartStyle.width).max() ?? 0) + gap
    let slanted = slope * (columns.map(ChartStyle.width).max() ?? 0)
    let top = 52 + slanted + gap
    let (right, bottom) = (
      left + cell * Double(columns.count), top + cell * Double(rows.count)
    )
    let scale = Scale(range)
    let width = max(
      right + slanted + margin, 2 * margin + ChartStyle.width(of: title) * 1.4,
      left + scale.width + margin)
    var document = SVGDocument(
      width: width, height: bottom + 56, title: title, style: ChartStyle.sheet)
    document.rectangle(
      x: 0, y: 0, width: width, height: bottom + 56, radius: 8, class: "background")
    document.text(title, at: .init(x: margin, y: 33), class: "title start")
    for (place, word) in columns.enumerated() {
      let x = left + cell * (Double(place) + 0.5)
      document.text(word, at: .init(x: x, y: top - gap), class: "legend start", rotation: -45)
    }
    for (row, word) in rows.enumerated() {
      let y = top + cell * Double(row)
      document.text(
        word, at: .init(x: left - gap, y: y + cell / 2 + 4), class: "legend end")
      for (column, value) in values[row].enumerated() where value.isFinite {
        document.rectangle(
          x: left + cell * Double(column) + 0.5, y: y + 0.5, width: cell - 1, height: cell - 1,
          class: "square fill0", opacity: scale.strength(of: value))
      }
    }
    scale.draw(in: &document, x: left, y: bottom + 22)
    return document.text
  }
}

/// Which number has which strength of colour.
private struct Scale {
  private let range: ClosedRange<Double>
  private let labels: [String]
  private static let square = 14.0
  private static let steps = 5

  init(_ range: ClosedRange<Double>) {
    self.range = range
    let span = range.upperBound - range.lowerBound
    labels = NumberText.labels([range.lowerBound, range.upperBound], step: span / 10)
  }

  func strength(of value: Double) -> Double {
    let span = range.upperBound - range.lowerBound
    return min(max((value - range.lowerBound) / span, 0), 1)
  }

  var width: Double {
    labels.map(ChartStyle.width).reduce(0, +) + Double(Self.steps) * Self.square + 16
  }

  /// A row of squares between the ends of the range.
  func draw(in document: inout SVGDocument, x: Double, y: Double) {
    document.text(labels[0], at: .init(x: x, y: y + 11), class: "tick start")
    let start = x + ChartStyle.width(of: labels[0]) + 8
    for step in 0..<Self.steps {
      document.rectangle(
        x: start + Double(step) * Self.square, y: y, width: Self.square - 1,
        height: Self.square - 1, class: "square fill0",
        opacity: Double(step) / Double(Self.steps - 1))
    }
    let end = start + Double(Self.steps) * Self.square + 8
    document.text(labels[1], at: .init(x: end, y: y + 11), class: "tick start")
  }
}
