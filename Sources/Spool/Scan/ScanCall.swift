/// A scan on handles.
struct ScanCall {
  /// One time step; nil where the state cannot be given to the user's function as handles.
  typealias Step = (_ input: TensorHandle, _ state: [TensorHandle]) -> (
    output: TensorHandle, state: [TensorHandle]
  )?
  /// The whole scan by operations that a tape records: outputs, then the last state.
  typealias Unrolled = (_ inputs: TensorHandle, _ state: [TensorHandle]) -> [TensorHandle]

  private let inputs: TensorHandle
  private let state: [TensorHandle]
  private let isReversed: Bool
  private let outer: Tape?
  private let traced: TracedStep
  private let program: StepProgram
  private let unrolled: Unrolled

  /// Nil where the step cannot be compiled.
  init?(
    inputs: TensorHandle, state: [TensorHandle], isReversed: Bool, step: Step,
    unrolled: @escaping Unrolled
  ) {
    if let scope = GradientScope.current, scope.isNested { return nil }
    // Operation by operation, so that each has its time step and its line.
    if AnomalyDetector.current != nil { return nil }
    guard inputs.shape.rank > 1, inputs.shape[0] > 0, inputs.shape[1] > 0 else { return nil }
    let inputs = resolve(inputs)
    let state = state.map(resolve)
    let tape = GradientScope.current?.tape
    let outer = tape.flatMap { $0.isRecording ? $0 : nil }
    guard (state + [inputs]).allSatisfy({ $0.recordingTape == nil || $0.tape === outer }) else {
      return nil
    }
    let first = Slice(region: Region(0..<1, along: 0, of: inputs.shape)).view(of: inputs)
    let sample = Reshape(shape: inputs.shape.removing(0)).view(of: first)
    var isSupported = true
    let traced = TracedStep(
      inputs: [sample], state: state.map(\.untracked), outer: outer,
      isDifferentiated: [inputs.recordingTape != nil]
    ) { inputs, state in
      guard let (output, next) = step(inputs[0], state), next.count == state.count else {
        isSupported = false
        return ([], [])
      }
      return ([output], next)
    }
    guard isSupported,
      zip(traced.graph.states, state).allSatisfy({ traced.graph.values[$0].shape == $1.shape }),
      let program = StepProgramCache.program(for: traced.graph, batch: inputs.shape[1])
    else { return nil }
    self.inputs = inputs
    self.state = state
    self.isReversed = isReversed
    self.outer = outer
    self.traced = traced
    self.program = program
    self.unrolled = unrolled
  }

  /// The outputs over time and the last state, recorded where something differentiates by them.
  func run() -> (outputs: TensorHandle, state: [TensorHandle]) {
    let tracked = [inputs] + state + traced.captured
    let given = ScanRun.Given(
      inputs: [outside(inputs).dense()], state: state.map(outside),
      captured: traced.captured.map(outside), constants: traced.constants)
    let run = ScanRun(program, length: inputs.shape[0], isReversed: isReversed, given)
    let (outputs, last) = run.forward()
    guard let outer, tracked.contains(where: { $0.recordingTape === outer }) else {
      return (outputs[0], last)
    }
    let hub = ScanRule(run: run, sources: tracked.map(outside)) { [unrolled, state] leaves in
      // The captured tensors come to the step by substitution.
      outer.substituting({ handle in
        leaves[1 + state.count + traced.captured.firstIndex { $0.index == handle.index }!]
      }) {
        unrolled(leaves[0], Array(leaves[1...state.count])).map(resolve)
      }
    }
    let token = outer.record(.zeros([0], .float), from: tracked, rule: hub)
    let results = outputs + last
    let recorded = results.enumerated().map { i, value in
      outer.record(value, from: [token], rule: ScanResultRule(hub: hub, index: i))
    }
    return (recorded[0], Array(recorded.dropFirst()))
  }

  private func outside(_ handle: TensorHandle) -> TensorHandle {
    outer.map { handle.outside($0) } ?? handle
  }
}

extension TensorHandle {
  /// The same value on no tape.
  var untracked: TensorHandle { tape == nil ? self : alias() }
}
