extension Tensor: Equatable {
  /// Whether shapes and all elements are equal; as for numbers, NaN does not equal NaN. For a mask of
  /// equal elements see `.==`.
  public static func == (a: Tensor, b: Tensor) -> Bool {
    a.shape == b.shape && (a .== b).all().scalar
  }
}

extension Tensor where Scalar: RealScalar {
  /// Whether the shapes are equal, and |a − b| ≤ `absoluteTolerance` + `relativeTolerance` · max(|a|, |b|)
  /// for all pairs of elements. Infinities are near only their equals; NaN is near nothing.
  public func isApproximatelyEqual(
    to other: Tensor, absoluteTolerance: Scalar = 1e-8, relativeTolerance: Scalar = 1e-5
  ) -> Bool {
    guard shape == other.shape else { return false }
    let larger = Spool.max(Spool.abs(self), Spool.abs(other))
    let tolerance = absoluteTolerance + relativeTolerance * larger
    let isNear = (Spool.abs(self - other) .<= tolerance) .& larger.isFinite
    return (isNear .| (self .== other)).all().scalar
  }

  /// Where this tensor and another differ most, to be printed when a comparison fails.
  public func maximumDifference(to other: Tensor) -> TensorDifference<Scalar> {
    guard shape == other.shape else { return .shapes(shape, other.shape) }
    guard count > 0, self != other else { return .none }
    let differences = `where`(self .== other, 0, Spool.abs(self - other))
    let position = Int(differences.flattened().argmax(0).scalar)
    return .element(at: shape.index(of: position), scalars[position], other.scalars[position])
  }
}

/// How two tensors differ.
public enum TensorDifference<Scalar: RealScalar>: Equatable, Sendable, CustomStringConvertible {
  /// Not at all.
  case none
  /// In shape.
  case shapes(Shape, Shape)
  /// In elements: the place of the greatest difference, or of the first NaN, and both elements there.
  case element(at: [Int], Scalar, Scalar)

  /// "0.5 and 0.25 differ by 0.25 at [1, 0]".
  public var description: String {
    switch self {
    case .none: "no difference"
    case .shapes(let a, let b): "the shapes \(a) and \(b) differ"
    case .element(let place, let a, let b):
      "\(a) and \(b) differ by \(Swift.abs(a - b)) at \(place)"
    }
  }
}
