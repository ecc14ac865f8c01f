/// The vector-Jacobian product of a function of several tensors: takes a cotangent in the shape of its
/// value to a tuple of those of its inputs.
///
/// Called once, since it frees the tape as it sweeps, unless it was made `reusable`.
public struct Pullback<Result: RealScalar, each Input: RealScalar> {
  let tapePullback: TapePullback

  /// The cotangents of the inputs; zeros for one that the value does not depend on. Traps where the
  /// cotangent has another shape than the value, and when the tape is used up.
  public func callAsFunction(_ cotangent: Tensor<Result>) -> (repeat Tensor<each Input>) {
    let gradients = tapePullback([cotangent.handle])
    var next = zip(tapePullback.inputs, gradients).makeIterator()
    return (repeat gradientOrZeros(next.next()!, as: (each Input).self))
  }
}

/// The value of `f` at `x`, and its pullback: the function that takes a cotangent ȳ in the shape of the
/// value to x̄ = ȳ ∂f/∂x in the shape of `x`.
///
/// The pullback frees the tape as it sweeps and can be called once, unless it is `reusable`.
public func vjp<S: RealScalar, R: RealScalar>(
  at x: Tensor<S>, reusable: Bool = false, of f: (Tensor<S>) throws -> Tensor<R>
) rethrows -> (value: Tensor<R>, pullback: (Tensor<R>) -> Tensor<S>) {
  let (tape, leaves, result) = try GradientScope.record([x.handle]) { try f(Tensor($0[0])) }
  let pullback = TapePullback(
    tape: tape, inputs: leaves, outputs: [result.handle], isReusable: reusable)
  return (
    Tensor(result.handle.outside(tape)),
    { cotangent in gradientOrZeros((leaves[0], pullback([cotangent.handle])[0]), as: S.self) }
  )
}

/// The value of a function of several tensors at `x`, and its pullback there.
public func vjp<each S: RealScalar, R: RealScalar>(
  at x: repeat Tensor<each S>, reusable: Bool = false,
  of f: (repeat Tensor<each S>) throws -> Tensor<R>
) rethrows -> (value: Tensor<R>, pullback: Pullback<R, repeat each S>) {
  var inputs: [TensorHandle] = []
  for input in repeat each x { inputs.append(input.handle) }
  let (tape, leaves, result) = try GradientScope.record(inputs) { leaves in
    try call(f, with: leaves)
  }
  let pullback = TapePullback(
    tape: tape, inputs: leaves, outputs: [result.handle], isReusable: reusable)
  return (Tensor<R>(result.handle.outside(tape)), Pullback(tapePullback: pullback))
}

func call<each S: RealScalar, R: RealScalar>(
  _ f: (repeat Tensor<each S>) throws -> Tensor<R>, with handles: [TensorHandle]
) rethrows -> Tensor<R> {
  var next = handles.makeIterator()
  return try f(repeat Tensor<each S>(next.next()!))
}

private func gradientOrZeros<S: RealScalar>(
  _ pair: (leaf: TensorHandle, gradient: TensorHandle?), as _: S.Type
) -> Tensor<S> {
  Tensor(pair.gradient ?? .zeros(pair.leaf.shape, pair.leaf.scalarType))
}

/// The Jacobian of `f` at `x`: entry [i…, j…] is ∂f(x)ᵢ/∂xⱼ, so the shape is that of the value followed
/// by that of `x`. One backward sweep for each element of the value.
public func jacobian<S: RealScalar>(
  at x: Tensor<S>, of f: (Tensor<S>) throws -> Tensor<S>
) rethrows -> Tensor<S> {
  let (value, pullback) = try vjp(at: x, reusable: true, of: f)
  let shape = Shape(Array(value.shape) + Array(x.shape))
  guard value.count > 0 else { return .zeros(shape) }
  let rows: [Tensor<S>] = (0..<value.count).map { row in
    var direction = [S](repeating: 0, count: value.count)
    direction[row] = 1
    return pullback(Tensor(shape: value.shape, direction))
  }
  return stack(rows).reshaped(to: shape)
}
