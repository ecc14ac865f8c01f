/// Runs a cell over time: the same as `unroll`, but traced once, compiled and executed for all time steps.
///
/// One step is run to record it and its pullback. What does not depend on the state is taken out of
/// the loop and done for all time steps at once; weight gradients become one product each over time
/// and batch together; in the loop, operations write into memory planned beforehand, and each thread
/// runs its rows of the batch through the whole sequence.
///
/// ```swift
/// let (outputs, last) = scan(inputs, from: state) { x, state in … }
/// ```
///
/// The loop computes what treats the items of the batch independently. What they share or mix runs around it, operation
/// by operation: ahead, a counter of steps, say, or a statistic of the inputs; behind, a loss of the step that is an
/// output or added up in the state. A step is unrolled, operation by operation as a whole, where no state is the
/// loop's, where it mixes items and has derivatives of its own (`withCustomVJP`, `checkpointed`), where gradient scopes
/// around the innermost one take part in it, and under `detectingAnomalies`.
///
/// - Parameters:
///   - inputs: `[time, batch, …]`; the cell gets one step of it, `[batch, …]`.
///   - state: the state before the first step: a tensor, or a tuple, a struct or an array of tensors,
///     `[batch, …]` each.
///   - reverse: whether time runs from the last step to the first. The outputs stay at the places of
///     their inputs.
///   - lengths: the number of time steps of each item of the batch, which padding follows; nil where all
///     items have all steps. Past its end an item's outputs are 0 and its state stays; with `reverse`
///     it starts at its own last step. What its inputs hold there, even NaN, has no effect.
///   - checkpointEvery: keeps the state at every so many time steps only, and nothing else, for the
///     backward pass, which computes what lies between them once more. A step that is unrolled keeps
///     everything all the same.
///   - memoryBudget: the same with the greatest spacing for which the scan is predicted to take at most so
///     many bytes, its outputs and the gradients of its inputs included, but not what runs around it. Traps,
///     saying what is needed, where there is none.
///   - cell: one time step: an input and the state before it to an output and the state after it. It is
///     not called for every step, so it must do the same at each, and cannot read a number out of a tensor.
/// - Returns: the outputs along a new first axis, `[time, batch, …]`, and the last state. With no time steps
///   the outputs are `[0, batch, …]`, in the shape that the cell gives them for an input of zeros, and the
///   state is the first.
public func scan<S: TensorScalar, R: TensorScalar, State>(
  _ inputs: Tensor<S>, from state: State, reverse: Bool = false, lengths: [Int]? = nil,
  checkpointEvery spacing: Int? = nil, memoryBudget: Int? = nil,
  _ cell: @escaping (Tensor<S>, State) -> (Tensor<R>, State)
) -> (outputs: Tensor<R>, state: State) {
  let options = ScanOptions(reverse, lengths, spacing, memoryBudget)
  return runScan(inputs, from: state, options, cell)
}

/// Runs a cell whose output is its state over time: `scan(inputs, from: h) { x, h in tanh(…) }`.
public func scan<S: TensorScalar, R: TensorScalar>(
  _ inputs: Tensor<S>, from state: Tensor<R>, reverse: Bool = false, lengths: [Int]? = nil,
  checkpointEvery spacing: Int? = nil, memoryBudget: Int? = nil,
  _ cell: @escaping (Tensor<S>, Tensor<R>) -> Tensor<R>
) -> (outputs: Tensor<R>, state: Tensor<R>) {
  let options = ScanOptions(reverse, lengths, spacing, memoryBudget)
  return runScan(inputs, from: state, options) { input, state in
    let next = cell(input, state)
    return (next, next)
  }
}

/// Runs a cell of several inputs or outputs over time: tuples, structs or arrays of tensors.
///
/// ```swift
/// let (outputs, last) = scan((tokens, images), from: h) { step, h in … step.0 … }
/// ```
///
/// Every input sequence has the same number of time steps and the same batch. The outputs are such a value
/// as the cell returns, with a sequence in the place of each tensor.
@_disfavoredOverload
public func scan<Input, Output, State>(
  _ inputs: Input, from state: State, reverse: Bool = false, lengths: [Int]? = nil,
  checkpointEvery spacing: Int? = nil, memoryBudget: Int? = nil,
  _ cell: @escaping (Input, State) -> (Output, State)
) -> (outputs: Output, state: State) {
  let options = ScanOptions(reverse, lengths, spacing, memoryBudget)
  return runScan(inputs, from: state, options, cell)
}

/// How a scan goes over its sequences.
struct ScanOptions {
  let isReversed: Bool
  let lengths: [Int]?
  let checkpointing: Checkpointing

  init(_ isReversed: Bool, _ lengths: [Int]?, _ spacing: Int?, _ memoryBudget: Int?) {
    self.isReversed = isReversed
    self.lengths = lengths
    checkpointing = Checkpointing(every: spacing, memoryBudget: memoryBudget)
  }
}

/// The body of `scan`, for inputs, outputs and states of any types that hold tensors.
func runScan<Input, Output, State>(
  _ inputs: Input, from state: State, _ options: ScanOptions,
  _ cell: @escaping (Input, State) -> (Output, State)
) -> (outputs: Output, state: State) {
  var sample: Output?
  let call = try? scanCall(inputs, from: state, options) { input, state in
    let (output, next) = cell(input, state)
    sample = sample ?? output
    return (output, next)
  }
  if let (outputs, last) = call?.run(), let sample,
    let last = TensorTree.replacing(in: state, with: last)
  {
    return (OutputSequences.replacing(in: sample, with: outputs), last)
  }
  return runUnrolled(
    inputs, from: state, reverse: options.isReversed, lengths: options.lengths, cell)
}

/// The scan on handles, not yet run. Throws where the step cannot be compiled.
func scanCall<Input, Output, State>(
  _ inputs: Input, from state: State, _ options: ScanOptions,
  _ cell: @escaping (Input, State) -> (Output, State)
) throws(ScanRefusal) -> ScanCall {
  let sequences = InputSequences(inputs, for: "scan")
  let mask = options.lengths.flatMap { SequenceMask(lengths: $0, of: sequences.shape) }
  let (first, others) = TensorTree.leaves(of: state)
  return try .compiling(
    sequences.handles + (mask.map { [$0.isInside] } ?? []), first, options,
    step: { inputs, handles in
      SequenceMask.masking(inputs, handles, isRagged: mask != nil) { inputs in
        guard let before = TensorTree.replacing(in: state, with: handles) else { return nil }
        let (output, next) = cell(sequences.replacing(inputs), before)
        let (after, othersAfter) = TensorTree.leaves(of: next)
        // What is not a tensor would stay as it is for all steps.
        guard others == othersAfter else { return nil }
        requireSameShapes(handles, after)
        return (TensorTree.handles(in: output), after)
      }
    })
}

/// Traps where a step returns a state of other tensors than it takes.
private func requireSameShapes(_ before: [TensorHandle], _ after: [TensorHandle]) {
  guard before.count == after.count else {
    trap(
      "scan: the step takes a state of \(before.count) tensors and returns one of \(after.count); "
        + "the state of a scan keeps its structure. If it has to change, run the cell with unroll")
  }
  for (place, (before, after)) in zip(before, after).enumerated() where before.shape != after.shape
  {
    trap(
      "scan: the step takes a state whose tensor \(place) has shape \(before.shape) and returns one "
        + "of shape \(after.shape); the state of a scan keeps its shape. Give the first state the shape "
        + "\(after.shape), or run the cell with unroll")
  }
}
