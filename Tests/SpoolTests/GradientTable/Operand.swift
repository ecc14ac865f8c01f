@testable import Spool

/// One operand of a sample: its shape, and how it lies in memory. `[2, 3]` is a dense one.
struct Operand: Sendable, ExpressibleByArrayLiteral, CustomStringConvertible {
  enum Layout: String, Sendable {
    /// Row-major.
    case dense
    /// A view with its axes in reverse order.
    case transposed
    /// A view of every other place of the last axis.
    case stepped
    /// A view from the end to the start of the first axis.
    case reversed
    /// A view that leaves out the ends of the first axis.
    case inner
    /// A view whose elements all lie in one place.
    case stretched
    /// The very tensor that the first operand is.
    case same
  }

  let shape: Shape
  let layout: Layout

  init(arrayLiteral sizes: Int...) {
    self.init(Shape(sizes), .dense)
  }

  init(_ shape: Shape, _ layout: Layout) {
    self.shape = shape
    self.layout = layout
  }

  static func transposed(_ shape: Shape) -> Operand { Operand(shape, .transposed) }
  static func stepped(_ shape: Shape) -> Operand { Operand(shape, .stepped) }
  static func reversed(_ shape: Shape) -> Operand { Operand(shape, .reversed) }
  static func inner(_ shape: Shape) -> Operand { Operand(shape, .inner) }
  static func stretched(_ shape: Shape) -> Operand { Operand(shape, .stretched) }
  static var same: Operand { Operand([], .same) }

  /// The shape of the dense tensor that the operand is a view of; nil for the same tensor once
  /// more.
  var baseShape: Shape? {
    var base = shape
    switch layout {
    case .dense, .reversed: return shape
    case .transposed: return Shape(shape.reversed())
    case .stepped: base[base.rank - 1] *= 2
    case .inner: base[0] += 2
    case .stretched: return []
    case .same: return nil
    }
    return base
  }

  func view<S>(of base: Tensor<S>) -> Tensor<S> {
    switch layout {
    case .dense, .same: base
    case .transposed: base.permuted(Array((0..<base.rank).reversed()))
    case .stepped: base[.rest, .every(2)]
    case .reversed: base[.every(-1)]
    case .inner: base[1..<1 + shape[0]]
    case .stretched: base.broadcasted(to: shape)
    }
  }

  var description: String {
    switch layout {
    case .dense: shape.description
    case .same: "the same"
    default: "\(layout.rawValue) \(shape)"
    }
  }
}

/// The sets of shapes that most rows use.
enum Shapes {
  /// One operand of any rank.
  static let unary: [[Operand]] = [[[]]] + ranked

  /// One operand with at least one axis.
  static let ranked: [[Operand]] = [
    [[1]], [[5]], [[2, 3]], [[1, 1]], [[2, 1, 3]], [[0]], [[2, 0]], [.transposed([3, 2])],
    [.transposed([2, 3, 2])], [.stepped([2, 3])], [.reversed([4])], [.reversed([3, 2])],
    [.inner([2, 2])], [.stretched([2, 2])],
  ]

  /// One operand with at least one element and one axis.
  static let nonempty: [[Operand]] = ranked.filter { !$0[0].shape.contains(0) }

  /// One operand with two axes or more.
  static let matrices: [[Operand]] = [
    [[2, 3]], [[3, 2]], [[1, 1]], [[1, 4]], [[4, 1]], [[2, 0]], [[0, 2]], [[2, 1, 3]],
    [[2, 2, 2]], [.transposed([3, 2])], [.transposed([2, 3, 2])], [.stepped([2, 3])],
    [.reversed([3, 2])], [.inner([2, 2])], [.stretched([2, 2])],
  ]

  /// Two operands that broadcast.
  static let pairs: [[Operand]] = [
    [[], []], [[3], [3]], [[2, 3], [2, 3]], [[2, 3], [3]], [[3], [2, 3]], [[], [2, 2]],
    [[2, 2], []], [[2, 1], [1, 3]], [[1], [3]], [[2, 1, 2], [3, 1]], [[0], [1]],
    [[2, 0], [2, 1]], [.transposed([3, 2]), [3, 2]], [[2, 3], .stepped([2, 3])],
    [.reversed([3]), [2, 3]], [.inner([2, 2]), .transposed([2, 2])],
    [.stretched([2, 2]), [2, 2]], [[2, 3], .same], [.transposed([2, 3]), .same],
  ]
}
