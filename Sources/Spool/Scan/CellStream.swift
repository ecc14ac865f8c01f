/// Runs a cell one input at a time, as they come: traced and compiled at the first step, with constant memory.
///
/// ```swift
/// let stream = CellStream(from: (h, c)) { x, state in cell(x, state) }
/// for x in inputs { show(stream.step(x)) }
/// ```
///
/// Its outputs equal those of `scan` bit for bit. A step that `scan` unrolls runs operation by operation, as does one
/// inside a gradient scope, so that it can be differentiated.
public final class CellStream<S: TensorScalar, R: TensorScalar, State> {
  private let cell: (Tensor<S>, State) -> (Tensor<R>, State)
  private var current: State
  private var compiled: (any StreamRun)?
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
    if let outputs = compiled?.step([resolve(input.handle)]) { return Tensor(outputs[0]) }
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
    let handle = resolve(input.handle)
    compiled = streamRun([handle], first) { [cell] inputs, handles in
      guard let state = TensorTree.replacing(in: before, with: handles) else { return nil }
      let (output, next) = cell(Tensor(inputs[0]), state)
      let (after, othersAfter) = TensorTree.leaves(of: next)
      // What is not a tensor would stay as it is for all steps.
      guard others == othersAfter else { return nil }
      return ([output.handle], after)
    }
    current = before
    guard let outputs = compiled?.step([handle]) else {
      isCompilable = false
      return stepEagerly(input)
    }
    return Tensor(outputs[0])
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
