/// Runs a cell over time, one operation after another: what `scan` must equal, and what runs where a step
/// cannot be compiled.
///
/// ```swift
/// let (outputs, last) = unroll(inputs, from: state) { x, state in cell(x, state) }
/// ```
///
/// - Parameters:
///   - inputs: `[time, …]`; the cell gets one step of it, `[…]`.
///   - state: the state before the first step, of any type.
///   - reverse: whether time runs from the last step to the first. The outputs stay at the places of
///     their inputs.
///   - cell: one time step: an input and the state before it to an output and the state after it.
/// - Returns: the outputs along a new first axis, `[time, …]`, and the last state. With no time steps the
///   cell never runs, so that the shape of its outputs is not known: they are `[0]`, and the state is the
///   first.
public func unroll<S: TensorScalar, R: TensorScalar, State>(
  _ inputs: Tensor<S>, from state: State, reverse: Bool = false,
  _ cell: (Tensor<S>, State) throws -> (Tensor<R>, State)
) rethrows -> (outputs: Tensor<R>, state: State) {
  let steps = timeSteps(of: inputs)
  let (outputs, last) = try runSteps(count: steps.count, from: state, reverse: reverse) {
    try cell(steps[$0], $1)
  }
  return (outputs.isEmpty ? Tensor(shape: [0], []) : stack(outputs), last)
}

/// Runs a cell whose output is its state over time: `unroll(inputs, from: h) { x, h in tanh(…) }`.
///
/// With no time steps the states are `[0, …]`, in the shape of the first.
public func unroll<S: TensorScalar, R: TensorScalar>(
  _ inputs: Tensor<S>, from state: Tensor<R>, reverse: Bool = false,
  _ cell: (Tensor<S>, Tensor<R>) throws -> Tensor<R>
) rethrows -> (outputs: Tensor<R>, state: Tensor<R>) {
  let steps = timeSteps(of: inputs)
  let (outputs, last) = try runSteps(count: steps.count, from: state, reverse: reverse) {
    let next = try cell(steps[$0], $1)
    return (next, next)
  }
  let none = Tensor<R>(shape: state.shape.inserting(0, at: 0), [])
  return (outputs.isEmpty ? none : stack(outputs), last)
}

private func timeSteps<S: TensorScalar>(of inputs: Tensor<S>) -> [Tensor<S>] {
  guard inputs.rank > 0 else { trap("unroll: the input is a scalar; it needs a time axis") }
  return inputs.unstacked()
}

/// The loop over time: runs `step` for the places 0 ..< `count`, or from the last to the first, and returns
/// the outputs in the order of the places.
package func runSteps<Output, State>(
  count: Int, from state: State, reverse: Bool,
  _ step: (Int, State) throws -> (Output, State)
) rethrows -> (outputs: [Output], state: State) {
  var state = state
  var outputs: [Output] = []
  outputs.reserveCapacity(count)
  for place in 0..<count {
    let time = reverse ? count - 1 - place : place
    let (output, next) = try TimeStep.$current.withValue(time) { try step(time, state) }
    outputs.append(output)
    state = next
  }
  if reverse { outputs.reverse() }
  return (outputs, state)
}
