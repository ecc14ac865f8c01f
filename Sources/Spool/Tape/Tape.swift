import Synchronization

/// The Wengert list: the operations of a gradient scope in the order they ran.
///
/// A flat array: no node refers to another but by its index, so a tape of any length is swept and
/// freed without recursion. Handles refer to their tape and the tape to handles; `close` breaks
/// the cycle, and every scope calls it (a pullback that outlives its scope does so when it goes).
///
/// Scopes nest. Each tape has a serial number, later tapes the larger one. An operation is recorded
/// on the innermost tape among its inputs, which hands the inputs as they were outside (`primal`)
/// to the next one. Sweeping a tape runs the rules on primals, so they are recorded by outer tapes
/// only.
final class Tape {
  enum Mode {
    case recording
    /// Recording is off; tensors on this tape stand for their primals.
    case sweeping
    /// Tensors on this tape are replaced, while a function that captured them runs once more.
    case substituting((TensorHandle) -> TensorHandle)
    /// The scope has ended.
    case closed
  }

  private static let serials = Atomic<Int>(0)

  let serial = Tape.serials.add(1, ordering: .relaxed).newValue
  /// Unchecked: nothing that reads or changes it calls out while it does so, and keeping account of each
  /// access takes a tenth of the time of recording an operation.
  @exclusivity(unchecked) private var arena = NodeArena()
  private(set) var isRecording = true
  private(set) var isSweeping = false
  /// Whether a sweep has freed what the rules need.
  private(set) var isUsedUp = false
  /// Whether some input of an operation on this tape is tracked by an outer one too.
  private(set) var hasOuterTape = false
  /// Whether some rule is not an operation.
  private(set) var hasJointRules = false
  let anomalies = AnomalyDetector.current
  /// Where operations go instead, on a tape that traces the step of a `scan`.
  let trace: StepTrace?

  var mode: Mode = .recording {
    didSet {
      isRecording = false
      isSweeping = false
      switch mode {
      case .recording: isRecording = true
      case .sweeping: isSweeping = true
      case .substituting, .closed: break
      }
    }
  }

  init(tracing trace: StepTrace? = nil) { self.trace = trace }

  /// The nodes in the order they were recorded; stable until one is added.
  var nodes: UnsafeMutablePointer<Node> { arena.nodes }
  var nodeCount: Int { arena.count }

  /// A leaf that stands for `value` inside the scope.
  func watch(_ value: TensorHandle) -> TensorHandle {
    let value = resolve(value)
    let leaf = value.alias()
    if value.recordingTape != nil {
      leaf.primal = value
      hasOuterTape = true
    }
    append(
      Node(
        rule: nil, kind: .leaf, operands: Operands(), parents: Parents(count: 0), output: nil,
        shape: leaf.shape, scalarType: leaf.scalarType),
      as: leaf)
    return leaf
  }

  /// Whether operations on this tape are run and recorded.
  var isPlain: Bool { isRecording && trace == nil }

  /// Runs an operation all of whose tracked inputs are on this tape alone, and records it: the usual case, with no
  /// reference counted that the node does not keep.
  @_semantics("optimize.sil.specialize.generic.never")
  func recordPlain<Op: Operation>(_ operation: Op, _ inputs: inout Operands) -> TensorHandle {
    let value = operation.evaluate(inputs)
    assert(value.recorder == nil, "an operation gives a handle of its own")
    if Op.isDifferentiable && value.scalarType.isReal {
      append(operation, &inputs, inputs.indices, value, as: value)
    }
    return value
  }

  /// Runs an operation at least one of whose inputs is on this tape, and records it.
  @_semantics("optimize.sil.specialize.generic.never")
  func record<Op: Operation>(_ operation: Op, _ inputs: inout Operands) -> TensorHandle {
    if let trace { return trace.record(operation, inputs, on: self) }
    var parents = Parents(count: inputs.count)
    var isNested = false
    for i in 0..<inputs.count {
      let input = inputs[i]
      if input.tape === self {
        parents[i] = input.index
        if let primal = input.primal {
          inputs[i] = primal
          isNested = true
        }
      } else if input.recordingTape != nil {
        isNested = true
      } else if input.tape != nil {
        // Of a tape that is being swept, which may be closed before this one is.
        inputs[i] = input.alias()
      }
    }
    let value: TensorHandle
    if isNested {
      // Outside, nothing is on this tape; and an outer tape replaces its inputs in turn, so it gets
      // a copy, while this one keeps what its rule reads.
      var outer = inputs
      for i in 0..<outer.count { outer[i] = outer[i].outside(self) }
      value = apply(operation, &outer)
    } else {
      value = operation.evaluate(inputs)
    }
    guard Op.isDifferentiable && value.scalarType.isReal else { return value }
    let output: TensorHandle
    if value.recordingTape != nil {
      output = value.alias()
      output.primal = value
      hasOuterTape = true
    } else {
      output = value
    }
    append(operation, &inputs, parents, value, as: output)
    return output
  }

  /// Adds the node of an operation that gave `value`.
  @inline(__always)
  private func append<Op: Operation>(
    _ operation: Op, _ inputs: inout Operands, _ parents: Parents, _ value: TensorHandle,
    as output: TensorHandle
  ) {
    append(
      Node(
        rule: operation, kind: RuleKind(Op.self),
        operands: Op.saves.contains(.inputs) ? inputs.taken() : Operands(), parents: parents,
        output: Op.saves.contains(.output) ? value : nil, shape: value.shape,
        scalarType: value.scalarType),
      as: output)
    anomalies?.inspect(value, of: Op.name, node: nodeCount - 1, on: self)
  }

  /// Records a value that was computed from tensors on this tape with recording off.
  func record(
    _ value: TensorHandle, from inputs: [TensorHandle], rule: some JointRule
  ) -> TensorHandle {
    hasJointRules = true
    var parents = Parents(count: inputs.count)
    for (i, input) in inputs.enumerated() where input.tape === self { parents[i] = input.index }
    let output = value.alias()
    if value.recordingTape != nil {
      output.primal = value
      hasOuterTape = true
    }
    append(
      Node(
        rule: rule, kind: .joint, operands: Operands(), parents: parents, output: nil,
        shape: value.shape, scalarType: value.scalarType),
      as: output)
    anomalies?.inspect(value, of: type(of: rule).name, node: nodeCount - 1, on: self)
    return output
  }

  /// Runs `body` with tensors on this tape replaced as `replacement` says, recording off.
  func substituting<R>(
    _ replacement: @escaping (TensorHandle) -> TensorHandle, _ body: () throws -> R
  ) rethrows -> R {
    let outer = mode
    mode = .substituting(replacement)
    defer { mode = outer }
    return try body()
  }

  private func append(_ node: consuming Node, as handle: TensorHandle) {
    handle.tape = self
    handle.index = Int32(truncatingIfNeeded: nodeCount)
    arena.append(node)
  }

  /// Forgets everything. Tensors of the scope that are still about say so when used.
  func close() {
    mode = .closed
    isUsedUp = true
    arena.removeAll()
  }

  func markUsedUp() { isUsedUp = true }
}
