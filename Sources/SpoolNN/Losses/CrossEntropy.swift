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
  requireInside(labels, classCount: logits.shape[labels.rank], mask: mask)
  guard let mask else {
    let sum = -likelihoods(of: labels, under: logits, labelSmoothing).sum()
    return reduction == .sum ? sum : sum / S(Swift.max(labels.count, 1))
  }
  let logits = `where`(mask.expandingAxis(at: -1), logits, 0)
  let labels = `where`(mask, labels, 0)
  let sum = -`where`(mask, likelihoods(of: labels, under: logits, labelSmoothing), 0).sum()
  guard reduction == .mean else { return sum }
  let number = mask.withUnsafeScalars { $0.reduce(0) { $0 + ($1 ? 1 : 0) } }
  return sum / S(Swift.max(number, 1))
}

/// log softmax(logits)[label], in the shape of the labels; smoothed, partly its mean over all classes.
private func likelihoods<S: RealScalar>(
  of labels: Tensor<Int32>, under logits: Tensor<S>, _ smoothing: S
) -> Tensor<S> {
  guard smoothing > 0 else { return logLikelihood(of: labels, under: logits) }
  let all = logSoftmax(logits)
  let own = all.takeAlong(labels.expandingAxis(at: -1)).squeezingAxis(at: -1)
  return (1 - smoothing) * own + smoothing * all.mean(-1)
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

private func requireInside(_ labels: Tensor<Int32>, classCount: Int, mask: Tensor<Bool>?) {
  let isBad = labels.withUnsafeScalars { labels in
    labels.contains { !(0..<classCount).contains(Int($0)) }
  }
  guard isBad else { return }
  let counts = mask?.scalars ?? [Bool](repeating: true, count: labels.count)
  for (place, label) in labels.scalars.enumerated()
  where counts[place] && !(0..<classCount).contains(Int(label)) {
    trap(
      "crossEntropy: label \(label) at \(position(place, in: labels.shape)) of shape "
        + "\(labels.shape) is outside 0 ..< \(classCount), the classes")
  }
}

/// The indices of an element in row-major order: "[3, 1]".
private func position(_ place: Int, in shape: Shape) -> Shape {
  var result = shape
  var rest = place
  for axis in shape.indices.reversed() {
    result[axis] = rest % shape[axis]
    rest /= shape[axis]
  }
  return result
}
