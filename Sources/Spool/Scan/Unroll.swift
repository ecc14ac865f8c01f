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
///   - lengths: the number of time steps of each item of the batch, as in `scan`.
///   - cell: one time step: an input and the state before it to an output and the state after it.
/// - Returns: the outputs along a new first axis, `[time, …]`, and the last state. With no time steps the
///   outputs are `[0, …]`, in the shape that the cell gives them for an input of zeros, and the state is
///   the first.
public func unroll<S: TensorScalar, R: TensorScalar, State>(
  _ inputs: Tensor<S>, from state: State, reverse: Bool = false, lengths: [Int]? = nil,
  _ cell: (Tensor<S>, State) throws -> (Tensor<R>, State)
) rethrows -> (outputs: Tensor<R>, state: State) {
  try runUnrolled(inputs, from: state, reverse: reverse, lengths: lengths, cell)
}

/// Runs a cell whose output is its state over time: `unroll(inputs, from: h) { x, h in tanh(…) }`.
public func unroll<S: TensorScalar, R: TensorScalar>(
  _ inputs: Tensor<S>, from state: Tensor<R>, reverse: Bool = false, lengths: [Int]? = nil,
  _ cell: (Tensor<S>, Tensor<R>) throws -> Tensor<R>
) rethrows -> (outputs: Tensor<R>, state: Tensor<R>) {
  try runUnrolled(inputs, from: state, reverse: reverse, lengths: lengths) { input, state in
    let next = try cell(input, state)
    return (next, next)
  }
}

/// Runs a cell of several inputs or outputs over time, one operation after another: tuples, structs or arrays
/// of tensors.
@_disfavoredOverload
public func unroll<Input, Output, State>(
  _ inputs: Input, from state: State, reverse: Bool = false, lengths: [Int]? = nil,
  _ cell: (Input, State) throws -> (Output, State)
) rethrows -> (outputs: Output, state: State) {
  try runUnrolled(inputs, from: state, reverse: reverse, lengths: lengths, cell)
}

/// The loop of `unroll`, for inputs, outputs and states of any types that hold tensors.
func runUnrolled<Input, Output, State>(
  _ inputs: Input, from first: State, reverse: Bool, lengths: [Int]?,
  _ cell: (Input, State) throws -> (Output, State)
) rethrows -> (outputs: Output, state: State) {
  var sequences = InputSequences(inputs, for: "unroll")
  let mask = lengths.flatMap { SequenceMask(lengths: $0, of: sequences.shape) }
  if let mask {
    let cleared = sequences.replacing(sequences.handles.map(mask.clearing))
    sequences = InputSequences(cleared, for: "unroll")
  }
  var outputs = OutputSequences<Output>(count: sequences.time)
  guard sequences.time > 0 else {
    return (OutputSequences.empty(like: try cell(sequences.emptyStep, first).0), first)
  }
  var state = first
  for time in TimeStep.order(of: sequences.time, reverse: reverse) {
    try TimeStep.$current.withValue(time) {
      let (output, next) = try cell(sequences.step(time), state)
      outputs.set(output, at: time)
      state = mask?.freezing(next, at: time, to: state) ?? next
    }
  }
  return (outputs.stacked { mask?.clearing($0) ?? $0 }, state)
}
