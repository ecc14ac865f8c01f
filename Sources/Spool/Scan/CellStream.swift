/// Runs a cell one input at a time, as they come: traced and compiled at the first step, with constant memory.
///
/// ```swift
/// let stream = CellStream(from: (h, c)) { x, h, c in cell(x, h, c) }
/// for x in inputs { show(stream.step(x)) }
/// ```
///
/// Its outputs equal those of `scan` bit for bit. A step that `scan` unrolls runs operation by operation, as does one
/// inside a gradient scope, so that it can be differentiated.
public final class CellStream<Input, Output, State> {
  private let cell: (Input, State) -> (Output, State)
  private var current: State
  private var compiled: (any StreamRun)?
  /// What the compiled step gave when it was traced, in whose place its outputs come.
  private var sample: Output?
  private var isCompilable = true
  // Reflection takes as long as a small step, and is for inputs and outputs that are no tensors.
  private let inputIsTensor = Input.self is any AnyTensor.Type
  private let outputIsTensor = Output.self is any AnyTensor.Type

  /// - Parameters:
  ///   - state: the state before the first step: a tensor, a tuple or a struct of tensors, `[batch, …]` each.
  ///   - cell: one time step: an input, `[batch, …]`, or several in a tuple, a struct or an array, and the state before
  ///     it to an output, or several, and the state after it. It is not called for every step, so it must do the same
  ///     at each.
  public init(from state: State, _ cell: @escaping (Input, State) -> (Output, State)) {
    current = state
    self.cell = cell
  }

  /// The state after the last step. To begin anew, set it.
  public var state: State {
    get {
      compiled.flatMap { TensorTree.replacing(in: current, with: $0.state) } ?? current
    }
    set {
      compiled = nil
      current = newValue
    }
  }

  /// The output for the next input, `[batch, …]`, of the same shape at every step.
  public func step(_ input: Input) -> Output {
    if GradientScope.current != nil || AnomalyDetector.current != nil {
      return stepEagerly(input)
    }
    if let outputs = compiled?.step(handles(input)) { return output(outputs) }
    return isCompilable ? stepAnew(input) : stepEagerly(input)
  }

  private func stepEagerly(_ input: Input) -> Output {
    let (output, next) = cell(input, state)
    state = next
    return output
  }

  /// The first step, and the first on inputs of another shape.
  private func stepAnew(_ input: Input) -> Output {
    let before = state
    let (first, others) = TensorTree.leaves(of: before)
    let inputHandles = handles(input)
    compiled = streamRun(inputHandles, first) { [cell] inputs, handles in
      guard let input = TensorTree.replacing(in: input, with: inputs),
        let state = TensorTree.replacing(in: before, with: handles)
      else { return nil }
      let (output, next) = cell(input, state)
      let (after, othersAfter) = TensorTree.leaves(of: next)
      // What is not a tensor would stay as it is for all steps.
      guard others == othersAfter else { return nil }
      self.sample = output
      return (TensorTree.handles(in: output), after)
    }
    current = before
    guard let outputs = compiled?.step(inputHandles) else {
      isCompilable = false
      return stepEagerly(input)
    }
    return output(outputs)
  }

  private func handles(_ input: Input) -> [TensorHandle] {
    guard inputIsTensor else { return TensorTree.handles(in: input).map(resolve) }
    return [resolve(sameReference(input, as: TensorHandle.self))]
  }

  private func output(_ handles: [TensorHandle]) -> Output {
    guard outputIsTensor else { return OutputSequences.replacing(in: sample!, with: handles) }
    return sameReference(handles[0], as: Output.self)
  }
}

/// A tensor as its handle, or the other way round: either is one reference.
private func sameReference<A, B>(_ value: A, as _: B.Type) -> B {
  withUnsafePointer(to: value) { UnsafeRawPointer($0).load(as: B.self) }
}

extension CellStream {
  /// A stream of a cell whose output is its state.
  public convenience init<R: TensorScalar>(
    from state: State, _ cell: @escaping (Input, State) -> State
  ) where State == Tensor<R>, Output == Tensor<R> {
    self.init(from: state) { input, state in
      let next = cell(input, state)
      return (next, next)
    }
  }

  /// A stream of a cell with a state of two values.
  public convenience init<A, B>(
    from state: (A, B), _ cell: @escaping (Input, A, B) -> (Output, (A, B))
  ) where State == (A, B) {
    self.init(from: state) { input, state in cell(input, state.0, state.1) }
  }

  /// A stream of a cell with a state of three values.
  public convenience init<A, B, C>(
    from state: (A, B, C), _ cell: @escaping (Input, A, B, C) -> (Output, (A, B, C))
  ) where State == (A, B, C) {
    self.init(from: state) { input, state in cell(input, state.0, state.1, state.2) }
  }
}
