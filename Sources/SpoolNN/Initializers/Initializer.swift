import Spool

/// How the values that a parameter starts with are drawn: `.glorotUniform`, `.orthogonal`, ….
///
/// Called with a shape and a key; the same key gives the same values. A matrix is `[inputs, outputs]`;
/// in other ranks the last axis counts as outputs, the product of the others as inputs.
public struct Initializer<Scalar: RealScalar>: Sendable {
  private let draw: @Sendable (Shape, RandomKey) -> Tensor<Scalar>

  /// An initialiser of one's own.
  public init(_ draw: @escaping @Sendable (Shape, RandomKey) -> Tensor<Scalar>) {
    self.draw = draw
  }

  /// Values for a parameter of `shape`.
  public func callAsFunction(_ shape: Shape, key: RandomKey) -> Tensor<Scalar> {
    let value = draw(shape, key)
    guard value.shape == shape else {
      trap("Initializer: gave shape \(value.shape), but the parameter has shape \(shape)")
    }
    return value
  }

  /// Values for `[inputs, count · outputs]` in blocks of columns, one for each gate of a cell, each drawn
  /// for itself: the fans of a gate are its own, and each block of an orthogonal one is orthogonal.
  public func blocks(_ count: Int, of shape: Shape, key: RandomKey) -> Tensor<Scalar> {
    concatenated(key.split(count).map { self(shape, key: $0) }, axis: -1)
  }
}

extension Initializer {
  /// All equal to `value`.
  public static func constant(_ value: Scalar) -> Initializer {
    Initializer { shape, _ in Tensor(repeating: value, shape: shape) }
  }

  /// All 0.
  public static var zeros: Initializer { constant(0) }

  /// All 1.
  public static var ones: Initializer { constant(1) }

  /// Uniform between −`bound` and `bound`.
  public static func uniform(bound: Scalar) -> Initializer {
    guard bound >= 0, bound.isFinite else {
      trap("Initializer.uniform: the bound \(bound) is not a finite number ≥ 0")
    }
    return Initializer { shape, key in spread(bound, shape, key) }
  }

  /// Normal, with mean 0.
  public static func normal(standardDeviation: Scalar) -> Initializer {
    Initializer { shape, key in bell(standardDeviation, shape, key) }
  }

  /// Uniform between ±√(6 / (inputs + outputs)): keeps the variance of activations and of gradients through
  /// a layer with a symmetric activation such as tanh (Glorot & Bengio, 2010).
  public static var glorotUniform: Initializer {
    Initializer { shape, key in spread((6 / fans(shape).sum).squareRoot(), shape, key) }
  }

  /// Normal with variance 2 / (inputs + outputs) (Glorot & Bengio, 2010).
  public static var glorotNormal: Initializer {
    Initializer { shape, key in bell((2 / fans(shape).sum).squareRoot(), shape, key) }
  }

  /// Uniform between ±√(6 / inputs): keeps the variance of activations through a layer with relu
  /// (He, Zhang, Ren & Sun, 2015).
  public static var heUniform: Initializer {
    Initializer { shape, key in spread((6 / fans(shape).inputs).squareRoot(), shape, key) }
  }

  /// Normal with variance 2 / inputs (He, Zhang, Ren & Sun, 2015).
  public static var heNormal: Initializer {
    Initializer { shape, key in bell((2 / fans(shape).inputs).squareRoot(), shape, key) }
  }

  /// Orthonormal columns (rows, where there are fewer of those) times `gain`: keeps the length of vectors, so
  /// that gradients through many steps neither vanish nor explode at first (Saxe, McClelland &
  /// Ganguli, 2014). For matrices.
  public static func orthogonal(gain: Scalar) -> Initializer {
    Initializer { shape, key in
      let q = Tensor<Scalar>.orthogonal(shape, key: key)
      return gain == 1 ? q : Tensor(gain) * q
    }
  }

  /// Orthonormal columns, or rows where there are fewer of those.
  public static var orthogonal: Initializer { orthogonal(gain: 1) }

  /// The identity matrix times `scale`: with relu and a bias of 0 the recurrent weights of an IRNN (Le, Jaitly
  /// & Hinton, 2015). For square matrices.
  public static func identity(scale: Scalar = 1) -> Initializer {
    Initializer { shape, _ in
      guard shape.rank == 2, shape[0] == shape[1] else {
        trap("Initializer.identity: shape \(shape) is not that of a square matrix")
      }
      return Tensor(scale) * Tensor.identity(shape[0])
    }
  }

  private static func spread(_ bound: Scalar, _ shape: Shape, _ key: RandomKey) -> Tensor<Scalar> {
    shape.contains(0) || bound == 0
      ? Tensor.zeros(shape) : Tensor.uniform(shape, in: -bound..<bound, key: key)
  }

  private static func bell(
    _ deviation: Scalar, _ shape: Shape, _ key: RandomKey
  ) -> Tensor<Scalar> {
    shape.contains(0)
      ? Tensor.zeros(shape) : Tensor.normal(shape, standardDeviation: deviation, key: key)
  }

  /// The number of inputs, and of inputs and outputs together.
  private static func fans(_ shape: Shape) -> (inputs: Scalar, sum: Scalar) {
    let outputs = shape.last ?? 1
    let inputs = shape.dropLast().reduce(1, *)
    return (Scalar(inputs), Scalar(inputs + outputs))
  }
}
