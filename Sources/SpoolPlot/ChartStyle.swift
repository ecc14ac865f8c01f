/// The colours and type of all charts, for light and dark surroundings.
enum ChartStyle {
  /// How many series have a colour of their own; further ones repeat them with dashed lines.
  static let colorCount = light.count

  // Two sets of equal order, chosen to differ for all kinds of colour vision and to keep a contrast
  // of at least 3:1 with the background.
  private static let light = ["#2563eb", "#d9480f", "#087f5b", "#9c36b5", "#a16207", "#495057"]
  private static let dark = ["#6ea8fe", "#ff922b", "#38d9a9", "#da77f2", "#fcc419", "#ced4da"]

  /// The style sheet. Programs that know no colour schemes show the light one.
  static let sheet = """
    text { font: 12px Inter, system-ui, -apple-system, "Segoe UI", Roboto, "DejaVu Sans", sans-serif; }
    .background { fill: #ffffff; }
    .title { font-size: 17px; font-weight: 600; fill: #16181d; }
    .label { fill: #5c6470; }
    .tick { fill: #5c6470; font-variant-numeric: tabular-nums; }
    .legend { font-size: 12.5px; fill: #343a40; }
    .empty { font-size: 14px; fill: #868e96; }
    .start { text-anchor: start; } .middle { text-anchor: middle; } .end { text-anchor: end; }
    .grid { stroke: #e9ecef; stroke-width: 1; }
    .axis { stroke: #adb5bd; stroke-width: 1; }
    .line { fill: none; stroke-width: 2; stroke-linejoin: round; stroke-linecap: round; }
    .faint { fill: none; stroke-width: 1; stroke-linejoin: round; stroke-opacity: 0.4; }
    .pixels { image-rendering: pixelated; }
    .square { stroke: #e9ecef; stroke-width: 1; }
    .dashed { stroke-dasharray: 6 4; }
    .value { font-weight: 600; font-variant-numeric: tabular-nums; }
    \(rules(for: light))
    @media (prefers-color-scheme: dark) {
    .background { fill: #14171c; }
    .title { fill: #f1f3f5; }
    .label, .tick { fill: #a3abb5; }
    .legend { fill: #dee2e6; }
    .grid, .square { stroke: #272c34; }
    .axis { stroke: #59616c; }
    \(rules(for: dark))
    }

    """

  private static func rules(for colors: [String]) -> String {
    colors.enumerated().map { index, color in
      ".stroke\(index) { stroke: \(color); } .fill\(index) { fill: \(color); }"
    }.joined(separator: "\n")
  }

  /// About how many pixels wide `text` is in the size of a legend.
  static func width(of text: String) -> Double {
    text.reduce(0) { $0 + ($1.unicodeScalars.first!.value < 0x1100 ? 7 : 13) }
  }
}
