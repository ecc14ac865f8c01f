import CKernels

@testable import Spool

/// Where a row's inputs are drawn from: away from kinks and poles, so that no tolerance has to
/// allow for them.
struct Domain: Sendable {
  private let ranges: [ClosedRange<Double>]
  private let isDistinct: Bool

  /// Anywhere in one of these ranges.
  static func uniform(_ ranges: ClosedRange<Double>...) -> Domain {
    Domain(ranges: ranges, isDistinct: false)
  }

  /// Evenly spaced over a range, with some jitter and in random order, so that no two elements, of
  /// one input or of several, are nearer than half the spacing: for what compares elements.
  static func distinct(_ range: ClosedRange<Double>) -> Domain {
    Domain(ranges: [range], isDistinct: true)
  }

  /// Dense inputs of these shapes. All numbers are representable in single precision.
  func draw(_ shapes: [Shape], seed: UInt64) -> [[Double]] {
    let count = shapes.reduce(0) { $0 + $1.elementCount }
    var uniform = [Double](repeating: 0, count: 2 * count)
    spool_random_uniform(SPOOL_DOUBLE, seed, uniform.count, &uniform)
    let order = (0..<count).sorted { uniform[count + $0] < uniform[count + $1] }
    var values = (0..<count).map { i -> Double in
      let range = ranges[Int(uniform[count + i] * Double(ranges.count))]
      let fraction =
        isDistinct ? (Double(order[i]) + 0.5 * uniform[i]) / Double(count) : uniform[i]
      return Double(Float(range.lowerBound + fraction * (range.upperBound - range.lowerBound)))
    }
    return shapes.map { shape in
      defer { values.removeFirst(shape.elementCount) }
      return Array(values.prefix(shape.elementCount))
    }
  }
}
