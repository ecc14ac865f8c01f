/// What `scan` makes of a cell, to be printed: which operations run when, fused or not, and what they cost.
///
/// ```swift
/// _ = valueAndGradient(of: model) {
///   print(describeScan(inputs, from: h) { x, h in model.cell(x, h) })
///   …
/// }
/// ```
public struct ScanDescription: CustomStringConvertible, Sendable {
  /// Why the cell is unrolled, run operation by operation; nil where it is compiled, but for what runs around its loop.
  public let reasonForUnrolling: String?
  /// Floating-point operations of matrix products and convolutions for each time step, forward and backward, of what is
  /// compiled.
  public let productFlopsPerStep: Int
  /// Bytes that are kept for each time step: what the backward pass reads, and what is computed for all time
  /// steps at once.
  public let bytesPerStep: Int
  /// One line for each part of the program.
  public let description: String

  init(_ refusal: ScanRefusal) {
    reasonForUnrolling = refusal.description
    productFlopsPerStep = 0
    bytesPerStep = 0
    description = "unrolled: \(refusal)"
  }

  init(_ call: ScanCall) {
    let program = call.program
    reasonForUnrolling = nil
    let printer = ProgramPrinter(program)
    productFlopsPerStep = printer.productFlopsPerStep
    bytesPerStep = program.bytesPerStep
    let isDifferentiated = !program.graph.stateGradients.isEmpty
    let lines =
      [
        "compiled for a batch of \(program.batch), "
          + (isDifferentiated ? "forward and backward" : "forward only")
      ] + Phase.allCases.flatMap(printer.lines) + [
        "for each time step: \(productFlopsPerStep) operations in matrix products and convolutions, "
          + "\(bytesPerStep) bytes kept",
        "the step as it was traced: \(program.traced.operationCount) operations, of which "
          + "\(program.traced.productCount) matrix products; now \(program.graph.operationCount) and "
          + "\(program.graph.productCount)",
      ]
    description = (lines + (call.around?.split.described ?? [])).joined(separator: "\n")
  }
}

/// What `scan` makes of this call: inside a gradient scope, of both passes.
public func describeScan<S: TensorScalar, R: TensorScalar, State>(
  _ inputs: Tensor<S>, from state: State, lengths: [Int]? = nil,
  _ cell: @escaping (Tensor<S>, State) -> (Tensor<R>, State)
) -> ScanDescription {
  describe(inputs, from: state, lengths, cell)
}

/// What `scan` makes of a cell whose output is its state.
public func describeScan<S: TensorScalar, R: TensorScalar>(
  _ inputs: Tensor<S>, from state: Tensor<R>, lengths: [Int]? = nil,
  _ cell: @escaping (Tensor<S>, Tensor<R>) -> Tensor<R>
) -> ScanDescription {
  describe(inputs, from: state, lengths) { input, state in
    let next = cell(input, state)
    return (next, next)
  }
}

/// What `scan` makes of a cell with a state of two values.
public func describeScan<S: TensorScalar, R: TensorScalar, A, B>(
  _ inputs: Tensor<S>, from state: (A, B), lengths: [Int]? = nil,
  _ cell: @escaping (Tensor<S>, A, B) -> (Tensor<R>, (A, B))
) -> ScanDescription {
  describe(inputs, from: state, lengths) { cell($0, $1.0, $1.1) }
}

/// What `scan` makes of a cell of several inputs or outputs: tuples, structs or arrays of tensors.
@_disfavoredOverload
public func describeScan<Input, Output, State>(
  _ inputs: Input, from state: State, lengths: [Int]? = nil,
  _ cell: @escaping (Input, State) -> (Output, State)
) -> ScanDescription {
  describe(inputs, from: state, lengths, cell)
}

/// The body of `describeScan`, for inputs, outputs and states of any types that hold tensors.
func describe<Input, Output, State>(
  _ inputs: Input, from state: State, _ lengths: [Int]?,
  _ cell: @escaping (Input, State) -> (Output, State)
) -> ScanDescription {
  do throws(ScanRefusal) {
    let call = try scanCall(inputs, from: state, ScanOptions(false, lengths, nil, nil), cell)
    return ScanDescription(call)
  } catch {
    return ScanDescription(error)
  }
}

/// Prints a program, phase by phase.
private struct ProgramPrinter {
  let graph: StepGraph
  let layout: StepLayout
  private let schedule: StepSchedule

  init(_ program: StepProgram) {
    graph = program.graph
    layout = program.layout
    schedule = StepSchedule(program.layout)
  }

  var productFlopsPerStep: Int {
    graph.values.indices.reduce(0) { sum, i in
      layout.phases[i] > .setup ? sum + 2 * graph.multiplications(i) : sum
    }
  }

  func lines(_ phase: Phase) -> [String] {
    let items: [String]
    if phase == .setup {
      items = layout.operations(in: phase).map(line)
    } else {
      items = (schedule.items[phase] ?? []).map { item in
        switch item {
        case .operation(let i): line(i)
        case .block(let tasks): line(tasks)
        }
      }
    }
    return items.isEmpty ? [] : [title(phase) + ":"] + items.map { "  " + $0 }
  }

  private func title(_ phase: Phase) -> String {
    switch phase {
    case .given: "given"
    case .setup: "once"
    case .beforeForward: "before the forward loop, all time steps at once"
    case .forwardLoop: "forward, at each time step"
    case .afterForward: "after the forward loop, all time steps at once"
    case .beforeBackward: "before the backward loop, all time steps at once"
    case .backwardLoop: "backward, at each time step"
    case .afterBackward: "after the backward loop, all time steps at once"
    }
  }

  private func line(_ i: Int) -> String { graph.line(i) }

  /// The operations of a block, each kind with its number, in the order of their first.
  private func line(_ tasks: [StepSchedule.Task]) -> String {
    var names: [String] = []
    var counts: [String: Int] = [:]
    for task in tasks {
      let name: String
      switch task {
      case .operation(let i): name = graph.name(i)
      case .pass: name = "copy of the state"
      }
      if counts[name] == nil { names.append(name) }
      counts[name, default: 0] += 1
    }
    let parts = names.map { counts[$0]! == 1 ? $0 : "\(counts[$0]!) × \($0)" }
    return "block of \(tasks.count): " + parts.joined(separator: ", ")
  }
}

extension StepSplit {
  /// What runs around the loop.
  fileprivate var described: [String] {
    func lines(_ title: String, _ computed: [Int]) -> [String] {
      let operations = computed.filter { !graph.inputs(of: $0).isEmpty }
      return operations.isEmpty ? [] : [title + ":"] + operations.map { "  " + graph.line($0) }
    }
    return lines("ahead of the loops, one operation at a time, what all items share", ahead)
      + lines("behind the loops, one operation at a time, what mixes the items", behind)
  }
}

extension StepGraph {
  fileprivate func line(_ i: Int) -> String {
    let inputs = inputs(of: i).map { "\(values[$0].shape)" }
    return "\(name(i)) of \(inputs.joined(separator: ", ")) → \(values[i].shape)"
  }

  fileprivate func name(_ i: Int) -> String {
    guard case .operation(let operation, _) = values[i].source else { return "given" }
    return type(of: operation).name
  }

  fileprivate func isMatrixProduct(_ i: Int) -> Bool {
    guard case .operation(let operation, _) = values[i].source else { return false }
    return operation is MatrixProduct || operation is ProductSum || operation is OuterProductSum
  }

  /// How many pairs of numbers a matrix product or a convolution multiplies and adds; 0 for other operations.
  fileprivate func multiplications(_ i: Int) -> Int {
    guard case .operation(let operation, let inputs) = values[i].source else { return 0 }
    let shapes = inputs.map { values[$0].shape }
    // All of a convolution's three forms multiply each place of its output by the filters' weights for it.
    return switch operation {
    case is MatrixProduct, is ProductSum: values[i].shape.elementCount * (shapes[0].last ?? 1)
    case is OuterProductSum: shapes[0].elementCount * shapes[1].last!
    case is Convolution: values[i].shape.elementCount * shapes[1].dropFirst().reduce(1, *)
    case is ConvolutionInputGradient: shapes[0].elementCount * shapes[1].dropFirst().reduce(1, *)
    case is ConvolutionFilterGradient:
      shapes[1].elementCount * values[i].shape.dropFirst().reduce(1, *)
    default: 0
    }
  }

  fileprivate var productCount: Int { values.indices.filter(isMatrixProduct).count }

  fileprivate var operationCount: Int {
    values.indices.filter { i in
      guard case .operation(let operation, _) = values[i].source else { return false }
      return !(operation is any ViewOperation)
    }.count
  }
}
