/// Runs a cell without inputs over time: a decoder, say, that goes on from a state alone.
///
/// ```swift
/// let (frames, last) = scan(steps: 10, from: (frame, memory)) { frame, memory in … }
/// ```
///
/// Traced, compiled and differentiated as a scan of inputs is. The batch is the first axis of the state's first
/// tensor.
///
/// - Parameters:
///   - steps: the number of time steps.
///   - state: the state before the first step: a tensor, or a tuple, a struct or an array of tensors,
///     `[batch, …]` each.
///   - lengths: the number of time steps of each item of the batch, as in a scan of inputs.
///   - checkpointEvery: keeps the state at every so many time steps only, as in a scan of inputs.
///   - memoryBudget: the number of bytes that it may take, as in a scan of inputs.
///   - cell: one time step: a state to an output, of one tensor or several, and the state after it. It is not
///     called for every step.
/// - Returns: the outputs along a new first axis, `[steps, batch, …]`, and the last state.
public func scan<Output, State>(
  steps: Int, from state: State, lengths: [Int]? = nil, checkpointEvery spacing: Int? = nil,
  memoryBudget: Int? = nil, _ cell: @escaping (State) -> (Output, State)
) -> (outputs: Output, state: State) {
  let options = ScanOptions(false, lengths, spacing, memoryBudget)
  return runScan(clock(steps, for: state, in: "scan"), from: state, options) { cell($1) }
}

/// Runs a cell without inputs whose output is its state over time: `scan(steps: 10, from: h) { h in tanh(…) }`.
public func scan<S: TensorScalar>(
  steps: Int, from state: Tensor<S>, lengths: [Int]? = nil, checkpointEvery spacing: Int? = nil,
  memoryBudget: Int? = nil, _ cell: @escaping (Tensor<S>) -> Tensor<S>
) -> (outputs: Tensor<S>, state: Tensor<S>) {
  scan(
    steps: steps, from: state, lengths: lengths, checkpointEvery: spacing,
    memoryBudget: memoryBudget
  ) { state in
    let next = cell(state)
    return (next, next)
  }
}

/// Runs a cell without inputs over time, one operation after another: what `scan(steps:)` must equal.
public func unroll<Output, State>(
  steps: Int, from state: State, lengths: [Int]? = nil,
  _ cell: (State) throws -> (Output, State)
) rethrows -> (outputs: Output, state: State) {
  let clock = clock(steps, for: state, in: "unroll")
  return try runUnrolled(clock, from: state, reverse: false, lengths: lengths) { try cell($1) }
}

/// Runs a cell without inputs whose output is its state over time, one operation after another.
public func unroll<S: TensorScalar>(
  steps: Int, from state: Tensor<S>, lengths: [Int]? = nil,
  _ cell: (Tensor<S>) throws -> Tensor<S>
) rethrows -> (outputs: Tensor<S>, state: Tensor<S>) {
  try unroll(steps: steps, from: state, lengths: lengths) { state in
    let next = try cell(state)
    return (next, next)
  }
}

/// What `scan(steps:)` makes of this call: inside a gradient scope, of both passes.
public func describeScan<Output, State>(
  steps: Int, from state: State, lengths: [Int]? = nil,
  _ cell: @escaping (State) -> (Output, State)
) -> ScanDescription {
  describe(clock(steps, for: state, in: "describeScan"), from: state, lengths) { cell($1) }
}

/// What `scan(steps:)` makes of a cell whose output is its state.
public func describeScan<S: TensorScalar>(
  steps: Int, from state: Tensor<S>, lengths: [Int]? = nil,
  _ cell: @escaping (Tensor<S>) -> Tensor<S>
) -> ScanDescription {
  describeScan(steps: steps, from: state, lengths: lengths) { state in
    let next = cell(state)
    return (next, next)
  }
}

/// Inputs that say nothing but the time and the batch, `[steps, batch, 0]`.
private func clock<State>(
  _ steps: Int, for state: State, in operation: String
) -> Tensor<Float> {
  guard steps >= 0 else {
    trap("\(operation): \(steps) steps; their number cannot be negative")
  }
  let batch = TensorTree.handles(in: state).first?.shape.first ?? 1
  return .zeros([steps, batch, 0])
}
