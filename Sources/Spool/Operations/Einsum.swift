/// Sums of products over named axes, in Einstein's notation: one letter for each axis of each operand,
/// operands separated by commas, then `->` and the axes of the result. Letters that are not in the
/// result are summed over.
///
///     einsum("bij,bjk->bik", a, b)    // a product of matrices for each item b
///     einsum("bqd,bkd->bqk", q, k)    // the scores of attention
///     einsum("ii->", a)               // the trace; "ii->i" is the diagonal
///     einsum("...ij->...ji", a)       // the transpose of the last two axes
///
/// A letter twice in one operand takes the diagonal of the two axes. `...` stands for any number of axes,
/// which broadcast against each other; where the result leaves them out, they are summed. Without `->` the
/// result has the `...` axes, then in alphabetical order (capitals first) the letters that occur once.
/// Several operands are multiplied pair by pair, the cheapest pair first, each by a matrix product where
/// it sums, so memory and time grow with the largest pair, not with the product of all axes.
///
/// Traps, naming the equation, when it is malformed or does not fit the shapes.
public func einsum<S: RealScalar>(_ equation: String, _ operands: Tensor<S>...) -> Tensor<S> {
  einsum(equation, operands)
}

/// Sums of products over named axes: the same for an array of operands.
public func einsum<S: RealScalar>(_ equation: String, _ operands: [Tensor<S>]) -> Tensor<S> {
  let parsed = EinsumEquation(equation, for: operands.map(\.shape))
  var factors = zip(operands, parsed.operands).map { EinsumFactor(tensor: $0, axes: $1) }
  for i in factors.indices {
    factors[i].takeDiagonals()
    factors[i].dropStretchedAxes(parsed)
  }
  for i in factors.indices {
    var needed = EinsumAxes(parsed.result)
    for j in factors.indices where j != i { needed.formUnion(EinsumAxes(factors[j].axes)) }
    factors[i].sum(exceptOver: needed)
  }
  while factors.count > 1 {
    let (i, j) = cheapestPair(factors, parsed)
    let right = factors.remove(at: j)
    let left = factors.remove(at: i)
    var needed = EinsumAxes(parsed.result)
    for factor in factors { needed.formUnion(EinsumAxes(factor.axes)) }
    factors.append(left.product(with: right, keeping: needed, parsed))
  }
  return factors[0].arranged(parsed.result, shape: Shape(parsed.result.map(parsed.size)))
}

/// The places of the two factors whose product has the fewest multiplications, the earliest of equals.
private func cheapestPair<S>(
  _ factors: [EinsumFactor<S>], _ equation: EinsumEquation
) -> (Int, Int) {
  if factors.count == 2 { return (0, 1) }
  var cheapest = (0, 1)
  var least = Double.infinity
  for j in factors.indices {
    for i in 0..<j {
      let mine = EinsumAxes(factors[i].axes)
      let others = factors[j].axes.filter { !mine.contains($0) }
      let cost = (factors[i].axes + others).reduce(1) { $0 * Double(equation.size($1)) }
      if cost < least { (cheapest, least) = ((i, j), cost) }
    }
  }
  return cheapest
}

/// A tensor whose axes have names.
private struct EinsumFactor<S: RealScalar> {
  var tensor: Tensor<S>
  var axes: [EinsumAxis]

  private func size(_ axis: EinsumAxis) -> Int { tensor.shape[axes.firstIndex(of: axis)!] }

  private func count(_ axes: [EinsumAxis]) -> Int { axes.reduce(1) { $0 * size($1) } }

  /// This tensor with the axes in the order of `order`, seen in `shape`.
  func arranged(_ order: [EinsumAxis], shape: Shape) -> Tensor<S> {
    let permuted =
      order == axes ? tensor : tensor.permuted(order.map { axes.firstIndex(of: $0)! })
    return permuted.shape == shape ? permuted : permuted.reshaped(to: shape)
  }

  /// Merges axes of equal name into one, which runs along their diagonal.
  mutating func takeDiagonals() {
    while let second = axes.indices.first(where: { axes[..<$0].contains(axes[$0]) }) {
      let name = axes[second]
      let first = axes.firstIndex(of: name)!
      let size = tensor.shape[first]
      let others = axes.indices.filter { $0 != first && $0 != second }
      let square = tensor.permuted(others + [first, second])
      let rows = square.reshaped(to: Shape(square.shape.dropLast(2) + [size * size]))
      tensor = rows[.rest, .every(size + 1)]
      axes = others.map { axes[$0] } + [name]
    }
  }

  /// Drops axes of size 1 that other operands stretch: a product broadcasts over what it has not.
  mutating func dropStretchedAxes(_ equation: EinsumEquation) {
    guard axes.contains(where: { size($0) != equation.size($0) }) else { return }
    let kept = axes.filter { size($0) == equation.size($0) }
    tensor = tensor.reshaped(to: Shape(kept.map(size)))
    axes = kept
  }

  mutating func sum(exceptOver needed: EinsumAxes) {
    let summed = axes.indices.filter { !needed.contains(axes[$0]) }
    guard !summed.isEmpty else { return }
    tensor = tensor.sum(over: summed)
    axes.removeAll { !needed.contains($0) }
  }

  /// The product with another factor, summed over the axes of both that are not `needed`.
  func product(
    with other: EinsumFactor, keeping needed: EinsumAxes, _ equation: EinsumEquation
  ) -> EinsumFactor {
    let (mineAll, othersAll) = (EinsumAxes(axes), EinsumAxes(other.axes))
    let shared = axes.filter { othersAll.contains($0) && needed.contains($0) }
    let summed = axes.filter { othersAll.contains($0) && !needed.contains($0) }
    let mine = axes.filter { !othersAll.contains($0) }
    let others = other.axes.filter { !mineAll.contains($0) }
    let names = shared + mine + others
    guard names.count <= Shape.maximumRank else {
      equation.fail("a product on the way has \(names.count) axes, but a tensor has at most 8")
    }
    let inner = count(summed)
    let (rows, columns) = (count(mine), other.count(others))
    // Axes are merged as late as they can be, so that `scan` sees which rows are whose.
    let batch = shared.count + 3 <= Shape.maximumRank ? shared.map(size) : [count(shared)]
    let product: Tensor<S>
    if summed.isEmpty {
      product =
        arranged(shared + mine, shape: Shape(batch + [rows, 1]))
        * other.arranged(shared + others, shape: Shape(batch + [1, columns]))
    } else if mine.isEmpty && others.isEmpty {
      let left = arranged(shared + summed, shape: Shape(batch + [inner]))
      product = (left * other.arranged(shared + summed, shape: Shape(batch + [inner]))).sum(-1)
    } else if shared.isEmpty {
      let rows = 1..<Shape.maximumRank ~= mine.count ? mine.map(size) : [rows]
      product = matmul(
        arranged(mine + summed, shape: Shape(rows + [inner])),
        other.arranged(summed + others, shape: [inner, columns]))
    } else {
      product = matmul(
        arranged(shared + mine + summed, shape: Shape(batch + [rows, inner])),
        other.arranged(shared + summed + others, shape: Shape(batch + [inner, columns])))
    }
    let shape = Shape(names.map(equation.size))
    return EinsumFactor(
      tensor: product.shape == shape ? product : product.reshaped(to: shape), axes: names)
  }
}
