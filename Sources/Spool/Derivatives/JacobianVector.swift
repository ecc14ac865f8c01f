/// The value of `f` at `x` and its derivative along `tangent`: ẏ = (∂f/∂x) ẋ, in the shape of the value.
///
/// Taken without rules of its own: the pullback ȳ ↦ ȳ ∂f/∂x is linear in ȳ, and the pullback of *that*
/// is ẋ ↦ (∂f/∂x) ẋ (the transposition of the transpose).
public func jvp<S: RealScalar, R: RealScalar>(
  at x: Tensor<S>, along tangent: Tensor<S>, of f: (Tensor<S>) throws -> Tensor<R>
) rethrows -> (value: Tensor<R>, derivative: Tensor<R>) {
  guard tangent.shape == x.shape else {
    trap("jvp: the tangent has shape \(tangent.shape), but the input has \(x.shape)")
  }
  let (value, pullback) = try vjp(at: x, of: f)
  let anywhere = Tensor<R>(repeating: 0, shape: value.shape)
  let transpose = vjp(at: anywhere, of: pullback)
  return (value, transpose.pullback(tangent))
}

/// The product of the Hessian of a scalar function at `x` with a vector: ∇²f(x) v, in the shape of `x`,
/// without the Hessian: the gradient of ⟨∇f(x), v⟩ (Pearlmutter, 1994).
public func hessianVectorProduct<S: RealScalar>(
  at x: Tensor<S>, along v: Tensor<S>, of f: (Tensor<S>) throws -> Tensor<S>
) rethrows -> Tensor<S> {
  guard v.shape == x.shape else {
    trap("hessianVectorProduct: the vector has shape \(v.shape), but the input has \(x.shape)")
  }
  return try gradient(at: x) { x in (try gradient(at: x, of: f) * v).sum() }
}
