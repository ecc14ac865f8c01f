import CKernels

extension Tensor {
  /// A scalar: a tensor with no axes.
  public init(_ scalar: Scalar) {
    handle = TensorHandle(uninitialized: Shape(), Scalar.scalarType)
    handle.data.storeBytes(of: scalar, as: Scalar.self)
  }

  /// A vector: `[count]`.
  public init(_ scalars: some Collection<Scalar>) { self.init(shape: [scalars.count], scalars) }

  /// A matrix, row by row: `[rows, columns]`. Traps where rows are not equally long.
  @_disfavoredOverload  // `[]` is a vector.
  public init(_ rows: [[Scalar]]) {
    let columns = rows.first?.count ?? 0
    for (place, row) in rows.enumerated() where row.count != columns {
      trap(
        "Tensor: row \(place) has \(row.count) elements, but the first one has \(columns); the rows of a "
          + "matrix are equally long")
    }
    self.init(shape: [rows.count, columns], rows.flatMap { $0 })
  }

  /// The elements in row-major order. Traps when there are not as many as the shape has.
  public init(shape: Shape, _ scalars: some Collection<Scalar>) {
    guard scalars.count == shape.elementCount else {
      trap(
        "a tensor of shape \(shape) has \(shape.elementCount) elements, but \(scalars.count) "
          + "were given")
    }
    handle = TensorHandle(uninitialized: shape, Scalar.scalarType)
    let start = handle.data.bindMemory(to: Scalar.self, capacity: scalars.count)
    _ = UnsafeMutableBufferPointer(start: start, count: scalars.count).initialize(from: scalars)
  }

  /// Every element equal to `value`.
  public init(repeating value: Scalar, shape: Shape) {
    handle = TensorHandle(uninitialized: shape, Scalar.scalarType)
    handle.fill(value)
  }
}

extension Tensor where Scalar: NumericScalar {
  /// All zeros.
  public static func zeros(_ shape: Shape) -> Tensor { Tensor(repeating: 0, shape: shape) }

  /// All ones.
  public static func ones(_ shape: Shape) -> Tensor { Tensor(repeating: 1, shape: shape) }

  /// `[0, 1, …, count − 1]`, or from `start` in steps of `step`.
  public static func range(_ count: Int, from start: Scalar = 0, by step: Scalar = 1) -> Tensor {
    guard count >= 0 else { trap("range: the count \(count) is negative") }
    let result = TensorHandle(uninitialized: [count], Scalar.scalarType)
    spool_iota(Scalar.scalarType.kernel, count, result.data, start.asDouble, step.asDouble)
    return Tensor(result)
  }

  /// The identity matrix `[size, size]`.
  public static func identity(_ size: Int) -> Tensor {
    var result = zeros([size, size])
    result.withUnsafeMutableScalars { scalars in
      for i in 0..<size { scalars[i * size + i] = 1 }
    }
    return result
  }
}

extension Tensor where Scalar: RealScalar {
  /// The scalar +∞, so that `scores.replacing(with: -.infinity, where: mask)` reads well.
  public static var infinity: Tensor { Tensor(Scalar.infinity) }

  /// The scalar NaN.
  public static var nan: Tensor { Tensor(Scalar.nan) }

  /// `count` evenly spaced values from `start` to `end`, both included.
  public static func linspace(from start: Scalar, to end: Scalar, count: Int) -> Tensor {
    guard count > 0 else { trap("linspace: the count \(count) is not positive") }
    let step = count == 1 ? 0 : (end - start) / Scalar(count - 1)
    var result = range(count, from: start, by: step)
    result.withUnsafeMutableScalars { if count > 1 { $0[count - 1] = end } }
    return result
  }
}

extension Tensor: ExpressibleByIntegerLiteral where Scalar: NumericScalar {
  /// A scalar, so that `1 - x` reads as on paper.
  public init(integerLiteral value: Int64) { self.init(Scalar(Double(value))) }
}

extension Tensor: ExpressibleByFloatLiteral where Scalar: RealScalar {
  /// A scalar, so that `0.5 * x` reads as on paper.
  public init(floatLiteral value: Double) { self.init(Scalar(value)) }
}

extension Tensor: ExpressibleByBooleanLiteral where Scalar == Bool {
  /// A scalar truth value.
  public init(booleanLiteral value: Bool) { self.init(value) }
}

extension Tensor: ExpressibleByArrayLiteral {
  /// `[[1, 2], [3, 4]]`: the elements stacked along a new first axis.
  public init(arrayLiteral elements: Tensor...) {
    self = elements.isEmpty ? Tensor(shape: [0], []) : stack(elements)
  }
}
