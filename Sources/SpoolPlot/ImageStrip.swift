/// Grey images in rows and columns, drawn as SVG: frames of a video, true ones above predicted ones.
public struct ImageStrip: Sendable {
  /// A grey image.
  public struct Image: Sendable {
    /// The number of pixels in a row.
    public var width: Int
    /// The pixels row by row, from 0, black, to 1, white. What is outside counts as the nearer of both.
    public var pixels: [Float]

    /// An image of these pixels. Traps when they do not make up rows of that width.
    public init(width: Int, pixels: [Float]) {
      guard width > 0, pixels.count % width == 0 else {
        fatalError("ImageStrip.Image: \(pixels.count) pixels are no rows of \(width)")
      }
      self.width = width
      self.pixels = pixels
    }

    /// The number of rows.
    public var height: Int { pixels.count / width }
  }

  /// One row of images.
  public struct Row: Sendable {
    /// What stands before it.
    public var label: String
    /// The images from left to right; nil leaves a place empty.
    public var images: [Image?]

    /// A row called `label`.
    public init(_ label: String, _ images: [Image?]) {
      self.label = label
      self.images = images
    }
  }

  /// The heading.
  public var title: String
  /// What stands above the columns.
  public var columns: [String]
  /// The rows, the first one at the top.
  public var rows: [Row]

  /// A strip of these rows.
  public init(title: String, columns: [String], rows: [Row]) {
    self.title = title
    self.columns = columns
    self.rows = rows
  }

  /// The picture, a complete SVG document whose images are `side` pixels wide.
  public func svg(side: Double = 48) -> String {
    let (margin, gap) = (16.0, 4.0)
    let left = margin + (rows.map { ChartStyle.width(of: $0.label) }.max() ?? 0) + 8
    let places = max(columns.count, rows.map(\.images.count).max() ?? 0)
    func x(_ column: Int) -> Double { left + Double(column) * (side + gap) }
    var top = 68.0
    let heights = rows.map { row in
      row.images.compactMap { $0.map { side * Double($0.height) / Double($0.width) } }.max() ?? side
    }
    var document = SVGDocument(
      width: x(places) - gap + margin, height: top + heights.reduce(0) { $0 + $1 + gap } + margin,
      title: title, style: ChartStyle.sheet)
    document.rectangle(
      x: 0, y: 0, width: x(places) - gap + margin,
      height: top + heights.reduce(0) { $0 + $1 + gap } + margin, radius: 8, class: "background")
    document.text(title, at: SVGDocument.Point(x: margin, y: 29), class: "title start")
    for (i, column) in columns.enumerated() {
      document.text(
        column, at: SVGDocument.Point(x: x(i) + side / 2, y: top - 8), class: "tick middle")
    }
    for (row, height) in zip(rows, heights) {
      document.text(
        row.label, at: SVGDocument.Point(x: left - 8, y: top + height / 2 + 4), class: "label end")
      for (i, image) in row.images.enumerated() {
        guard let image else { continue }
        document.image(
          image.png, at: SVGDocument.Point(x: x(i), y: top), width: side,
          height: side * Double(image.height) / Double(image.width))
      }
      top += height + gap
    }
    return document.text
  }
}

extension ImageStrip.Image {
  fileprivate var png: [UInt8] {
    PNG.bytes(pixels.map { UInt8((min(max($0, 0), 1) * 255).rounded()) }, width: width)
  }
}
