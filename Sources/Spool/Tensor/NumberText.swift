#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// The text of a scalar that stands alone: all the digits that tell it from its neighbours.
func scalarText<Scalar: TensorScalar>(_ scalar: Scalar) -> String {
  switch scalar {
  case let value as Float: realText(value)
  case let value as Double: realText(value)
  default: "\(scalar)"
  }
}

/// The texts of elements that stand in columns, all equally wide.
func columnTexts<Scalar: TensorScalar>(of scalars: [Scalar]) -> [String] {
  switch Scalar.scalarType {
  case .float: realTexts(scalars as! [Float])
  case .double: realTexts(scalars as! [Double])
  case .int32: alignedRight(scalars.map { "\($0)" })
  case .bool: alignedRight(scalars.map { "\($0)" }, width: "false".count)
  }
}

private func realText<S: RealScalar>(_ value: S) -> String {
  guard value.isFinite else { return nonFiniteText(value) }
  let number = DecimalDigits(shortest: value)
  let magnitude = Swift.abs(value.asDouble)
  let isPlain = (1e-4..<(S.scalarType == .float ? 1e6 : 1e16)).contains(magnitude)
  if isPlain || magnitude == 0 {
    let (whole, fraction) = number.positional
    return whole + "." + (fraction.isEmpty ? "0" : fraction)
  }
  let (whole, fraction) = number.scientific
  return whole + (fraction.isEmpty ? "" : ".") + fraction + number.power(digits: 2)
}

private func nonFiniteText<S: RealScalar>(_ value: S) -> String {
  value.isNaN ? "nan" : value < 0 ? "-inf" : "inf"
}

/// Real numbers all in the same notation, with their points aligned.
private func realTexts<S: RealScalar>(_ values: [S]) -> [String] {
  let needsPowers = spreadNeedsPowers(values.lazy.filter(\.isFinite))
  let texts = needsPowers ? scientificTexts(values) : positionalTexts(values)
  return alignedRight(zip(values, texts).map { $0.isFinite ? $1 : nonFiniteText($0) })
}

private let mostDecimals = 8

/// Whether numbers are too large, too small or too far apart to stand below each other without powers
/// of ten.
private func spreadNeedsPowers<S: RealScalar>(_ finite: some Sequence<S>) -> Bool {
  let magnitudes = finite.filter { $0 != 0 }.map { Swift.abs($0) }
  guard let largest = magnitudes.max(), let smallest = magnitudes.min() else { return false }
  // Above, whole numbers in single precision would show digits that they don't have.
  let limit: S = S.scalarType == .float ? 1e6 : 1e8
  return largest >= limit || smallest < 0.0001 || largest / smallest > 1000
}

/// As many decimals as needed, then spaces. What is not finite becomes "".
private func positionalTexts<S: RealScalar>(_ values: [S]) -> [String] {
  let parts = values.map { value -> (whole: String, fraction: String) in
    value.isFinite ? DecimalDigits(value, decimals: mostDecimals).positional : ("", "")
  }
  let width = parts.lazy.map(\.fraction.count).max() ?? 0
  return parts.map { $0 + "." + $1 + spaces(width - $1.count) }
}

/// The decimals that the number needs that needs the most. What is not finite becomes "".
private func scientificTexts<S: RealScalar>(_ values: [S]) -> [String] {
  let shortest = values.map { value in
    value.isFinite ? DecimalDigits(value, digits: mostDecimals + 1) : nil
  }
  let width = shortest.lazy.compactMap { $0?.scientific.fraction.count }.max() ?? 0
  let powerDigits = shortest.lazy.compactMap { $0?.powerDigits }.max() ?? 0
  return values.map { value in
    guard value.isFinite else { return "" }
    let number = DecimalDigits(exactly: value, digits: width + 1)
    let (whole, fraction) = number.scientific
    let zeros = String(repeating: "0", count: width - fraction.count)
    return whole + "." + fraction + zeros + number.power(digits: powerDigits)
  }
}

private func alignedRight(_ texts: [String], width: Int = 0) -> [String] {
  let width = Swift.max(width, texts.lazy.map(\.count).max() ?? 0)
  return texts.map { spaces(width - $0.count) + $0 }
}

private func spaces(_ count: Int) -> String { String(repeating: " ", count: count) }

/// A finite number in decimal: d₀.d₁d₂… × 10^exponent.
private struct DecimalDigits {
  private var isNegative: Bool
  /// Without zeros at the end; just one 0 for zero.
  private var digits: [UInt8]
  private var exponent: Int

  /// The fewest digits that tell `value` from its neighbours of the same type.
  init<S: RealScalar>(shortest value: S) { self.init("\(value)") }

  /// The shortest digits, or where they are more, the first `count`, rounded.
  init<S: RealScalar>(_ value: S, digits count: Int) {
    self.init(shortest: value)
    // The last digit of the shortest text stands for others, so it is not that text that is rounded.
    if digits.count > count { self.init(exactly: value, digits: count) }
  }

  /// The shortest digits, or where they are more, those of `count` decimals, rounded.
  init<S: RealScalar>(_ value: S, decimals count: Int) {
    self.init(shortest: value)
    self.init(value, digits: count + 1 + exponent)
  }

  /// The first `count` digits of the value itself, rounded; to even where it lies just between two.
  init<S: RealScalar>(exactly value: S, digits count: Int) {
    var text = [CChar](repeating: 0, count: count + 16)
    let arguments: [any CVarArg] = [Int32(count - 1), value.asDouble]
    let length = withVaList(arguments) { vsnprintf(&text, text.count, "%.*e", $0) }
    let bytes = text.prefix(Int(length)).map(UInt8.init(bitPattern:))
    self.init(String(decoding: bytes, as: UTF8.self))
  }

  /// Reads "-12.5", "0.001", "1e-05", "1.5e+20", whatever stands for the point.
  private init(_ text: String) {
    let parts = text.utf8.split(separator: UInt8(ascii: "e"))
    let mantissa = parts[0].drop { $0 == UInt8(ascii: "-") }
    let point = mantissa.firstIndex { !DecimalDigits.isDigit($0) } ?? mantissa.endIndex
    let all = mantissa.filter(DecimalDigits.isDigit).map { $0 - UInt8(ascii: "0") }
    let leadingZeros = all.prefix { $0 == 0 }.count
    isNegative = text.utf8.first == UInt8(ascii: "-")
    digits = Array(all.dropFirst(leadingZeros))
    exponent = mantissa.distance(from: mantissa.startIndex, to: point) - 1 - leadingZeros
    if parts.count > 1 { exponent += Int(Substring(parts[1]))! }
    while digits.last == 0 { digits.removeLast() }
    if digits.isEmpty { (digits, exponent) = ([0], 0) }
  }

  private static func isDigit(_ byte: UInt8) -> Bool {
    (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte)
  }

  /// What stands before and after the point, with no zeros at the end.
  var positional: (whole: String, fraction: String) {
    if exponent >= 0 {
      let zeros = [UInt8](repeating: 0, count: Swift.max(exponent + 1 - digits.count, 0))
      return split(digits + zeros, at: exponent + 1)
    }
    return split([UInt8](repeating: 0, count: -exponent) + digits, at: 1)
  }

  /// What stands before and after the point where a power of ten follows, with no zeros at the end.
  var scientific: (whole: String, fraction: String) { split(digits, at: 1) }

  private func split(_ digits: [UInt8], at place: Int) -> (whole: String, fraction: String) {
    let text = digits.map { Character(UnicodeScalar(UInt8(ascii: "0") + $0)) }
    return ((isNegative ? "-" : "") + String(text[..<place]), String(text[place...]))
  }

  /// "e-05", with `digits` digits or more.
  func power(digits: Int) -> String {
    let number = String(Swift.abs(exponent))
    let zeros = String(repeating: "0", count: Swift.max(digits - number.count, 0))
    return "e" + (exponent < 0 ? "-" : "+") + zeros + number
  }

  /// The number of digits of the power, two at least.
  var powerDigits: Int { Swift.max(String(Swift.abs(exponent)).count, 2) }
}
