@testable import Spool

/// The table of everything under `Sources/Spool/Operations` that is public: for each function the
/// inputs on which its gradient is compared with differences. A new operation needs a line in the
/// file of its family:
///
///     unary("exp(_:)") { exp($0) }
///     row("matmul(_:_:)", shapes: [[[2, 3], [3, 4]], [[3], [3]]]) { matmul($0[0], $0[1]) }
///
/// The name is the function's full name with its labels, with a dot in front where it is a member;
/// where one call has several variants, each is a row with the same name. `CoverageTests` finds
/// what has no row.
struct GradientTable<S: RealScalar>: Sendable {
  private(set) var rows: [GradientRow<S>] = []
  private(set) var constants: [ConstantRow<S>] = []
  /// Functions that a row of another name runs too.
  private(set) var covered: Set<String> = []
  /// Operations whose gradients tests of their own check.
  private(set) var operationsCheckedElsewhere: Set<String> = []

  init() {
    addActivationRows()
    addArithmeticRows()
    addComparisonRows()
    addConcatenateRows()
    addConversionRows()
    addConvolutionRows()
    addCumulativeRows()
    addEinsumRows()
    addEmbeddingRows()
    addExponentialRows()
    addGatherRows()
    addLayerNormRows()
    addLinearAlgebraRows()
    addMaskRows()
    addMatrixProductRows()
    addPaddingRows()
    addPoolingRows()
    addRearrangeRows()
    addReductionRows()
    addSelectionRows()
    addSliceRows()
    addSoftmaxRows()
    addSortRows()
    addTakeAlongRows()
    addTrigonometryRows()
    addViewRows()
  }

  /// A function of one tensor, on shapes and layouts of every kind.
  mutating func unary(
    _ function: String, _ variant: String = "", in domain: Domain = .uniform(-2...2),
    shapes: [[Operand]] = Shapes.unary, _ f: @escaping @Sendable (Tensor<S>) -> Tensor<S>
  ) {
    row(function, variant, in: domain, shapes: shapes) { f($0[0]) }
  }

  /// A function of two tensors that broadcast, on pairs of shapes and layouts of every kind.
  mutating func binary(
    _ function: String, _ variant: String = "", in domain: Domain = .uniform(-2...2),
    shapes: [[Operand]] = Shapes.pairs,
    _ f: @escaping @Sendable (Tensor<S>, Tensor<S>) -> Tensor<S>
  ) {
    row(function, variant, in: domain, shapes: shapes) { f($0[0], $0[1]) }
  }

  /// A function of any number of tensors. Each element of `shapes` holds one operand for each.
  mutating func row(
    _ function: String, _ variant: String = "", in domain: Domain = .uniform(-2...2),
    shapes: [[Operand]], _ f: @escaping @Sendable ([Tensor<S>]) -> Tensor<S>
  ) {
    rows.append(
      GradientRow(
        function: function, variant: variant, domain: domain, shapes: shapes, f: f))
  }

  /// A function without a derivative: that its result is on no tape is checked instead.
  mutating func constant<R: TensorScalar>(
    _ function: String, shapes: [[Operand]] = [[[2, 3]]],
    _ f: @escaping @Sendable ([Tensor<S>]) -> Tensor<R>
  ) {
    constants.append(ConstantRow(function: function, shapes: shapes) { f($0).handle })
  }

  /// Names a function and its operation that differences in `Double` cannot check; tests of its own
  /// do.
  mutating func checkedElsewhere(_ function: String, operation: String) {
    covered.insert(function)
    operationsCheckedElsewhere.insert(operation)
  }

  /// Names functions that the rows of this family run although none bears their name.
  mutating func covers(_ functions: String...) { covered.formUnion(functions) }
}

/// One line of the table: a function, and what to call it with.
struct GradientRow<S: RealScalar>: Sendable {
  let function: String
  let variant: String
  let domain: Domain
  let shapes: [[Operand]]
  let f: @Sendable ([Tensor<S>]) -> Tensor<S>

  /// The function of the table's inputs: each is first given its operand's layout.
  func callAsFunction(_ sample: Int, _ inputs: [TensorHandle]) -> TensorHandle {
    var next = inputs.makeIterator()
    var operands: [Tensor<S>] = []
    for operand in shapes[sample] {
      operands.append(
        operand.layout == .same ? operands[0] : operand.view(of: Tensor(next.next()!)))
    }
    return f(operands).handle
  }

  var name: String { function + (variant.isEmpty ? "" : ", \(variant)") }

  func name(_ sample: Int) -> String {
    "\(name), of " + shapes[sample].map(\.description).joined(separator: " and ")
  }
}

/// A function of the table without a derivative.
struct ConstantRow<S: RealScalar>: Sendable {
  let function: String
  let shapes: [[Operand]]
  let f: @Sendable ([Tensor<S>]) -> TensorHandle
}
