import Spool

/// What heads read: the slots' mean by their weights, r = Σᵢ w(i) M(i) (Graves, Wayne & Danihelka, 2014, equation 2).
///
/// - Parameters:
///   - memory: M, `[batch, width, slots]`.
///   - weights: w, `[batch, heads, slots]`.
/// - Returns: r, `[batch, heads, width]`.
public func memoryReads<S: RealScalar>(
  from memory: Tensor<S>, at weights: Tensor<S>
) -> Tensor<S> {
  requireMemory(memory, weights, [weights.shape[1], memory.shape[2]], "weights", "[heads, slots]")
  return matmul(weights, memory.transposed())
}

/// The memory after writing: every head erases where it is, then every head adds (Graves et al., 2014, equations 3 and
/// 4), in whatever order:
///
///     M'(i) = M(i) ∏ₕ (1 − wₕ(i) eₕ) + Σₕ wₕ(i) aₕ
///
/// - Parameters:
///   - memory: M, `[batch, width, slots]`.
///   - weights: w, `[batch, heads, slots]`.
///   - erase: e in 0 ... 1, which features are erased, `[batch, heads, width]`.
///   - add: a, `[batch, heads, width]`.
public func memoryWritten<S: RealScalar>(
  _ memory: Tensor<S>, at weights: Tensor<S>, erase: Tensor<S>, add: Tensor<S>
) -> Tensor<S> {
  requireMemory(memory, weights, [weights.shape[1], memory.shape[2]], "weights", "[heads, slots]")
  requireMemory(memory, erase, [weights.shape[1], memory.shape[1]], "erase", "[heads, width]")
  requireMemory(memory, add, [weights.shape[1], memory.shape[1]], "add", "[heads, width]")
  let (erase, add) = (erase.transposed(), add.transposed())  // [batch, width, heads]
  var kept = memory
  var added: Tensor<S>?
  for head in 0..<weights.shape[1] {
    let places = weights[.all, head..<(head + 1)]
    kept = kept * (1 - erase[.all, .all, head..<(head + 1)] * places)
    let new = add[.all, .all, head..<(head + 1)] * places
    added = added.map { $0 + new } ?? new
  }
  return added.map { kept + $0 } ?? kept
}
