/// A page of headings, text, tables and figures: one HTML file that needs no other.
///
///     var report = HTMLReport(title: "char-lm")
///     report.add(.heading("Parameters"))
///     report.add(.table(header: ["name", "shape"], rows: [["bias", "[65]"]]))
///     report.add(.figure(svg: chart.svg()))
public struct HTMLReport: Sendable {
  /// A part of the page.
  public enum Part: Sendable {
    /// The title of what follows.
    case heading(String)
    /// A paragraph.
    case text(String)
    /// A table; numbers, and what else starts as one does, stand to the right.
    case table(header: [String], rows: [[String]])
    /// A picture as a figure of this package draws it.
    case figure(svg: String)
  }

  /// The title of the page.
  public let title: String
  private var parts: [Part] = []

  /// A page without parts.
  public init(title: String) { self.title = title }

  /// Adds a part at the end.
  public mutating func add(_ part: Part) { parts.append(part) }

  /// The file.
  public var html: String {
    """
    <!doctype html>
    <html lang="en">
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width">
    <title>\(SVGDocument.escaped(title))</title>
    <style>
    :root { color-scheme: light dark; }
    body { font: 15px/1.5 Inter, system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; }
    table { border-collapse: collapse; font-variant-numeric: tabular-nums; }
    th, td { padding: 0.15rem 1rem 0.15rem 0; text-align: left; vertical-align: top; }
    th { border-bottom: 1px solid #adb5bd; font-weight: 600; }
    .number { text-align: right; }
    svg { max-width: 100%; height: auto; margin: 0.5rem 0; }
    </style>
    <h1>\(SVGDocument.escaped(title))</h1>
    \(parts.map(html).joined(separator: "\n"))
    </html>

    """
  }

  private func html(_ part: Part) -> String {
    switch part {
    case .heading(let text): "<h2>\(SVGDocument.escaped(text))</h2>"
    case .text(let text): "<p>\(SVGDocument.escaped(text))</p>"
    case .figure(let svg): svg
    case .table(let header, let rows):
      "<table>\n" + ([row(header, "th")] + rows.map { row($0, "td") }).joined(separator: "\n")
        + "\n</table>"
    }
  }

  private func row(_ texts: [String], _ element: String) -> String {
    let cells = texts.map { text in
      let isNumber = element == "td" && text.prefixMatch(of: /[+\-−]?\d/) != nil
      return
        "<\(element)\(isNumber ? " class=\"number\"" : "")>\(SVGDocument.escaped(text))</\(element)>"
    }
    return "<tr>" + cells.joined() + "</tr>"
  }
}
