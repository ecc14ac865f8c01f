import Spool

// Where the heads of a memory go. Weights are distributions over the memory's slots, `[batch, heads, slots]`.

/// Addressing by content: the more alike a slot is to a head's key, the more weight it gets (Graves, Wayne & Danihelka,
/// 2014, equations 5 and 6):
///
///     w(i) = exp(β K(k, M(i))) / Σⱼ exp(β K(k, M(j)))    K(u, v) = u · v / (√(|u|² + ε) √(|v|² + ε))
///
/// Without the strength β a cosine, which lies in −1 ... 1, could favour no slot more than e² times. ε makes K and its
/// gradient finite where a slot is empty; a memory of zeros is addressed everywhere alike.
///
/// With masks m both are compared as K(m k, m M(i)): a key that does not know a feature of the slot that it looks for can
/// leave it out, where otherwise that feature would lengthen the slot and so take from its likeness (Csordás & Schmidhuber,
/// 2019, arXiv:1904.10278).
///
/// - Parameters:
///   - memory: M, `[batch, width, slots]`.
///   - keys: k, `[batch, heads, width]`.
///   - strengths: β ≥ 0, `[batch, heads, 1]`.
///   - masks: m in 0 ... 1, `[batch, heads, width]`; nil to compare all features.
public func contentWeights<S: RealScalar>(
  of memory: Tensor<S>, keys: Tensor<S>, strengths: Tensor<S>, masks: Tensor<S>? = nil,
  epsilon: S = 1e-6
) -> Tensor<S> {
  requireMemory(memory, keys, [keys.shape[1], memory.shape[1]], "keys", "[heads, width]")
  requireMemory(memory, strengths, [keys.shape[1], 1], "strengths", "[heads, 1]")
  let squares: Tensor<S>
  var keys = keys
  if let masks {
    requireMemory(memory, masks, [keys.shape[1], memory.shape[1]], "masks", "[heads, width]")
    squares = matmul(square(masks), square(memory))  // [batch, heads, slots]
    keys = masks * keys
  } else {
    squares = square(memory).sum(1, keepDims: true)
  }
  let lengths = rsqrt(squares + epsilon)
  let keyLengths = rsqrt(square(keys).sum(2, keepDims: true) + epsilon)
  let directions = strengths * keyLengths * (masks.map { $0 * keys } ?? keys)
  return softmax(matmul(directions, memory) * lengths)
}

/// Addressing kept from the step before where the gate g is 0, by content where it is 1 (Graves et al., 2014,
/// equation 7): g wᶜ + (1 − g) w.
///
/// - Parameter gate: g in 0 ... 1, `[batch, heads, 1]`.
public func interpolatedWeights<S: RealScalar>(
  _ previous: Tensor<S>, _ content: Tensor<S>, gate: Tensor<S>
) -> Tensor<S> {
  gate * content + (1 - gate) * previous
}

/// Weights moved around the ring of slots (Graves et al., 2014, equation 8), the convolution
///
///     w'(i) = Σₛ s(s) w(i − s)    s = −r ... r, slots counted modulo their number
///
/// - Parameter shifts: how much of the weight moves by −r, ..., r slots, `[batch, heads, 2 r + 1]`. Traps where their
///   number is even or greater than that of the slots.
public func shiftedWeights<S: RealScalar>(
  _ weights: Tensor<S>, by shifts: Tensor<S>
) -> Tensor<S> {
  let (slots, count) = (weights.shape[2], shifts.shape[2])
  guard count % 2 == 1, count <= slots else {
    trap(
      "shiftedWeights: \(count) shifts of \(slots) slots; their number is odd and not greater than the slots'"
    )
  }
  return (0..<count).map { place in
    shifts[.all, .all, place..<(place + 1)] * weights.rolled(by: place - count / 2, axis: 2)
  }.reduce(into: nil) { sum, term in sum = sum.map { $0 + term } ?? term }!
}

/// Weights gathered where they are greatest, which undoes the blur of shifts (Graves et al., 2014, equation 9):
///
///     w'(i) = w(i)^γ / Σⱼ w(j)^γ = softmax(γ ln (w + ε))(i)
///
/// - Parameter sharpness: γ ≥ 1, `[batch, heads, 1]`.
public func sharpenedWeights<S: RealScalar>(
  _ weights: Tensor<S>, sharpness: Tensor<S>, epsilon: S = 1e-6
) -> Tensor<S> {
  softmax(sharpness * log(weights + epsilon))
}

/// Traps where a tensor does not fit a memory, `[batch, width, slots]`.
func requireMemory<S: RealScalar>(
  _ memory: Tensor<S>, _ tensor: Tensor<S>, _ sizes: [Int], _ name: String, _ meaning: String
) {
  guard memory.rank == 3, tensor.shape == Shape([memory.shape[0]] + sizes) else {
    trap(
      "\(name) of shape \(tensor.shape) do not fit a memory of shape \(memory.shape), [batch, width, slots]: they must be "
        + "\([memory.shape[0]] + sizes), [batch, \(meaning.dropFirst())")
  }
}
