import Spool

// In which order a differentiable neural computer wrote its slots (Graves et al., 2016).

/// Which slot was written after which: L(i, j) is how much slot i was the next one after slot j (Graves et al., 2016,
/// "temporal memory linkage"):
///
///     L'(i, j) = (1 − w(i) − w(j)) L(i, j) + w(i) p(j)    L'(i, i) = 0
///
/// Rows and columns sum to at most 1.
///
/// - Parameters:
///   - links: L, `[batch, slots, slots]`.
///   - written: w, where is written now, `[batch, slots]`.
///   - precedence: p, where was written last, before w, `[batch, slots]`.
public func temporalLinks<S: RealScalar>(
  _ links: Tensor<S>, written: Tensor<S>, precedence: Tensor<S>
) -> Tensor<S> {
  let slots = links.shape[1]
  guard links.shape == [written.shape[0], slots, slots], written.shape == precedence.shape else {
    trap(
      "temporalLinks: links of shape \(links.shape), [batch, slots, slots], do not fit weights of shapes "
        + "\(written.shape) and \(precedence.shape), [batch, slots]")
  }
  let (i, j) = (written.expandingAxis(at: 2), written.expandingAxis(at: 1))
  let others = 1 - Tensor<S>.identity(slots)
  return others * ((1 - i - j) * links + i * precedence.expandingAxis(at: 1))
}

/// Where was written last, after w: p' = (1 − Σᵢ w(i)) p + w (Graves et al., 2016). `[batch, slots]` each.
public func precedenceWeights<S: RealScalar>(
  _ precedence: Tensor<S>, written: Tensor<S>
) -> Tensor<S> {
  (1 - written.sum(1, keepDims: true)) * precedence + written
}

/// Where heads go on from where they were, by order of writing: forward f(i) = Σⱼ L(i, j) w(j), and backward
/// b(i) = Σⱼ L(j, i) w(j) (Graves et al., 2016).
///
/// - Parameters:
///   - links: L, `[batch, slots, slots]`.
///   - weights: w, where the heads were, `[batch, heads, slots]`.
public func linkedWeights<S: RealScalar>(
  _ links: Tensor<S>, from weights: Tensor<S>
) -> (forward: Tensor<S>, backward: Tensor<S>) {
  (matmul(weights, links.transposed()), matmul(weights, links))
}
