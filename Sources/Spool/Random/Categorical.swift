import CKernels

/// One index for each row of `logits` (its last axis), drawn with the probabilities softmax(logits):
/// [..., classes] → [...].
///
/// Takes the index of the greatest logit after independent Gumbel noise −ln(−ln u) was added to each
/// (Gumbel, 1954; Maddison, Tarlow & Minka, 2014), in double precision. A logit of −∞ is never drawn.
/// No gradient flows through it. Traps when a row has no classes, holds a NaN or +∞, or is −∞
/// throughout.
public func categorical<S: RealScalar>(logits: Tensor<S>, key: RandomKey) -> Tensor<Int32> {
  guard let classes = logits.shape.last, classes > 0 else {
    trap("categorical: logits of shape \(logits.shape) have no classes along the last axis")
  }
  requireDistributions(logits)
  let x = stopGradient(logits).handle.dense()
  let doubles = TensorHandle(uninitialized: x.shape, .double)
  withExtendedLifetime(x) {
    spool_convert(x.scalarType.kernel, SPOOL_DOUBLE, x.count, doubles.data, x.data)
  }
  // Exactly 0 would give infinite noise, which makes a NaN of a logit of −∞.
  let uniform = Tensor<Double>.uniform(x.shape, in: 0x1p-54..<1, key: key)
  return (Tensor<Double>(doubles) - log(-log(uniform))).argmax(-1)
}

private func requireDistributions<S: RealScalar>(_ logits: Tensor<S>) {
  let greatest = stopGradient(logits).max(-1)
  for (row, value) in greatest.scalars.enumerated() where !value.isFinite {
    let reason = value.isNaN ? "holds a NaN" : value > 0 ? "holds +∞" : "is −∞ throughout"
    trap("categorical: row \(row) of the logits of shape \(logits.shape) \(reason)")
  }
}
