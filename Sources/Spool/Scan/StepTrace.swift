extension TensorHandle {
  /// Traps where this tensor is one of a step that is being traced.
  func requireReadable() {
    guard let tape else { return }
    if tape.trace != nil {
      let place = SourceLocation.capture().described.map { ", at \($0)" } ?? ""
      trap(
        "a number is read out of a tensor of shape \(shape) inside the step of a scan\(place). The step "
          + "is run only once, to record it. Choose with where(_:_:_:) on tensors, or run the cell with "
          + "unroll")
    }
    primal?.requireReadable()
  }
}

/// Records one run of a step, and of its pullback, as a `StepGraph`.
///
/// Nothing is symbolic: the run is on tensors of real shapes, but no operation computes anything. A tape made
/// for a trace hands every operation on its tensors to it, differentiable or not, instead of keeping nodes of
/// its own.
final class StepTrace {
  var graph = StepGraph()
  /// The tensors from outside that nothing differentiates by, in the order of first use.
  private(set) var constants: [TensorHandle] = []
  private var constantValues: [ObjectIdentifier: Int] = [:]

  /// Makes `handle` stand for a new value of the graph.
  func add(_ source: StepGraph.Source, as handle: TensorHandle, on tape: Tape) {
    handle.tape = tape
    handle.index = Int32(graph.append(source, handle.shape, handle.scalarType))
  }

  @_semantics("optimize.sil.specialize.generic.never")
  func record<Op: Operation>(
    _ operation: Op, _ inputs: borrowing Operands, on tape: Tape
  ) -> TensorHandle {
    var values: [Int] = []
    for i in 0..<inputs.count { values.append(value(of: inputs[i], on: tape)) }
    let output = operation.placeholder(for: inputs)
    add(.operation(operation, values), as: output, on: tape)
    return output
  }

  /// The value that `handle` stands for; a tensor that the trace has not seen is a constant of the step.
  func value(of handle: TensorHandle, on tape: Tape) -> Int {
    if handle.tape === tape { return Int(handle.index) }
    if let known = constantValues[ObjectIdentifier(handle)] { return known }
    let value = graph.append(.constant(constants.count), handle.shape, handle.scalarType)
    constants.append(handle)
    constantValues[ObjectIdentifier(handle)] = value
    return value
  }

  /// A handle on the tape that stands for a constant.
  func leaf(for constant: TensorHandle, on tape: Tape) -> TensorHandle {
    let leaf = constant.alias()
    leaf.index = Int32(value(of: constant, on: tape))
    leaf.tape = tape
    return leaf
  }
}
