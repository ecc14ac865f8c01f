import Spool

/// The cross-entropy of the true classes under predicted ones: the mean of −log softmax(logits)[label], in
/// nats.
///
/// Traps when the shapes don't fit, and, naming the place, when a label that counts is negative or not below the
/// number of classes.
///
/// - Parameters:
///   - logits: `[…, classes]`, unnormalised log-probabilities.
///   - labels: `[…]`, the true classes.
///   - mask: `[…]`, which predictions count; nil for all. What logits and labels hold in the other places has
///     no effect, whatever it is.
///   - labelSmoothing: ε, the share of the true class's probability that all classes have to share equally, the true
///     one too: the targets are (1 − ε) · one-hot + ε / classes (Szegedy et al., 2016).
///   - reduction: mean or sum over the predictions that count.
public func crossEntropy<S: RealScalar>(
  logits: Tensor<S>, labels: Tensor<Int32>, mask: Tensor<Bool>? = nil, labelSmoothing: S = 0,
  reduction: LossReduction = .mean
) -> Tensor<S> {
  requireFit(logits: logits.shape, labels: labels.shape, mask: mask?.shape)
  guard (0..<1).contains(labelSmoothing) else {
    trap("crossEntropy: the label smoothing \(labelSmoothing) lies outside 0 ..< 1")
  }
  guard let mask else {
    let sum = -likelihoods(of: labels, under: logits, labelSmoothing).sum()
    return reduction == .sum ? sum : sum / S(Swift.max(labels.count, 1))
  }
  let logits = `where`(mask.expandingAxis(at: -1), logits, 0)
  let labels = `where`(mask, labels, 0)
  let sum = -`where`(mask, likelihoods(of: labels, under: logits, labelSmoothing), 0).sum()
  guard reduction == .mean else { return sum }
  return sum / max(mask.converted(to: S.self).sum(), 1)
}

/// log softmax(logits)[label], in the shape of the labels; smoothed, partly its mean over all classes.
private func likelihoods<S: RealScalar>(
  of labels: Tensor<Int32>, under logits: Tensor<S>, _ smoothing: S
) -> Tensor<S> {
  guard smoothing > 0 else { return logLikelihood(of: labels, under: logits) }
  let own = logLikelihood(of: labels, under: logits)
  return (1 - smoothing) * own + smoothing * logSoftmax(logits).mean(-1)
}

private func requireFit(logits: Shape, labels: Shape, mask: Shape?) {
  guard logits.rank == labels.rank + 1, logits.removing(labels.rank) == labels else {
    trap(
      "crossEntropy: logits have shape \(logits) and labels \(labels); logits need the labels' shape "
        + "and one more axis, the classes")
  }
  guard mask == nil || mask == labels else {
    trap("crossEntropy: the mask has shape \(mask!), but the labels have \(labels)")
  }
}
