/// How a value of a traced step depends on the items of the batch, axis 0 of inputs and state.
enum RowKind {
  /// The same for every item: parameters, and what is made of them alone.
  case invariant
  /// One row (axis 0) for each item, made of that item's rows alone.
  case row
  /// A matrix with one column for each item: a transposed `row`.
  case column
  /// A sum over items: the gradient of something that all items share.
  case summed
  /// Anything else.
  case entangled

  /// The axis that the items of the batch are along.
  var rowAxis: Int { self == .column ? 1 : 0 }
}

/// An operand as an operation's row rule sees it.
struct RowOperand {
  let kind: RowKind
  let shape: Shape

  var isRow: Bool { kind == .row }
  var isInvariant: Bool { kind == .invariant }
}

extension Operation {
  /// What is so for any operation: it maps invariants to an invariant, and, since gradients are linear
  /// in cotangents, sums to a sum.
  static func commonRowKind(_ operands: [RowOperand]) -> RowKind {
    if operands.allSatisfy(\.isInvariant) { return .invariant }
    if operands.allSatisfy({ $0.isInvariant || $0.kind == .summed }) { return .summed }
    return .entangled
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    Self.commonRowKind(operands)
  }

  func withRows(_ count: Int) -> Self { self }
}

extension Region {
  /// Whether it takes all of axis 0 of `shape`.
  func takesAllRows(of shape: Shape) -> Bool {
    sizes.rank > 0 && starts[0] == 0 && steps[0] == 1 && sizes[0] == shape[0]
  }

  func withRows(_ count: Int) -> Region {
    var result = self
    result.sizes[0] = count
    return result
  }
}

extension Shape {
  func withRows(_ count: Int) -> Shape {
    var result = self
    result[0] = count
    return result
  }
}
