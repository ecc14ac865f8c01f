#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// Numbers as text, the same whatever the system's language: a point, no grouping.
enum NumberText {
  /// `value` with exactly `decimals` digits after the point, rounded to nearest.
  static func fixed(_ value: Double, decimals: Int) -> String {
    let power = powerOfTen(decimals)
    let scaled = (value * power).rounded()
    // Beyond this a Double has no digits after the point to show.
    guard scaled.magnitude < 0x1p53 else { return "\(value)" }
    let number = Int(scaled)
    let digits = String(number.magnitude)
    let padded = String(repeating: "0", count: max(0, decimals + 1 - digits.count)) + digits
    let sign = number < 0 ? "−" : ""
    guard decimals > 0 else { return sign + padded }
    return "\(sign)\(padded.dropLast(decimals)).\(padded.suffix(decimals))"
  }

  /// `value` with about `digits` significant digits: 1.482, 12.3k, 3.1×10⁻⁵.
  static func significant(_ value: Double, digits: Int) -> String {
    guard value != 0 else { return "0" }
    return labels([value], step: powerOfTen(exponent(value) - digits + 1))[0]
  }

  /// Labels for the ticks of an axis, which are `step` apart: all in the same unit and with just as
  /// many digits as tell them apart.
  static func labels(_ values: [Double], step: Double) -> [String] {
    let largest = exponent(values.map(\.magnitude).max() ?? 0)
    let (unit, suffix) =
      switch largest {
      case -4..<4: (0, "")
      case 4..<6: (3, "k")
      case 6..<9: (6, "M")
      default: (largest, "×10" + superscript(largest))
      }
    let decimals = max(0, unit - exponent(step))
    return values.map { value in
      // Dividing twice keeps the power of ten finite for the smallest numbers.
      let half = unit / 2
      let mantissa = value / powerOfTen(half) / powerOfTen(unit - half)
      return value == 0 ? "0" : fixed(mantissa, decimals: decimals) + suffix
    }
  }

  /// Labels for ticks at powers of ten: 0.01, 0.1, 1 or, where those would be long, 10⁻⁶, 10⁻³, 1.
  static func labels(powersOfTen values: [Double]) -> [String] {
    let exponents = values.map(exponent)
    guard exponents.min()! < -4 || exponents.max()! > 6 else {
      return values.map { labels([$0], step: $0)[0] }
    }
    return exponents.map { $0 == 0 ? "1" : "10" + superscript($0) }
  }

  /// The exponent of the leading digit: 2 for 123, -2 for 0.012.
  static func exponent(_ value: Double) -> Int {
    guard value != 0 else { return 0 }
    // A step such as 0.1 is not exactly a power of ten, and must not count as one less.
    return Int((log10(value.magnitude) + 1e-9).rounded(.down))
  }

  static func powerOfTen(_ exponent: Int) -> Double {
    pow(10, Double(exponent))
  }

  private static func superscript(_ number: Int) -> String {
    String(
      String(number).map { character in
        character == "-" ? "⁻" : Array("⁰¹²³⁴⁵⁶⁷⁸⁹")[character.wholeNumberValue!]
      })
  }
}
