import Spool

/// The mean of (prediction − target)² over all elements, or its sum.
///
/// Traps when the shapes differ: here nothing is broadcast, since a `[batch]` against a `[batch, 1]` would
/// silently compare every prediction with every target.
public func meanSquaredError<S: RealScalar>(
  _ predictions: Tensor<S>, _ targets: Tensor<S>, reduction: LossReduction = .mean
) -> Tensor<S> {
  guard predictions.shape == targets.shape else {
    trap(
      "meanSquaredError: predictions have shape \(predictions.shape) and targets \(targets.shape); "
        + "they must be equal")
  }
  let sum = square(predictions - targets).sum()
  return reduction == .sum ? sum : sum / S(Swift.max(predictions.count, 1))
}
