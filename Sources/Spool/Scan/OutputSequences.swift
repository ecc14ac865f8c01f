/// The outputs of a loop over time, collected step by step, as one value with a sequence in the place of each
/// tensor.
struct OutputSequences<Output> {
  private var steps: StepTensors
  private var sample: Output?

  init(count: Int) { steps = StepTensors(count: count) }

  /// Keeps the output of one time step.
  mutating func set(_ output: Output, at time: Int) {
    sample = output
    steps[time] = TensorTree.handles(in: output)
  }

  /// All outputs, each tensor's along a new first axis, and changed by `transform`.
  func stacked(_ transform: (TensorHandle) -> TensorHandle) -> Output {
    OutputSequences.replacing(in: sample!, with: steps.stacked().map(transform))
  }

  /// No outputs: of shape `[0, …]`, where one has the shape of `sample`.
  static func empty(like sample: Output) -> Output {
    let none = TensorTree.handles(in: sample).map { handle in
      TensorHandle(uninitialized: handle.shape.inserting(0, at: 0), handle.scalarType)
    }
    return replacing(in: sample, with: none)
  }

  /// `sample` with sequences in the places of its tensors.
  static func replacing(in sample: Output, with sequences: [TensorHandle]) -> Output {
    guard let outputs = TensorTree.replacing(in: sample, with: sequences) else {
      trap(
        "the outputs of a loop over time cannot be put together in a value of type \(Output.self); "
          + "return a tensor, or a tuple, a struct or an array of tensors")
    }
    return outputs
  }
}

/// The tensors that the steps of a loop over time give, step by step.
struct StepTensors {
  private var steps: [[TensorHandle]]

  init(count: Int) { steps = Array(repeating: [], count: count) }

  subscript(time: Int) -> [TensorHandle] {
    get { steps[time] }
    set { steps[time] = newValue }
  }

  /// Each along a new first axis, which is time.
  func stacked() -> [TensorHandle] {
    steps[0].indices.map { part in
      StepTensors.stacked(steps.map { $0.count > part ? $0[part] : nil })
    }
  }

  private static func stacked(_ parts: [TensorHandle?]) -> TensorHandle {
    let first = parts[0]!
    let shape = first.shape.inserting(1, at: 0)
    let rows = parts.enumerated().map { time, part in
      guard let part, part.shape == first.shape else {
        trap(
          "unroll: the output of time step \(time) has shape \(part?.shape ?? []), that of step 0 "
            + "\(first.shape)")
      }
      return apply(Reshape(shape: shape), part)
    }
    return apply(Concatenate(axis: 0, sizes: rows.map { $0.shape[0] }), Operands(rows))
  }
}
