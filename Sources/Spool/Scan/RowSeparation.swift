/// What is the same at all time steps but not for all items of the batch (the states of an encoder, say), as a
/// step reads it: the rows of each item.
struct AtEachStep: NondifferentiableOperation {
  static let name = "atEachStep"

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(inputs[0].shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) { output.copy(from: inputs[0]) }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind { .row }
}

/// y = Σ x over time, for each item of the batch by itself: how the gradient of what all time steps share is
/// made of what each of them gives.
struct SumOverTime: NondifferentiableOperation {
  static let name = "sumOverTime"
  /// The shape of one time step, `[batch, …]`; the input has the steps one after another in its first axis.
  let shape: Shape

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let steps = shape.inserting(inputs[0].shape[0] / shape[0], at: 0)
    let sequence = Reshape(shape: steps).view(of: inputs[0])
    Sum(axes: AxisSet([0], of: steps, for: Self.name)).run(Operands(sequence), into: output)
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind { .summed }
}

extension StepGraph {
  /// This graph in a form in which every operation treats the items of the batch independently, and how its
  /// values depend on them; nil where a value depends on several items at once.
  ///
  /// A tensor from outside is taken to be the same for all items. Where an operation can only use it row by row,
  /// it is `AtEachStep` there; what flows back to it is summed over time first, as are other gradients of
  /// what all steps share that still have rows.
  func separated(batch: Int) -> (graph: StepGraph, kinds: [RowKind])? {
    var separation = RowSeparation(self, batch: batch)
    for value in values where !separation.add(value) { return nil }
    return separation.finished()
  }

  /// How values depend on the items of the batch, where the states do as given, by place.
  func kinds(batch: Int, states: [RowKind]) -> [RowKind] {
    var separation = RowSeparation(self, batch: batch, states: states)
    for value in values { _ = separation.add(value) }
    return separation.kindsOfOld
  }

  /// What it is that depends on several items of the batch at once; nil where nothing does.
  func entanglement(batch: Int) -> String? {
    var separation = RowSeparation(self, batch: batch)
    for (i, value) in values.enumerated() where !separation.add(value) {
      guard case .operation(let operation, let inputs) = value.source else {
        return "an input or a state of shape \(value.shape) does not have the batch as first axis"
      }
      let shapes = inputs.map { "\(values[$0].shape)" }.joined(separator: ", ")
      let isBackward = dependences()[i].contains(.cotangent)
      return
        "\(type(of: operation).name) of \(shapes)\(isBackward ? ", in the gradient," : "") mixes "
        + "the items of the batch"
    }
    return separation.finished() == nil
      ? "an output, a state or its gradient does not have rows of its own for each item of the batch"
      : nil
  }
}

private struct RowSeparation {
  let old: StepGraph
  let batch: Int
  /// What is known of states beforehand.
  let states: [RowKind]?
  private var new = StepGraph()
  private var kinds: [RowKind] = []
  /// Whether a value depends, linearly, on a cotangent.
  private var isCotangent: [Bool] = []
  /// What the old values have become.
  private var places: [Int] = []
  private var rows: [Int: Int] = [:]
  private var sums: [Int: Int] = [:]

  init(_ old: StepGraph, batch: Int, states: [RowKind]? = nil) {
    self.old = old
    self.batch = batch
    self.states = states
  }

  var kindsOfOld: [RowKind] { places.map { kinds[$0] } }

  /// False where the value depends on several items of the batch at once.
  mutating func add(_ value: StepGraph.Value) -> Bool {
    var source = value.source
    let kind: RowKind
    switch value.source {
    case .captured, .constant: kind = .invariant
    case .operation(let operation, let inputs):
      var inputs = inputs.map { places[$0] }
      var result = operation.rowKind(operands(inputs), output: value.shape)
      if result == .entangled, let separate = separate(operation, inputs, value.shape) {
        (inputs, result) = separate
      }
      source = .operation(operation, inputs)
      kind = result
    case .state(let place) where states != nil: kind = states![place]
    default: kind = value.shape.first == batch ? .row : .entangled
    }
    places.append(append(source, like: value, kind))
    return kind != .entangled
  }

  /// The graph, if its results are such as a run can hand out.
  mutating func finished() -> (graph: StepGraph, kinds: [RowKind])? {
    let places = places
    new.outputs = old.outputs.map { places[$0] }
    new.states = old.states.map { places[$0] }
    new.inputGradients = old.inputGradients.map { $0.map { places[$0] } }
    new.stateGradients = old.stateGradients.map { $0.map { places[$0] } }
    new.capturedGradients = old.capturedGradients.map { value in
      value.map { kinds[places[$0]] == .row ? summed(places[$0]) : places[$0] }
    }
    let overTime =
      new.outputs + new.states + new.inputGradients.compactMap(\.self)
      + new.stateGradients.compactMap(\.self)
    guard overTime.allSatisfy({ kinds[$0] == .row }),
      new.capturedGradients.allSatisfy({ $0.map { kinds[$0] == .summed } ?? true })
    else { return nil }
    return (new, kinds)
  }

  /// The inputs of an operation that entangles them as others, with which it does not.
  private mutating func separate(
    _ operation: any Operation, _ inputs: [Int], _ shape: Shape
  ) -> (inputs: [Int], kind: RowKind)? {
    let shared = inputs.indices.filter {
      kinds[inputs[$0]] == .invariant && new.values[inputs[$0]].shape.first == batch
    }
    for choice in [shared] + shared.map({ [$0] }) where !choice.isEmpty {
      var operands = operands(inputs)
      for i in choice { operands[i] = RowOperand(kind: .row, shape: operands[i].shape) }
      guard operation.rowKind(operands, output: shape) == .row else { continue }
      var separate = inputs
      for i in choice { separate[i] = row(inputs[i]) }
      return (separate, .row)
    }
    let separate = inputs.map { kinds[$0] == .row && isCotangent[$0] ? summed($0) : $0 }
    let kind = operation.rowKind(operands(separate), output: shape)
    return kind == .summed ? (separate, kind) : nil
  }

  private mutating func row(_ value: Int) -> Int {
    if let known = rows[value] { return known }
    rows[value] = append(.operation(AtEachStep(), [value]), like: new.values[value], .row)
    return rows[value]!
  }

  private mutating func summed(_ value: Int) -> Int {
    if let known = sums[value] { return known }
    let shape = new.values[value].shape
    sums[value] = append(
      .operation(SumOverTime(shape: shape), [value]), like: new.values[value], .summed)
    return sums[value]!
  }

  private func operands(_ inputs: [Int]) -> [RowOperand] {
    inputs.map { RowOperand(kind: kinds[$0], shape: new.values[$0].shape) }
  }

  private mutating func append(
    _ source: StepGraph.Source, like value: StepGraph.Value, _ kind: RowKind
  ) -> Int {
    kinds.append(kind)
    switch source {
    case .outputCotangent, .stateCotangent: isCotangent.append(true)
    case .operation(_, let inputs): isCotangent.append(inputs.contains { isCotangent[$0] })
    default: isCotangent.append(false)
    }
    return new.append(source, value.shape, value.scalarType)
  }
}
