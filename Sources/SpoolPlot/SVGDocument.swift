/// An SVG picture that is being put together, element by element.
struct SVGDocument {
  private var lines: [String] = []

  /// Starts a picture of the given size; `title` is what a screen reader says.
  init(width: Double, height: Double, title: String, style: String) {
    let size = "\(Self.number(width)) \(Self.number(height))"
    lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"\(Self.number(width))\" "
        + "height=\"\(Self.number(height))\" viewBox=\"0 0 \(size)\" role=\"img\">",
      "<title>\(Self.escaped(title))</title>",
      "<style>\n\(style)</style>",
    ]
  }

  /// The finished picture.
  var text: String {
    (lines + ["</svg>\n"]).joined(separator: "\n")
  }

  mutating func rectangle(
    x: Double, y: Double, width: Double, height: Double, radius: Double = 0, class name: String,
    opacity: Double? = nil
  ) {
    let opacity = opacity.map { " fill-opacity=\"\(Self.number($0))\"" } ?? ""
    lines.append(
      "<rect x=\"\(Self.number(x))\" y=\"\(Self.number(y))\" width=\"\(Self.number(width))\" "
        + "height=\"\(Self.number(height))\" rx=\"\(Self.number(radius))\" class=\"\(name)\"\(opacity)/>"
    )
  }

  mutating func line(_ from: Point, _ to: Point, class name: String) {
    lines.append(
      "<line x1=\"\(Self.number(from.x))\" y1=\"\(Self.number(from.y))\" "
        + "x2=\"\(Self.number(to.x))\" y2=\"\(Self.number(to.y))\" class=\"\(name)\"/>")
  }

  mutating func circle(_ center: Point, radius: Double, class name: String) {
    lines.append(
      "<circle cx=\"\(Self.number(center.x))\" cy=\"\(Self.number(center.y))\" "
        + "r=\"\(Self.number(radius))\" class=\"\(name)\"/>")
  }

  /// A line through each of `pieces`, in one path.
  mutating func path(_ pieces: [[Point]], class name: String) {
    let commands = pieces.map { piece in
      "M" + piece.map { "\(Self.number($0.x)) \(Self.number($0.y))" }.joined(separator: "L")
    }
    lines.append("<path d=\"\(commands.joined())\" class=\"\(name)\"/>")
  }

  /// - Parameter rotation: the angle in degrees, clockwise, that the text is turned by around its place.
  mutating func text(
    _ text: String, at place: Point, class name: String, rotation: Double? = nil
  ) {
    let (x, y) = (Self.number(place.x), Self.number(place.y))
    let turn = rotation.map { " transform=\"rotate(\(Self.number($0)) \(x) \(y))\"" } ?? ""
    lines.append(
      "<text x=\"\(x)\" y=\"\(y)\" class=\"\(name)\"\(turn)>"
        + "\(Self.escaped(text))</text>")
  }

  /// A picture in the PNG format, whose pixels stay sharp squares.
  mutating func image(_ png: [UInt8], at place: Point, width: Double, height: Double) {
    lines.append(
      "<image x=\"\(Self.number(place.x))\" y=\"\(Self.number(place.y))\" "
        + "width=\"\(Self.number(width))\" height=\"\(Self.number(height))\" class=\"pixels\" "
        + "preserveAspectRatio=\"none\" href=\"data:image/png;base64,\(Self.base64(png))\"/>")
  }

  /// `bytes` as text (RFC 4648).
  private static func base64(_ bytes: [UInt8]) -> String {
    let digits = Array("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/".utf8)
    var text: [UInt8] = []
    for start in stride(from: 0, to: bytes.count, by: 3) {
      let three = bytes[start...].prefix(3)
      let word = (0..<3).reduce(0) { $0 << 8 | ($1 < three.count ? Int(three[start + $1]) : 0) }
      for i in 0...three.count { text.append(digits[word >> (18 - 6 * i) & 63]) }
      text += repeatElement(UInt8(ascii: "="), count: 3 - three.count)
    }
    return String(decoding: text, as: UTF8.self)
  }

  /// A point of the picture, in pixels from the upper left corner.
  struct Point: Equatable {
    var x: Double
    var y: Double
  }

  /// A coordinate, rounded to a hundredth of a pixel, or another number to hundredths.
  private static func number(_ value: Double) -> String {
    let hundredths = Int((value * 100).rounded())
    let sign = hundredths < 0 ? "-" : ""
    let (whole, rest) = hundredths.magnitude.quotientAndRemainder(dividingBy: 100)
    if rest == 0 { return "\(sign)\(whole)" }
    let digits = rest < 10 ? "0\(rest)" : "\(rest)"
    return "\(sign)\(whole).\(digits.hasSuffix("0") ? String(digits.dropLast()) : digits)"
  }

  /// `text` with XML's own characters escaped, and those that XML cannot contain replaced.
  static func escaped(_ text: String) -> String {
    var result = ""
    for scalar in text.unicodeScalars {
      switch scalar {
      case "&": result += "&amp;"
      case "<": result += "&lt;"
      case ">": result += "&gt;"
      case "\"": result += "&quot;"
      case "\t", "\n", "\r": result += " "
      case ..<" ", "\u{FFFE}", "\u{FFFF}": result += "\u{FFFD}"
      default: result.unicodeScalars.append(scalar)
      }
    }
    return result
  }
}
