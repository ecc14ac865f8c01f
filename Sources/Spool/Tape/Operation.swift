/// What an operation's derivative rule needs kept until the backward sweep.
struct Saved: OptionSet {
  let rawValue: Int
  static let inputs = Saved(rawValue: 1)
  static let output = Saved(rawValue: 2)
  static let nothing: Saved = []
}

/// How a recorded step of a computation passes cotangents back to its inputs.
protocol DerivativeRule {
  /// The name, in messages and tables.
  static var name: String { get }
  /// What the rule reads.
  static var saves: Saved { get }

  /// The vector-Jacobian product x̄ᵢ = ȳ ∂y/∂xᵢ, written with operations, so that it can be
  /// differentiated in turn. It may have the shape that input `input` was broadcast to; the tape sums
  /// it back. Nil where that input has no gradient.
  func vjp<S: RealScalar>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>?

  /// The same without types, for the few operations whose inputs and output differ in scalar type.
  func vjp(_ ȳ: TensorHandle, node: UnsafePointer<Node>, of tape: Tape, wrt input: Int)
    -> TensorHandle?

  /// Adds x̄ᵢ to `gradient` (dense, cleared, exclusively the sweep's) without making a tensor of it,
  /// for rules that touch a small part of the input, or whose kernel can add. Returns false, having
  /// done nothing, where it can't. Used only where nothing records the sweep.
  func addVJP(
    _ ȳ: TensorHandle, node: UnsafePointer<Node>, wrt input: Int, to gradient: TensorHandle
  ) -> Bool

  /// A and B where x̄ᵢ = Aᵀ B, for matrices whose rows may be gathered with those of other such products. Used only
  /// where nothing records the sweep.
  func gradientFactors(
    _ ȳ: TensorHandle, node: UnsafePointer<Node>, wrt input: Int
  ) -> GatheredProducts.Factors?

  /// Whether `addVJP` is so much better than `vjp` that a cleared gradient should be made for it.
  static var prefersAddVJP: Bool { get }

  /// The cotangents of all inputs, for rules that find them together; called in place of `vjp` where
  /// `isJoint`.
  func jointVJP(_ ȳ: TensorHandle, of tape: Tape) -> [TensorHandle?]
  static var isJoint: Bool { get }
}

/// One differentiable function on tensors: a value that holds its attributes, with the forward rule and
/// the derivative rule side by side.
///
/// Nothing of it names a device or an executor. The eager executor calls `evaluate` at once; a tape
/// keeps the value and calls `vjp` in the backward sweep. To add an operation: write a type that
/// conforms (in the file of its family under `Operations`), the public function that applies it, and
/// its row in the table of `Tests/SpoolTests/GradientTable`. Nothing else lists operations.
protocol Operation: DerivativeRule, Hashable, Sendable {
  /// Whether the result can carry a gradient at all.
  static var isDifferentiable: Bool { get }

  /// Shape and scalar type of the result. Traps, with all shapes in the message, where the inputs don't
  /// fit each other.
  func result(of inputs: borrowing Operands) -> ResultType

  /// Writes the result into `output`, a dense tensor of the right shape.
  func run(_ inputs: borrowing Operands, into output: TensorHandle)

  /// The result as a fresh handle on no tape. Operations that only look at memory differently make
  /// a view here; all others leave it to the default, which calls `run`.
  func evaluate(_ inputs: borrowing Operands) -> TensorHandle

  /// A handle with the shape and type of the result, for a trace: memory that nothing has written, or a view
  /// of such memory.
  func placeholder(for inputs: borrowing Operands) -> TensorHandle

  /// How the result depends on the items of a batch, given how the inputs do. `scan` runs an operation
  /// whose rows are independent on any range of them, and for all time steps at once.
  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind

  /// How the interpreter of fused blocks runs it on a first input of that shape; nil where it cannot.
  func blockCode(of input: Shape) -> BlockCode?

  /// This operation for another number of rows, for those whose attributes hold it.
  func withRows(_ count: Int) -> Self
}

/// Shape and scalar type of a result.
struct ResultType {
  let shape: Shape
  let scalarType: ScalarType

  init(_ shape: Shape, _ scalarType: ScalarType) {
    self.shape = shape
    self.scalarType = scalarType
  }
}

extension Operation {
  static var isDifferentiable: Bool { true }

  @inline(__always)
  func evaluate(_ inputs: borrowing Operands) -> TensorHandle {
    let type = result(of: inputs)
    let output = TensorHandle(uninitialized: type.shape, type.scalarType)
    if output.count > 0 { run(inputs, into: output) }
    return output
  }

  func placeholder(for inputs: borrowing Operands) -> TensorHandle {
    let type = result(of: inputs)
    return TensorHandle(uninitialized: type.shape, type.scalarType)
  }
}

extension DerivativeRule {
  static var saves: Saved { .inputs }
  static var prefersAddVJP: Bool { false }
  static var isJoint: Bool { false }

  func vjp(_ ȳ: TensorHandle, node: UnsafePointer<Node>, of tape: Tape, wrt input: Int)
    -> TensorHandle?
  {
    switch ȳ.scalarType {
    case .float:
      vjp(Tensor<Float>(ȳ), Recorded(node: node, tape: tape), wrt: input)?.handle
    case .double:
      vjp(Tensor<Double>(ȳ), Recorded(node: node, tape: tape), wrt: input)?.handle
    case .int32, .bool: nil
    }
  }

  func addVJP(
    _ ȳ: TensorHandle, node: UnsafePointer<Node>, wrt input: Int, to gradient: TensorHandle
  ) -> Bool { false }

  func gradientFactors(
    _ ȳ: TensorHandle, node: UnsafePointer<Node>, wrt input: Int
  ) -> GatheredProducts.Factors? { nil }

  func jointVJP(_ ȳ: TensorHandle, of tape: Tape) -> [TensorHandle?] { [] }
}

/// A rule that finds the cotangents of all inputs together.
protocol JointRule: DerivativeRule {}

extension JointRule {
  static var isJoint: Bool { true }
  static var saves: Saved { .nothing }

  func vjp<S: RealScalar>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    jointVJP(ȳ.handle, of: at.tape)[input].map(Tensor.init)
  }
}

/// An operation as a tape recorded it: what its derivative rule may read.
struct Recorded<S: RealScalar> {
  let node: UnsafePointer<Node>
  unowned let tape: Tape

  /// The first input.
  var x: Tensor<S> { input(0) }
  /// The second input.
  var y: Tensor<S> { input(1) }
  /// The result.
  var output: Tensor<S> { Tensor(node.pointee.output!) }

  /// Input `i`, which may have another scalar type (a mask, indices).
  func input<R: TensorScalar>(_ i: Int, as _: R.Type = R.self) -> Tensor<R> {
    Tensor(node.pointee.operands[i])
  }

  /// The shape of input `i`, one that a gradient is wanted for; known also where inputs are not saved.
  func shape(ofInput i: Int) -> Shape { tape.nodes[Int(node.pointee.parents[i])].shape }
}

/// Operations without a derivative: results are indices, truth values, or constant almost everywhere.
protocol NondifferentiableOperation: Operation {}

extension NondifferentiableOperation {
  static var isDifferentiable: Bool { false }
  static var saves: Saved { .nothing }

  func vjp<S: RealScalar>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? { nil }
}
