/// The value of `x` as a constant: no gradient flows through it to what it was computed from.
///
/// How state is carried from one gradient scope to the next (truncated backpropagation through time).
public func stopGradient<S: TensorScalar>(_ x: Tensor<S>) -> Tensor<S> {
  var handle = x.handle
  while let primal = handle.primal { handle = primal }
  // In a step that is being traced, the value of every time step, not of the traced one.
  return Tensor(handle.tape == nil || handle.tape?.trace != nil ? handle : handle.alias())
}
