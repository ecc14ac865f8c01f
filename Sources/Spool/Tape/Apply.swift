/// Runs an operation, and records it where one of its inputs is tracked by a gradient scope.
@inline(__always)
func apply<Op: Operation>(_ operation: Op, _ x: TensorHandle) -> TensorHandle {
  var inputs = Operands(x)
  return x.standsForItself ? operation.evaluate(inputs) : apply(operation, &inputs)
}

@inline(__always)
func apply<Op: Operation>(
  _ operation: Op, _ x: TensorHandle, _ y: TensorHandle
) -> TensorHandle {
  var inputs = Operands(x, y)
  return x.standsForItself && y.standsForItself
    ? operation.evaluate(inputs) : apply(operation, &inputs)
}

@inline(__always)
func apply<Op: Operation>(_ operation: Op, _ inputs: Operands) -> TensorHandle {
  var inputs = inputs
  return apply(operation, &inputs)
}

/// The same where inputs may be tracked. `inputs` is used up: left in an unspecified state.
///
/// Not specialised for each operation, nor is what it calls: sixty copies of the recording code would
/// take a minute to compile and gain a few nanoseconds.
@inline(never)
@_semantics("optimize.sil.specialize.generic.never")
func apply<Op: Operation>(_ operation: Op, _ inputs: inout Operands) -> TensorHandle {
  if let tape = inputs.commonTape, tape._withUnsafeGuaranteedRef({ $0.isPlain }) {
    return tape._withUnsafeGuaranteedRef { $0.recordPlain(operation, &inputs) }
  }
  var tape: Tape?
  for i in 0..<inputs.count {
    guard let itsTape = inputs[i].tape else { continue }
    if !itsTape.isRecording { inputs[i] = resolve(inputs[i]) }
    if let other = inputs[i].recordingTape, tape == nil || other.serial > tape!.serial {
      tape = other
    }
  }
  if let tape { return tape.record(operation, &inputs) }
  return operation.evaluate(inputs)
}

extension TensorHandle {
  /// Whether no tape has to be asked about this tensor: it is on none, or on one that is being swept and
  /// is a plain value outside of it.
  @inline(__always)
  var standsForItself: Bool {
    guard let recorder else { return true }
    return primal == nil && recorder._withUnsafeGuaranteedRef { $0.isSweeping }
  }

  /// The tape that records operations on this tensor.
  @inline(__always)
  var recordingTape: Tape? {
    guard let tape, tape.isRecording else { return nil }
    return tape
  }
}

/// What a tensor stands for at present: itself while its tape records; its value outside of its scope
/// while that scope is being swept.
@inline(__always)
func resolve(_ handle: TensorHandle) -> TensorHandle {
  guard let tape = handle.tape, !tape.isRecording else { return handle }
  return resolve(handle, on: tape)
}

private func resolve(_ handle: TensorHandle, on tape: Tape) -> TensorHandle {
  switch tape.mode {
  case .recording: return handle
  case .sweeping: return handle.primal.map(resolve) ?? handle
  // The replacement may be on another tape that substitutes in turn (nested `checkpointed`).
  case .substituting(let replacement): return resolve(replacement(handle))
  case .closed: trap(leakMessage(handle))
  }
}

private func leakMessage(_ handle: TensorHandle) -> String {
  let tensor = "a tensor of shape \(handle.shape)"
  if handle.isOfTracedStep {
    return
      "\(tensor) is used outside of the step of a scan in which it was made. The step is run only once, to "
      + "record it. Make the tensor an output of the step or part of its state, or run the cell with unroll"
  }
  if GradientScope.current != nil {
    return
      "\(tensor) from an earlier gradient scope is used in a new one: state that is carried over "
      + "must be cut from the old tape. Carry over stopGradient(state) instead"
  }
  return
    "\(tensor) has leaked from a gradient scope that has ended. Return stopGradient(tensor) from "
    + "the scope instead, which is an ordinary tensor"
}

extension TensorHandle {
  /// Whether it stands for a value of a step that is, or was, recorded.
  fileprivate var isOfTracedStep: Bool { tape?.trace != nil || primal?.isOfTracedStep == true }
}
