import Testing

@testable import Spool

/// One run of the table: a row on one set of shapes, with one kind of cotangent, in one precision,
/// to one order.
struct GradientCase: Sendable, CustomStringConvertible {
  /// How the cotangent that the function's rule gets lies in memory.
  enum Cotangent: String, CaseIterable, Sendable {
    /// Row-major.
    case dense
    /// A view with its axes in reverse order, since the function's result is looked at in this way.
    case transposed
    /// A view of one number, since the function's result is summed.
    case stretched
  }

  let row: Int
  let sample: Int
  let cotangent: Cotangent
  let scalarType: ScalarType
  let order: Int

  static let double = GradientTable<Double>()
  static let float = GradientTable<Float>()

  /// The cases of a row.
  static func all(of row: Int) -> [GradientCase] {
    double.rows[row].shapes.indices.flatMap { sample in
      Cotangent.allCases.flatMap { cotangent in
        [ScalarType.double, .float].flatMap { scalarType in
          [1, 2].map { order in
            GradientCase(
              row: row, sample: sample, cotangent: cotangent, scalarType: scalarType, order: order)
          }
        }
      }
    }
  }

  var function: String { Self.double.rows[row].function }

  /// What the inputs are drawn with, the same in both precisions and orders: a hash of row, sample
  /// and cotangent (FNV-1a), so that it stays as it is when rows are added.
  var seed: UInt64 {
    let name = Self.double.rows[row].name(sample) + cotangent.rawValue
    return name.utf8.reduce(0xcbf2_9ce4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01b3 }
  }

  var description: String {
    "\(Self.double.rows[row].name(sample)), \(cotangent) cotangent, \(scalarType), order \(order), "
      + "seed \(seed)"
  }

  /// The number of elements to differentiate by.
  var elementCount: Int {
    Self.double.rows[row].shapes[sample].reduce(0) { $0 + ($1.baseShape?.elementCount ?? 0) }
  }

  func inputs<S: RealScalar>(_: S.Type) -> [TensorHandle] {
    let row = Self.double.rows[row]
    let shapes = row.shapes[sample].compactMap(\.baseShape)
    return zip(shapes, row.domain.draw(shapes, seed: seed)).map { shape, values in
      Tensor(shape: shape, values.map { S($0) }).handle
    }
  }

  /// The row's function, with its result seen in such a way that its rule gets that cotangent.
  func function<S: RealScalar>(_ table: GradientTable<S>) -> GradientChecker.Function {
    { inputs in
      let y = table.rows[row](sample, inputs)
      return switch cotangent {
      case .dense: y
      case .transposed: Tensor<S>(y).permuted(Array((0..<y.shape.rank).reversed())).handle
      case .stretched: Tensor<S>(y).sum().handle
      }
    }
  }

  /// Compares the gradient in Double with differences.
  func checkDouble() throws {
    let checker = GradientChecker(isDouble: true, seed: seed)
    let f = function(Self.double)
    if order == 1 {
      try checker.checkGradient(at: inputs(Double.self), of: f)
    } else {
      try checker.checkSecondOrder(at: inputs(Double.self), of: f)
    }
  }

  /// The gradients by the tape along a fixed cotangent, or in second order of the gradients along
  /// fixed ones, by the inputs and the cotangent; nil where none reaches an input.
  func gradients<S: RealScalar>(_ table: GradientTable<S>) throws -> [[Double]?] {
    let f = function(table)
    let inputs = inputs(S.self)
    let cotangent = try Self.cotangent(like: f(inputs))
    guard order == 2 else {
      return try GradientChecker.gradients(of: f, at: inputs, along: cotangent)
        .map { $0.gradient?.reals }
    }
    let gradient: GradientChecker.Map = {
      try GradientChecker.gradients(of: f, at: Array($0.dropLast()), along: $0[$0.count - 1])
        .compactMap(\.gradient)
    }
    return try GradientChecker.gradients(
      of: gradient, at: inputs + [cotangent], along: { $0.map(Self.cotangent) }
    ).map { $0.gradient?.reals }
  }

  private static func cotangent(like value: TensorHandle) -> TensorHandle {
    let values = Domain.uniform(-1.5 ... -0.5, 0.5...1.5).draw([value.shape], seed: 1)[0]
    return value.scalarType == .float
      ? Tensor(shape: value.shape, values.map(Float.init)).handle
      : Tensor(shape: value.shape, values).handle
  }
}
