import CKernels

/// y += x at each time step of the backward loop, for each item of the batch by itself: what would have to be kept
/// for all time steps, only to be summed over them, is summed as it comes.
struct RunningSum: NondifferentiableOperation {
  static let name = "runningSum"

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(inputs[0].shape, inputs[0].scalarType)
  }

  /// The sum of one time step.
  func run(_ inputs: borrowing Operands, into output: TensorHandle) { output.copy(from: inputs[0]) }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind { .row }

  func blockCode(of input: Shape) -> BlockCode? { .pointwise(SPOOL_ADD, typeInput: 0) }
}

extension StepGraph {
  /// Sums over time and batch of what the backward loop has anyway (gradients of biases and gains, mostly)
  /// become running sums, which leave one row for each item to be summed in the end. Only where the values
  /// then need not be kept over time.
  func withRunningSums(_ kinds: [RowKind]) -> (graph: StepGraph, kinds: [RowKind]) {
    let finder = RunningSumFinder(self, kinds)
    guard finder.sums.contains(true) else { return (self, kinds) }
    var result = StepGraph()
    var resultKinds: [RowKind] = []
    var places: [Int] = []
    for (i, value) in values.enumerated() {
      var source = value.source
      if case .operation(let operation, let inputs) = value.source {
        var inputs = inputs.map { places[$0] }
        if finder.sums[i] {
          let row = result.values[inputs[0]]
          inputs[0] = result.append(
            .operation(RunningSum(), inputs), row.shape, row.scalarType)
          resultKinds.append(.row)
        }
        source = .operation(operation, inputs)
      }
      places.append(result.append(source, value.shape, value.scalarType))
      resultKinds.append(kinds[i])
    }
    result.outputs = outputs.map { places[$0] }
    result.states = states.map { places[$0] }
    result.inputGradients = inputGradients.map { $0.map { places[$0] } }
    result.stateGradients = stateGradients.map { $0.map { places[$0] } }
    result.capturedGradients = capturedGradients.map { $0.map { places[$0] } }
    return (result, resultKinds)
  }
}

private struct RunningSumFinder {
  private let graph: StepGraph
  private let kinds: [RowKind]
  private let dependences: [StepGraph.Dependence]
  /// For each value, the one whose memory it lies in: what it looks at, if it is a view.
  private let homes: [Int]
  private var phases: [Phase]
  private var readers: [[Int]]
  private var isRoot: [Bool]
  /// Which values are sums that can be running ones.
  private(set) var sums: [Bool]

  init(_ graph: StepGraph, _ kinds: [RowKind]) {
    self.graph = graph
    self.kinds = kinds
    dependences = graph.dependences()
    homes = graph.addresses(kinds).map(\.home)
    phases = graph.phases(kinds)
    readers = Array(repeating: [], count: graph.values.count)
    isRoot = Array(repeating: false, count: graph.values.count)
    sums = Array(repeating: false, count: graph.values.count)
    for i in graph.values.indices { for input in graph.inputs(of: i) { readers[input].append(i) } }
    for root in graph.roots { isRoot[root] = true }
    let candidates = graph.values.indices.filter(isSumOfRows)
    for i in candidates where canMoveIntoLoop(graph.inputs(of: i)[0]) {
      sums[i] = true
      phases[graph.inputs(of: i)[0]] = .backwardLoop
    }
    for i in candidates where !sums[i] {
      let summed = graph.inputs(of: i)[0]
      sums[i] = phases[summed] == .backwardLoop && !isRoot[summed] && isReadOnlyInLoop(summed)
    }
  }

  private func isSumOfRows(_ i: Int) -> Bool {
    guard case .operation(let operation, let inputs) = graph.values[i].source,
      kinds[i] == .summed, kinds[inputs[0]] == .row, phases[i] == .afterBackward,
      case .operation(let summed, let operands) = graph.values[inputs[0]].source
    else { return false }
    if operation is SumOverTime { return true }
    return (operation is SumToShape || operation is Sum)
      && summed.blockCode(of: graph.values[operands[0]].shape) != nil
  }

  /// Whether a value that is computed after the loop, only for this sum, can be computed in it: an elementwise
  /// one, or a product of each item's own matrices.
  private func canMoveIntoLoop(_ i: Int) -> Bool {
    guard case .operation(let operation, let inputs) = graph.values[i].source,
      operation is any PointwiseOperation || operation is MatrixProduct,
      phases[i] == .afterBackward, readers[i].count == 1, !isRoot[i]
    else { return false }
    // What does not depend on a cotangent is there in time, or is computed where it is first read.
    return inputs.allSatisfy {
      kinds[$0] == .invariant || phases[homes[$0]] < .afterBackward
        || !dependences[homes[$0]].contains(.cotangent)
    }
      && inputs.contains { phases[homes[$0]] == .backwardLoop }
  }

  private func isReadOnlyInLoop(_ i: Int) -> Bool {
    readers[i].allSatisfy { reader in
      isView(reader)
        ? !isRoot[reader] && isReadOnlyInLoop(reader)
        : phases[reader] == .backwardLoop
          || (isSumOfRows(reader) && graph.inputs(of: reader)[0] == i)
    }
  }

  private func isView(_ i: Int) -> Bool { homes[i] != i }
}
