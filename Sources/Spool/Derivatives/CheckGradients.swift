/// Compares the gradients that the tape gives for `f` at `x` with central differences of `f`, and
/// throws a `GradientMismatch` where they disagree. For your own functions and layers:
///
///     try checkGradients(at: x, weight) { x, weight in tanh(matmul(x, weight)) }
///
/// The result of `f` may have any shape: it is contracted with a fixed random cotangent. Every
/// element of every input is moved in turn, and the derivative taken as (8 (f(x+h) − f(x−h)) −
/// (f(x+2h) − f(x−2h))) / 12h, which is exact to O(h⁴). Both must agree to `absoluteTolerance +
/// relativeTolerance · |difference quotient|`.
///
/// Where all inputs and the result are `Double` the defaults are 1e-7 and 1e-5, with h = 2⁻¹³: an
/// error of 0.1 % in one term is found. Where any is `Float` they are 1e-3 and 1e-2, with h = 2⁻⁵:
/// differences of single-precision values carry no more, so only wrong signs, factors and missing
/// terms are found. Check in `Double`. Stay further than 2h from kinks (0 of `relu`, ties of
/// `max`): there is no derivative to compare with.
///
/// - Parameters:
///   - order: 1, or 2 to check the gradient itself as well, in the same way: second derivatives by
///     the tape against differences of the tape's gradient, with respect to the inputs and the
///     cotangent.
///   - step: h, for elements so large that it would be lost in rounding √ε |x|; nil for the
///     default.
///   - elementLimit: of an input with more elements, that many are checked, chosen at random.
///   - seed: of the random cotangent and the choice of elements.
/// - Throws: `GradientMismatch`, which names the input, the index, both numbers and their
///   difference; `UnrepeatableFunction` where `f` gives two values for one input; what `f` throws.
public func checkGradients<each S: RealScalar, R: RealScalar>(
  at x: repeat Tensor<each S>, order: Int = 1, absoluteTolerance: Double? = nil,
  relativeTolerance: Double? = nil, step: Double? = nil, elementLimit: Int = 512,
  seed: UInt64 = 0, of f: (repeat Tensor<each S>) throws -> Tensor<R>
) throws {
  var inputs: [TensorHandle] = []
  for input in repeat each x { inputs.append(stopGradient(input).handle) }
  let checker = GradientChecker(
    isDouble: R.scalarType == .double && inputs.allSatisfy { $0.scalarType == .double },
    absoluteTolerance, relativeTolerance, step, elementLimit: elementLimit, seed: seed)
  try checker.check(order: order, at: inputs) { try call(f, with: $0).handle }
}

/// `checkGradients` for a function of many tensors.
public func checkGradients<S: RealScalar, R: RealScalar>(
  at x: [Tensor<S>], order: Int = 1, absoluteTolerance: Double? = nil,
  relativeTolerance: Double? = nil, step: Double? = nil, elementLimit: Int = 512,
  seed: UInt64 = 0, of f: ([Tensor<S>]) throws -> Tensor<R>
) throws {
  let checker = GradientChecker(
    isDouble: R.scalarType == .double && S.scalarType == .double, absoluteTolerance,
    relativeTolerance, step, elementLimit: elementLimit, seed: seed)
  try checker.check(order: order, at: x.map { stopGradient($0).handle }) {
    try f($0.map(Tensor<S>.init)).handle
  }
}

/// An element of a gradient where the tape and central differences disagree: of an input's elements
/// that do, the one furthest beyond the tolerance.
public struct GradientMismatch: Error, CustomStringConvertible, Sendable {
  /// 1 for the gradient, 2 for the gradient of the gradient.
  public let order: Int
  /// The number of the input, from 0; in second order, the count of inputs stands for the
  /// cotangent.
  public let input: Int
  /// Whether the derivative is that with respect to the cotangent of the result (second order
  /// only).
  public let isCotangent: Bool
  /// The element's index along each axis of the input.
  public let index: [Int]
  /// What the tape gives.
  public let tape: Double
  /// What central differences give.
  public let differences: Double
  /// Whether no gradient at all reached the input on the tape (`tape` is 0).
  public let isMissing: Bool
  /// How far the two may lie apart.
  public let tolerance: Double
  /// How many elements of this input disagree, and how many were compared.
  public let mismatchCount, comparedCount: Int

  /// |tape − differences|.
  public var difference: Double { (tape - differences).magnitude }

  /// One line that names all of it.
  public var description: String {
    let what = order == 1 ? "gradient" : "second-order gradient"
    let whose = isCotangent ? "the cotangent" : "input \(input)"
    let none = isMissing ? " (no gradient reached it)" : ""
    return "\(what) of \(whose) at \(index): the tape gives \(tape)\(none), central differences "
      + "\(differences): they differ by \(difference), and may by \(tolerance); "
      + "\(mismatchCount) of \(comparedCount) elements disagree"
  }
}

/// A function that gave different values for the same input, so that differences of it mean
/// nothing.
public struct UnrepeatableFunction: Error, CustomStringConvertible, Sendable {
  /// One line with the repair.
  public var description: String {
    "the function gave two different values for the same input, so its gradient cannot be checked: "
      + "draw random numbers (a dropout mask) outside of it, or from a fixed seed"
  }
}
