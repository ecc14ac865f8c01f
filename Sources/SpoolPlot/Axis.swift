#if canImport(Darwin)
  import Darwin
#elseif canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#endif

/// How numbers are laid out along an axis.
public enum AxisScale: Sendable {
  /// Equal differences are equally far apart.
  case linear
  /// Equal ratios are equally far apart. Numbers that are not positive have no place.
  case logarithmic
}

/// One axis of a chart: the interval that it shows and the ticks on it.
struct Axis {
  let scale: AxisScale
  let lower: Double
  let upper: Double
  let ticks: [Double]
  let labels: [String]

  /// An axis on which all of `values` have their place, with about `count` ticks.
  ///
  /// The interval ends at ticks if `endsAtTicks`. Otherwise it ends at the extreme values, but
  /// starts at 0 if that is near: the first step of many is number 1. Whole numbers get ticks at
  /// whole numbers.
  init(
    scale: AxisScale, values: some Sequence<Double>, count: Int, endsAtTicks: Bool
  ) {
    var smallest = Double.infinity
    var largest = -Double.infinity
    var areWhole = true
    for value in values {
      smallest = min(smallest, value)
      largest = max(largest, value)
      areWhole = areWhole && value == value.rounded()
    }
    if smallest > largest { (smallest, largest) = (scale == .linear ? 0 : 0.01, 1) }
    // On a very short interval both scales look the same, but logarithms have no digits left there.
    let scale = largest - smallest < 1e-6 * smallest ? .linear : scale
    self.scale = scale
    if scale == .logarithmic, let decades = Self.decades(from: smallest, to: largest, count: count)
    {
      ticks = decades
      lower = min(smallest, ticks.first!)
      upper = max(largest, ticks.last!)
      labels = NumberText.labels(powersOfTen: ticks)
      return
    }
    if largest / 2 - smallest / 2 == 0 {
      // One value alone, or a difference too small for a Double: leave room on both sides.
      let room = smallest == 0 ? 1 : smallest.magnitude / 2
      (smallest, largest) = (smallest - room, largest + room)
    }
    if !endsAtTicks, smallest > 0, smallest <= largest / 20 { smallest = 0 }
    let step = Self.step(from: smallest, to: largest, count: count, atLeast: areWhole ? 1 : 0)
    let round: (FloatingPointRoundingRule, FloatingPointRoundingRule) =
      endsAtTicks ? (.down, .up) : (.up, .down)
    // Rounding errors must not push a tick at the very end of the interval outside.
    var first = (smallest / step + (endsAtTicks ? 1e-9 : -1e-9)).rounded(round.0)
    let last = (largest / step + (endsAtTicks ? -1e-9 : 1e-9)).rounded(round.1)
    if scale == .logarithmic, first * step <= 0 { first = 1 }
    ticks = (0...Int(last - first)).map { (first + Double($0)) * step }
    lower = endsAtTicks ? min(smallest, ticks.first!) : smallest
    upper = endsAtTicks ? max(largest, ticks.last!) : largest
    labels = NumberText.labels(ticks, step: step)
  }

  /// Where `value` lies: 0 at the lower end, 1 at the upper one.
  func position(_ value: Double) -> Double {
    switch scale {
    // Halves, because the difference of the largest numbers is infinite.
    case .linear: (value / 2 - lower / 2) / (upper / 2 - lower / 2)
    case .logarithmic: (log10(value) - log10(lower)) / (log10(upper) - log10(lower))
    }
  }

  /// The smallest of 1, 2, 5 times a power of ten that needs at most `count` steps.
  private static func step(
    from smallest: Double, to largest: Double, count: Int, atLeast least: Double
  ) -> Double {
    let rough = max((largest / 2 - smallest / 2) / Double(count) * 2, least)
    let power = NumberText.powerOfTen(NumberText.exponent(rough))
    let factor = [1, 2, 5, 10].first { $0 * power >= rough * (1 - 1e-9) } ?? 10
    return factor * power
  }

  /// Powers of ten around the interval, with their double and fivefold if there are few; nil if the
  /// interval is so short that evenly spaced ticks serve better.
  private static func decades(from smallest: Double, to largest: Double, count: Int) -> [Double]? {
    let span = log10(largest) - log10(smallest)
    guard span > 1.2 else { return nil }
    let first = Int((log10(smallest) + 1e-9).rounded(.down))
    let last = Int((log10(largest) - 1e-9).rounded(.up))
    let factors = span < 2.5 ? [1.0, 2, 5] : [1.0]
    let stride = max(1, (last - first + count - 1) / count)
    let ticks = Swift.stride(from: first, through: last, by: stride).flatMap { exponent in
      factors.map { $0 * NumberText.powerOfTen(exponent) }
    }
    // No more than one tick outside at each end.
    let start = ticks.lastIndex { $0 <= smallest * (1 + 1e-9) } ?? 0
    let end = ticks.firstIndex { $0 >= largest * (1 - 1e-9) } ?? ticks.count - 1
    return Array(ticks[start...end])
  }
}
