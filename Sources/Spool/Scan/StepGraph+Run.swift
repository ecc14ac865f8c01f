extension StepGraph {
  /// Handles for the values that a step is given; nil for the others, and for inputs after those given.
  func given(
    _ inputs: [TensorHandle], _ states: [TensorHandle?], _ captured: [TensorHandle],
    _ constants: [TensorHandle]
  ) -> [TensorHandle?] {
    values.map { value in
      switch value.source {
      case .input(let place): place < inputs.count ? inputs[place] : nil
      case .state(let place): states[place]
      case .captured(let place): captured[place]
      case .constant(let place): constants[place]
      case .outputCotangent, .stateCotangent, .operation: nil
      }
    }
  }

  /// Runs the operations among `computed`, which are in order, on the handles of their inputs: at once, or recorded
  /// where these are tracked.
  func run(_ computed: [Int], on handles: inout [TensorHandle?]) {
    for i in computed {
      guard case .operation(let operation, let inputs) = values[i].source else { continue }
      handles[i] = apply(operation, Operands(inputs.map { handles[$0]! }))
    }
  }
}
