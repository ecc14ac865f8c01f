/// Logits of which only the likeliest classes of each row are left, the others −∞: what `categorical` draws from them is
/// never one of the many unlikely classes whose probabilities add up. [..., classes] → the same shape.
///
/// Both limits may be given; then a class must be within both. Of equal logits the first ones are taken. The gradient is that of
/// the logits that are left.
///
/// - Parameters:
///   - topK: how many classes are left (Fan, Lewis & Dauphin, 2018); nil for all. Traps when less than 1.
///   - topP: the probability that those left have together, at least, as few as it takes: the nucleus (Holtzman, Buys, Du,
///     Forbes & Choi, 2020); nil for 1. Traps unless above 0 and at most 1.
public func truncatedLogits<S: RealScalar>(
  _ logits: Tensor<S>, topK: Int? = nil, topP: S? = nil
) -> Tensor<S> {
  guard let classes = logits.shape.last, classes > 0 else {
    trap("truncatedLogits: logits of shape \(logits.shape) have no classes along the last axis")
  }
  guard topK ?? 1 >= 1 else { trap("truncatedLogits: topK is \(topK!), which leaves no class") }
  guard (topP ?? 1) > 0, (topP ?? 1) <= 1 else {
    trap("truncatedLogits: topP is \(topP!), outside 0 < topP ≤ 1")
  }
  let order = stopGradient(logits).argsort(descending: true)
  let rank = order.argsort()
  var isKept = rank .< Tensor(Int32(Swift.min(topK ?? classes, classes)))
  if let topP, topP < 1 {
    let sorted = softmax(stopGradient(logits)).takeAlong(order)
    let before = cumulativeSum(sorted, axis: -1) - sorted
    isKept = isKept .& (before.takeAlong(rank) .< Tensor(topP))
  }
  return `where`(isKept, logits, Tensor(-S.infinity))
}
