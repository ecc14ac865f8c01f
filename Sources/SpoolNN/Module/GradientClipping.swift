import Spool

/// The gradients of some parameters are NaN or infinite, so that no step can be taken along them.
public struct NonFiniteGradients: Error, CustomStringConvertible, Sendable {
  /// The global norm: NaN or infinite.
  public let norm: Double
  /// The names of the parameters whose gradients hold a NaN or an infinity.
  public let names: [String]

  /// One line that names the parameters and the repair.
  public var description: String {
    let shown = names.prefix(5).joined(separator: ", ")
    let more = names.count > 5 ? " and \(names.count - 5) more" : ""
    return
      "the global norm of the gradients is \(norm): NaN or infinite in \(shown)\(more); run the "
      + "step under detectingAnomalies to see where it arose, or lower the learning rate"
  }
}

extension Gradients {
  /// The Euclidean norm over all gradients together, √Σ g². NaN or infinite if an element is, and only then.
  public var globalNorm: Double {
    var norm = 0.0
    var hasNaN = false
    for case let tensor? in tensors {
      let part = euclideanNorm(tensor)
      hasNaN = hasNaN || part.isNaN
      norm = hypotenuse(norm, part)
    }
    return hasNaN ? .nan : norm
  }

  /// These gradients, scaled down by one common factor where their global norm exceeds `limit`, so that it
  /// becomes `limit`; the direction stays (Pascanu, Mikolov & Bengio, 2013).
  ///
  /// Throws `NonFiniteGradients` when the norm is NaN or infinite. Traps when `limit` is not positive.
  public func clipped(toNorm limit: Double) throws(NonFiniteGradients) -> Gradients {
    var result = self
    _ = try result.clip(toNorm: limit)
    return result
  }

  /// Scales the gradients down by one common factor where their global norm exceeds `limit`; returns the
  /// norms before and after.
  ///
  /// Throws `NonFiniteGradients`, having changed nothing, when the norm is NaN or infinite. Traps when
  /// `limit` is not positive.
  public mutating func clip(
    toNorm limit: Double
  ) throws(NonFiniteGradients) -> (before: Double, after: Double) {
    guard limit > 0 else { trap("clip(toNorm:): the limit \(limit) is not positive") }
    let norm = globalNorm
    guard norm.isFinite else { throw NonFiniteGradients(norm: norm, names: nonFiniteNames) }
    guard norm > limit else { return (norm, norm) }
    self = scaled(by: Scalar(limit / norm))
    return (norm, globalNorm)
  }

  /// Brings each element of each gradient into −`limit` ... `limit`. Unlike clipping by norm, this changes
  /// the direction. Traps when `limit` is not positive.
  public func clipped(toValue limit: Double) -> Gradients {
    guard limit > 0 else { trap("clipped(toValue:): the limit \(limit) is not positive") }
    return map { clamp($0, to: Scalar(-limit)...Scalar(limit)) }
  }

  /// Brings each element of each gradient into −`limit` ... `limit`.
  public mutating func clip(toValue limit: Double) { self = clipped(toValue: limit) }

  private var nonFiniteNames: [String] {
    zip(parameters, tensors).compactMap { entry, tensor in
      guard let tensor, !tensor.isFinite.all().scalar else { return nil }
      return entry.name
    }
  }
}

/// √Σ x², in steps whose squares neither overflow nor vanish.
private func euclideanNorm<S: RealScalar>(_ x: Tensor<S>) -> Double {
  guard x.count > 0 else { return 0 }
  let x = stopGradient(x)
  let norm = x.norm().scalar
  let isSafe = norm.isNaN || (norm.isFinite && norm * norm > S.leastNormalMagnitude / S.ulpOfOne)
  if isSafe { return norm.asDouble }
  let largest = abs(x).max().scalar
  guard largest.isFinite, largest > 0 else { return largest.asDouble }
  return largest.asDouble * (x / largest).norm().scalar.asDouble
}

/// √(a² + b²) without overflow.
private func hypotenuse(_ a: Double, _ b: Double) -> Double {
  let larger = Swift.max(a, b)
  guard larger > 0, larger.isFinite else { return larger }
  let (x, y) = (a / larger, b / larger)
  return larger * (x * x + y * y).squareRoot()
}
