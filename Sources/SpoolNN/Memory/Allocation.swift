import Spool

// Where a differentiable neural computer writes: which slots are in use, and which are free (Graves et al., 2016).

/// How much of each slot is kept when what heads have read is freed (Graves et al., 2016, "dynamic memory allocation"):
/// ψ = ∏ᵣ (1 − fᵣ wᵣ). The paper's memory keeps what is in freed slots, so that it is still found by its content; `ψ M`
/// wipes them (Csordás & Schmidhuber, 2019, arXiv:1904.10278).
///
/// - Parameters:
///   - read: wᵣ, where each head read last, `[batch, heads, slots]`.
///   - freeGates: fᵣ in 0 ... 1, whether what a head has read may be written over, `[batch, heads, 1]`.
/// - Returns: ψ, `[batch, slots]`.
public func memoryRetention<S: RealScalar>(
  read: Tensor<S>, freeGates: Tensor<S>
) -> Tensor<S> { (1 - freeGates * read).product(1) }

/// How much each slot is in use after writing and freeing (Graves et al., 2016, "dynamic memory allocation"):
///
///     u' = (u + w − u w) ψ
///
/// - Parameters:
///   - usage: u in 0 ... 1, `[batch, slots]`.
///   - written: w, where was written last, `[batch, slots]`.
///   - retention: ψ, what of each slot is kept, `[batch, slots]`.
public func memoryUsage<S: RealScalar>(
  _ usage: Tensor<S>, written: Tensor<S>, retention: Tensor<S>
) -> Tensor<S> {
  (usage + written - usage * written) * retention
}

/// Where there is room: the weight of each slot falls with its usage and with how free the freer ones are (Graves et al.,
/// 2016). With φ the slots from the least used one on,
///
///     a(φⱼ) = (1 − u(φⱼ)) ∏ᵢ u(φᵢ)    i < j
///
/// The order is a constant to the gradient, which is that of the formula between ties.
///
/// - Parameter usage: u in 0 ... 1, `[batch, slots]`.
/// - Returns: `[batch, slots]`, with a sum of at most 1, which is 0 where all slots are in use.
public func allocationWeights<S: RealScalar>(_ usage: Tensor<S>) -> Tensor<S> {
  let order = usage.argsort(axis: 1)
  let sorted = usage.takeAlong(order, axis: 1)
  let free = (1 - sorted) * cumulativeProduct(sorted, axis: 1, exclusive: true)
  return scatterAddAlong(free, at: order, count: usage.shape[1], axis: 1)
}
