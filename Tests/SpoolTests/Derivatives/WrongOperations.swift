import CKernels

@testable import Spool

/// y = sin x with a derivative that is `factor` times the right one.
struct ScaledSine: PointwiseOperation {
  static let name = "scaledSine"
  static let kernel = SPOOL_SIN
  let factor: Double

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    Tensor(S(factor)) * ȳ * cos(at.x)
  }
}

/// y = sin x with the right derivative, which does not depend on x for those who differentiate it.
struct FlatSine: PointwiseOperation {
  static let name = "flatSine"
  static let kernel = SPOOL_SIN

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    ȳ * stopGradient(cos(at.x))
  }
}

/// y = sin x with the right derivative, which does not depend on ȳ for those who differentiate it.
struct DeafSine: PointwiseOperation {
  static let name = "deafSine"
  static let kernel = SPOOL_SIN

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    stopGradient(ȳ) * cos(at.x)
  }
}

/// y = a + b for a matrix and a row, with b̄ summed over the wrong axis.
struct AskewAdd: PointwiseOperation {
  static let name = "askewAdd"
  static let kernel = SPOOL_ADD

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    input == 0 ? ȳ : ȳ.sum(1)
  }
}

/// y = a b without b̄.
struct OneSidedMultiply: PointwiseOperation {
  static let name = "oneSidedMultiply"
  static let kernel = SPOOL_MULTIPLY

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    input == 0 ? ȳ * at.y : nil
  }
}

/// y = sin x with NaN for a derivative.
struct UndefinedSine: PointwiseOperation {
  static let name = "undefinedSine"
  static let kernel = SPOOL_SIN

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    ȳ * Tensor(S.nan)
  }
}
