/// Runs a cell over time: the same as `unroll`, but traced once, compiled and executed for all time steps.
///
/// One step is run eagerly to record it and its pullback. What does not depend on the state is taken out of
/// the loop and done for all time steps at once; weight gradients become one product each over time
/// and batch together; in the loop, operations write into memory planned beforehand, and each thread
/// runs its rows of the batch through the whole sequence.
///
/// ```swift
/// let (outputs, last) = scan(inputs, from: (h, c)) { x, state in … }
/// ```
///
/// A step that mixes the items of the batch, one inside two gradient scopes, and one under
/// `detectingAnomalies` is unrolled instead.
///
/// - Parameters:
///   - inputs: `[time, batch, …]`; the cell gets one step of it, `[batch, …]`.
///   - state: the state before the first step: a tensor, a tuple or a struct of tensors, `[batch, …]` each.
///   - reverse: whether time runs from the last step to the first. The outputs stay at the places of
///     their inputs.
///   - cell: one time step: an input and the state before it to an output and the state after it. It is
///     not called for every step, so it must do the same at each, and cannot read a number out of a tensor.
/// - Returns: the outputs along a new first axis, `[time, batch, …]`, and the last state. With no time steps
///   the outputs are `[0]`, and the state is the first.
public func scan<S: TensorScalar, R: TensorScalar, State>(
  _ inputs: Tensor<S>, from state: State, reverse: Bool = false,
  _ cell: @escaping (Tensor<S>, State) -> (Tensor<R>, State)
) -> (outputs: Tensor<R>, state: State) {
  let call = ScanCall(
    inputs: inputs.handle, state: TensorTree.handles(in: state), isReversed: reverse,
    step: { input, handles in
      guard let state = TensorTree.replacing(in: state, with: handles) else { return nil }
      let (output, next) = cell(Tensor(input), state)
      return (output.handle, TensorTree.handles(in: next))
    },
    unrolled: { inputs, handles in
      let state = TensorTree.replacing(in: state, with: handles)!
      let (outputs, last) = unroll(Tensor<S>(inputs), from: state, reverse: reverse, cell)
      return [outputs.handle] + TensorTree.handles(in: last)
    })
  if let (outputs, last) = call?.run(), let last = TensorTree.replacing(in: state, with: last) {
    return (Tensor(outputs), last)
  }
  return unroll(inputs, from: state, reverse: reverse, cell)
}

/// Runs a cell whose output is its state over time: `scan(inputs, from: h) { x, h in tanh(…) }`.
public func scan<S: TensorScalar, R: TensorScalar>(
  _ inputs: Tensor<S>, from state: Tensor<R>, reverse: Bool = false,
  _ cell: @escaping (Tensor<S>, Tensor<R>) -> Tensor<R>
) -> (outputs: Tensor<R>, state: Tensor<R>) {
  scan(inputs, from: state, reverse: reverse) { input, state in
    let next = cell(input, state)
    return (next, next)
  }
}
