/// The value of `x` as a constant: no gradient flows through it to what it was computed from.
///
/// How state is carried from one gradient scope to the next (truncated backpropagation through time).
public func stopGradient<S: TensorScalar>(_ x: Tensor<S>) -> Tensor<S> {
  var handle = x.handle
  while let primal = handle.primal { handle = primal }
  guard let tape = handle.tape else { return Tensor(handle) }
  // In a step that is being traced, the value of every time step, not of the traced one.
  return Tensor(tape.trace == nil ? handle.alias() : apply(StopGradient(), handle))
}

/// y = x without a derivative, as a trace records it.
struct StopGradient: ViewOperation {
  static let name = "stopGradient"
  static let isDifferentiable = false

  func view(of x: TensorHandle) -> TensorHandle { x.alias() }

  func vjp<S: RealScalar>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { nil }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind { operands[0].kind }
}
