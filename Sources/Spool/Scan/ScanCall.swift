/// Why a scan is unrolled.
enum ScanRefusal: Error, CustomStringConvertible {
  case noSteps
  case anomalies
  case axes
  case state
  case scopes
  case entanglement(String)

  var description: String {
    switch self {
    case .noSteps: "there are no time steps, or no items"
    case .anomalies: "anomalies are looked for, operation by operation"
    case .axes: "the inputs do not all have the axes [time, batch, …] of the same sizes"
    case .state:
      "the state has tensors that are not stored in itself or in arrays, or the step changes something in "
        + "it that is not a tensor"
    case .scopes: "gradient scopes around the innermost one track what the scan uses"
    case .entanglement(let what): what
    }
  }
}

/// A scan on handles.
struct ScanCall {
  /// One time step; nil where the user's function cannot be given its state as handles, or changes
  /// something in it that is not a tensor.
  typealias Step = (_ inputs: [TensorHandle], _ state: [TensorHandle]) -> (
    outputs: [TensorHandle], state: [TensorHandle]
  )?

  private let inputs: [TensorHandle]
  private let state: [TensorHandle]
  private let options: ScanOptions
  private let outer: Tape?
  private let captured: [TensorHandle]
  private let constants: [TensorHandle]
  private let step: Step
  let program: StepProgram
  /// What of the step is not part of the program.
  private(set) var around: StepsAround?

  /// Throws where the step cannot be compiled.
  static func compiling(
    _ inputs: [TensorHandle], _ state: [TensorHandle], _ options: ScanOptions,
    step: @escaping Step
  ) throws(ScanRefusal) -> ScanCall {
    // Operation by operation, so that each has its time step and its line.
    if AnomalyDetector.current != nil { throw .anomalies }
    let shape = inputs[0].shape
    guard inputs.allSatisfy({ $0.shape.rank > 1 && $0.shape[1] == shape[1] }) else { throw .axes }
    guard shape[0] > 0, shape[1] > 0 else { throw .noSteps }
    let inputs = inputs.map(resolve)
    let state = state.map(resolve)
    let tape = GradientScope.current?.tape
    let outer = tape.flatMap { $0.isRecording ? $0 : nil }
    let samples = inputs.map { sequence in
      let first = Slice(region: Region(0..<1, along: 0, of: sequence.shape)).view(of: sequence)
      return Reshape(shape: sequence.shape.removing(0)).view(of: first)
    }
    guard
      let traced = TracedStep.tracing(
        samples, state.map(\.untracked), outer: outer,
        isDifferentiated: inputs.map { $0.recordingTape != nil }, step)
    else { throw .state }
    let captured = traced.captured
    let given = (inputs + state + captured).map { handle in
      outer.map { handle.outside($0) } ?? handle
    }
    // What another scope tracks, it has to record operation by operation.
    guard (given + traced.constants).allSatisfy({ $0.recordingTape == nil }) else { throw .scopes }
    switch try StepProgramCache.compiled(traced, batch: shape[1]) {
    case (.program(let program), let constants):
      return ScanCall(
        inputs: inputs, state: state, options: options, outer: outer, captured: captured,
        constants: constants, step: step, program: program)
    case (.split(let split), let constants):
      let around = StepsAround(
        split, inputs: inputs, state: state, captured: captured, constants: constants,
        isReversed: options.isReversed)
      var loop = try compiling(
        around.loopInputs, split.loopState(of: state), options,
        step: split.loopStep(state, captured, constants))
      loop.around = around
      return loop
    }
  }

  /// The outputs over time and the last state, recorded where something differentiates by them.
  func run() -> (outputs: [TensorHandle], state: [TensorHandle]) {
    let loop = runLoop()
    var around = around
    return around?.run(behind: loop) ?? loop
  }

  private func runLoop() -> (outputs: [TensorHandle], state: [TensorHandle]) {
    let tracked = inputs + state + captured
    let given = ScanRun.Given(
      inputs: inputs.map { outside($0).dense() }, state: state.map(outside),
      captured: captured.map(outside), constants: constants)
    let run = passes(given)
    let (outputs, last) = run.forward()
    guard let outer, tracked.contains(where: { $0.recordingTape === outer }) else {
      return (outputs, last)
    }
    let hub = ScanRule(run: run, sources: tracked.map(outside)) {
      [step, options, inputs, state, captured] leaves in
      // The captured tensors come to the step by substitution.
      let own = inputs.count + state.count
      return outer.substituting({ handle in
        leaves[own + captured.firstIndex { $0.index == handle.index }!]
      }) {
        ScanCall.unrolled(
          step, Array(leaves[..<inputs.count]), Array(leaves[inputs.count..<own]), options
        ).map(resolve)
      }
    }
    let token = outer.record(.zeros([0], .float), from: tracked, rule: hub)
    let recorded = (outputs + last).enumerated().map { i, value in
      outer.record(value, from: [token], rule: ScanResultRule(hub: hub, index: i))
    }
    return (Array(recorded[..<outputs.count]), Array(recorded[outputs.count...]))
  }

  /// The whole scan by operations that a tape records: outputs, then the last state.
  private static func unrolled(
    _ step: Step, _ inputs: [TensorHandle], _ first: [TensorHandle], _ options: ScanOptions
  ) -> [TensorHandle] {
    let length = inputs[0].shape[0]
    var state = first
    var outputs = StepTensors(count: length)
    for time in TimeStep.order(of: length, reverse: options.isReversed) {
      TimeStep.$current.withValue(time) {
        let (output, next) = step(inputs.map { $0.step(time) }, state)!
        outputs[time] = output
        state = next
      }
    }
    return outputs.stacked() + state
  }

  private func passes(_ given: ScanRun.Given) -> any ScanPasses {
    let (length, isReversed) = (inputs[0].shape[0], options.isReversed)
    if let spacing = options.checkpointing.spacing(for: program, length: length), spacing < length {
      return CheckpointedRun(
        program, length: length, isReversed: isReversed, given, spacing: spacing)
    }
    return ScanRun(program, length: length, isReversed: isReversed, given)
  }

  private func outside(_ handle: TensorHandle) -> TensorHandle {
    outer.map { handle.outside($0) } ?? handle
  }
}

extension TensorHandle {
  /// The same value on no tape.
  var untracked: TensorHandle { tape == nil ? self : alias() }
}
