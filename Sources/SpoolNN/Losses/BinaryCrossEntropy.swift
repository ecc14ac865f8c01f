import Spool

/// The cross-entropy of bits under predicted ones, in nats: the mean over all elements of
///
///     −t ln σ(x) − (1 − t) ln (1 − σ(x)) = ln (1 + eˣ) − x t
///
/// or its sum. Finite for all finite logits x. Traps when the shapes differ.
///
/// - Parameter targets: t in 0 ... 1.
public func binaryCrossEntropy<S: RealScalar>(
  logits: Tensor<S>, targets: Tensor<S>, reduction: LossReduction = .mean
) -> Tensor<S> {
  guard logits.shape == targets.shape else {
    trap(
      "binaryCrossEntropy: logits have shape \(logits.shape) and targets \(targets.shape); they "
        + "must be equal")
  }
  let sum = (softplus(logits) - logits * targets).sum()
  return reduction == .sum ? sum : sum / S(Swift.max(logits.count, 1))
}
