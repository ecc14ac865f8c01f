/// The dataflow of one time step: what a trace of it recorded, forward and backward, as values that
/// refer to one another by number, each after those it needs.
struct StepGraph {
  /// Where a value comes from.
  enum Source {
    /// The step's part of an input sequence.
    case input(Int)
    /// State as the step receives it.
    case state(Int)
    /// A tensor from outside the step that gradients are wanted for.
    case captured(Int)
    /// A tensor from outside the step that nothing differentiates by.
    case constant(Int)
    /// The cotangent of an output.
    case outputCotangent(Int)
    /// The cotangent of the state that the step returns.
    case stateCotangent(Int)
    case operation(any Operation, [Int])
  }

  struct Value {
    let source: Source
    let shape: Shape
    let scalarType: ScalarType
  }

  var values: [Value] = []
  /// What the step returns.
  var outputs: [Int] = []
  var states: [Int] = []
  /// The cotangents of what it received; nil for what has none. Empty for a step that nothing
  /// differentiates.
  var inputGradients: [Int?] = []
  var stateGradients: [Int?] = []
  var capturedGradients: [Int?] = []

  func inputs(of value: Int) -> [Int] {
    if case .operation(_, let inputs) = values[value].source { return inputs }
    return []
  }

  mutating func append(_ source: Source, _ shape: Shape, _ scalarType: ScalarType) -> Int {
    values.append(Value(source: source, shape: shape, scalarType: scalarType))
    return values.count - 1
  }
}
