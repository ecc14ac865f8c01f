/// Runs a cell one input at a time, as they come: traced and compiled at the first step, with constant memory.
///
/// ```swift
/// let stream = CellStream(from: (h, c)) { x, state in cell(x, state) }
/// for x in inputs { show(stream.step(x)) }
/// ```
///
/// Its outputs equal those of `scan` bit for bit. A step that mixes the items of the batch, and one inside a
/// gradient scope, runs operation by operation, so that it can be differentiated.
public final class CellStream<S: TensorScalar, R: TensorScalar, State> {
  private let cell: (Tensor<S>, State) -> (Tensor<R>, State)
  private var current: State
  private var compiled: StreamRun?
  private var isCompilable = true

  /// - Parameters:
  ///   - state: the state before the first step: a tensor, a tuple or a struct of tensors, `[batch, …]` each.
  ///   - cell: one time step: an input, `[batch, …]`, and the state before it to an output and the state
  ///     after it. It is not called for every step, so it must do the same at each.
  public init(
    from state: State, _ cell: @escaping (Tensor<S>, State) -> (Tensor<R>, State)
  ) {
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
  public func step(_ input: Tensor<S>) -> Tensor<R> {
    if GradientScope.current != nil || AnomalyDetector.current != nil {
      return stepEagerly(input)
    }
    if let compiled, compiled.accepts(input.handle) { return Tensor(compiled.step(input.handle)) }
    return isCompilable ? stepAnew(input) : stepEagerly(input)
  }

  private func stepEagerly(_ input: Tensor<S>) -> Tensor<R> {
    let (output, next) = cell(input, state)
    state = next
    return output
  }

  /// The first step, and the first on inputs of another shape.
  private func stepAnew(_ input: Tensor<S>) -> Tensor<R> {
    let before = state
    let (first, others) = TensorTree.leaves(of: before)
    compiled = StreamRun(input.handle, first) { [cell] inputs, handles in
      guard let state = TensorTree.replacing(in: before, with: handles) else { return nil }
      let (output, next) = cell(Tensor(inputs[0]), state)
      let (after, othersAfter) = TensorTree.leaves(of: next)
      // What is not a tensor would stay as it is for all steps.
      guard others == othersAfter else { return nil }
      return ([output.handle], after)
    }
    current = before
    guard let compiled else {
      isCompilable = false
      return stepEagerly(input)
    }
    return Tensor(compiled.step(input.handle))
  }
}

extension CellStream where State == Tensor<R> {
  /// A stream of a cell whose output is its state.
  public convenience init(
    from state: State, _ cell: @escaping (Tensor<S>, State) -> State
  ) {
    self.init(from: state) { input, state in
      let next = cell(input, state)
      return (next, next)
    }
  }
}

/// A scan of one time step that is run again and again on the same memory.
private final class StreamRun {
  private let input: TensorHandle
  private let run: ScanRun

  /// Nil where the step cannot be compiled.
  init?(_ input: TensorHandle, _ state: [TensorHandle], step: ScanCall.Step) {
    let input = resolve(input)
    guard input.tape == nil, state.allSatisfy({ $0.tape == nil }), input.shape.rank > 0,
      input.shape[0] > 0
    else { return nil }
    var isSupported = true
    let traced = TracedStep(
      inputs: [input], state: state, outer: nil, isDifferentiated: [false]
    ) { inputs, state in
      if let result = step(inputs, state), result.state.count == state.count { return result }
      isSupported = false
      return ([], [])
    }
    guard isSupported,
      zip(traced.graph.states, state).allSatisfy({ traced.graph.values[$0].shape == $1.shape }),
      case (.program(let program), let constants)? =
        try? StepProgramCache.compiled(traced, batch: input.shape[0])
    else { return nil }
    self.input = TensorHandle(uninitialized: input.shape, input.scalarType)
    run = ScanRun(
      program, length: 1, isReversed: false,
      ScanRun.Given(
        inputs: [self.input], state: state, captured: [], constants: constants))
    run.prepareSteps()
  }

  func accepts(_ input: TensorHandle) -> Bool { input.shape == self.input.shape }

  func step(_ input: TensorHandle) -> TensorHandle {
    self.input.copy(from: resolve(input))
    return run.step()
  }

  /// Copies of the states, since the next step writes over them.
  var state: [TensorHandle] { run.lastState.map { $0.copied() } }
}
