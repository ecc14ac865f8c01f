/// The global norm that a `Trainer` clips gradients to. A number stands for itself: `clippingTo: 1`.
public enum ClippingLimit: Sendable, Equatable {
  /// A norm chosen beforehand.
  case norm(Double)
  /// The percentile, 0 to 100, of the norms of the last so many steps, the present one among them, so that the
  /// limit follows the gradients of the model at hand (AutoClip: Seetharaman, Wichern, Pardo & Le Roux, 2020).
  case percentile(Double, ofLast: Int = 1000)

  /// Of how many steps the norms have to be known.
  var stepCount: Int {
    if case .percentile(_, let count) = self { count } else { 1000 }
  }

  /// The norm to clip gradients of norm `norm` to, which come after those of `earlier` steps.
  func value(for norm: @autoclosure () -> Double, after earlier: GradientNorms) -> Double {
    switch self {
    case .norm(let limit): return limit
    case .percentile(let percentage, _):
      let norm = norm()
      // Gradients that are not finite are an error of their own, and zeros need no limit.
      guard norm.isFinite else { return .greatestFiniteMagnitude }
      var norms = earlier
      norms.append(norm)
      return max(norms.percentile(percentage)!, .leastNormalMagnitude)
    }
  }
}

extension ClippingLimit: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// A norm chosen beforehand.
  public init(floatLiteral limit: Double) { self = .norm(limit) }
  /// A norm chosen beforehand.
  public init(integerLiteral limit: Int) { self = .norm(Double(limit)) }
}
