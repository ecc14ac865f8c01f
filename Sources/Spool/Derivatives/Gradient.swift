/// The gradient of a scalar function at `x`: ∂f/∂x, in the shape of `x`; zeros where `f` does not depend
/// on `x`.
///
/// `gradient(at: x) { x in (x * x).sum() }`. Scopes nest, so the gradient of a gradient is written as
/// such. Traps when the result of `f` has more than one element.
public func gradient<S: RealScalar, R: RealScalar>(
  at x: Tensor<S>, of f: (Tensor<S>) throws -> Tensor<R>
) rethrows -> Tensor<S> {
  try valueAndGradient(at: x, of: f).gradient
}

/// The gradients of a scalar function of several tensors, as a tuple:
/// `let (da, db) = gradient(at: a, b) { a, b in … }`.
public func gradient<each S: RealScalar, R: RealScalar>(
  at x: repeat Tensor<each S>, of f: (repeat Tensor<each S>) throws -> Tensor<R>
) rethrows -> (repeat Tensor<each S>) {
  try valueAndGradient(at: repeat each x, of: f).gradient
}

/// The value of a scalar function at `x` and its gradient there, from one run of it.
public func valueAndGradient<S: RealScalar, R: RealScalar>(
  at x: Tensor<S>, of f: (Tensor<S>) throws -> Tensor<R>
) rethrows -> (value: Tensor<R>, gradient: Tensor<S>) {
  let (value, pullback) = try vjp(at: x, of: f)
  requireScalar(value.shape)
  return (value, pullback(onesLike(value)))
}

/// The value of a scalar function of several tensors and its gradients, from one run of it.
public func valueAndGradient<each S: RealScalar, R: RealScalar>(
  at x: repeat Tensor<each S>, of f: (repeat Tensor<each S>) throws -> Tensor<R>
) rethrows -> (value: Tensor<R>, gradient: (repeat Tensor<each S>)) {
  let (value, pullback) = try vjp(at: repeat each x, of: f)
  requireScalar(value.shape)
  return (value, pullback(onesLike(value)))
}

/// The value of a scalar function of many tensors, and its gradients, in their order; nil for a tensor
/// that the value does not depend on.
public func valueAndGradients<S: RealScalar, R: RealScalar>(
  at x: [Tensor<S>], of f: ([Tensor<S>]) throws -> Tensor<R>
) rethrows -> (value: Tensor<R>, gradients: [Tensor<S>?]) {
  let (tape, leaves, result) = try GradientScope.record(x.map { $0.handle }) { leaves in
    try f(leaves.map(Tensor<S>.init))
  }
  requireScalar(result.shape)
  let pullback = TapePullback(
    tape: tape, inputs: leaves, outputs: [result.handle], isReusable: false)
  let value = Tensor<R>(result.handle.outside(tape))
  let gradients = pullback([onesLike(value).handle])
  return (value, gradients.map { $0.map(Tensor<S>.init) })
}

private func requireScalar(_ shape: Shape) {
  guard shape.elementCount == 1 else {
    trap(
      "gradient: the function's result has shape \(shape), but only a scalar has a gradient. "
        + "Reduce it with sum() or mean(), or use vjp(at:) or jacobian(at:)")
  }
}

private func onesLike<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> {
  Tensor(repeating: 1, shape: x.shape)
}
