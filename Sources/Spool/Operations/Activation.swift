import CKernels

/// y = tanh x,  x̄ = ȳ (1 − y²).
struct HyperbolicTangent: PointwiseOperation {
  static let name = "tanh"
  static let kernel = SPOOL_TANH
  static let saves = Saved.output

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    ȳ.pointwise(TanhGradient(), at.output)
  }
}

/// The rule of tanh in one pass: g (1 − y²).
struct TanhGradient: PointwiseOperation {
  static let name = "tanhGradient"
  static let kernel = SPOOL_TANH_GRADIENT

  func vjp<S>(_ ḡ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    input == 0 ? ḡ.pointwise(TanhGradient(), at.y) : -2 * ḡ * at.x * at.y
  }
}

/// y = σ(x) = 1 / (1 + e⁻ˣ),  x̄ = ȳ y (1 − y).
struct Sigmoid: PointwiseOperation {
  static let name = "sigmoid"
  static let kernel = SPOOL_SIGMOID
  static let saves = Saved.output

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    ȳ.pointwise(SigmoidGradient(), at.output)
  }
}

/// The rule of the sigmoid in one pass: g y (1 − y).
struct SigmoidGradient: PointwiseOperation {
  static let name = "sigmoidGradient"
  static let kernel = SPOOL_SIGMOID_GRADIENT

  func vjp<S>(_ ḡ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    input == 0 ? ḡ.pointwise(SigmoidGradient(), at.y) : ḡ * at.x * (1 - 2 * at.y)
  }
}

/// y = ln (1 + eˣ),  x̄ = ȳ σ(x).
struct Softplus: PointwiseOperation {
  static let name = "softplus"
  static let kernel = SPOOL_SOFTPLUS

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    ȳ * sigmoid(at.x)
  }
}

/// y = max(x, 0),  x̄ = ȳ where y > 0. The subgradient at 0 is 0.
struct RectifiedLinear: PointwiseOperation {
  static let name = "relu"
  static let kernel = SPOOL_RELU
  static let saves = Saved.output

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    ȳ.pointwise(ReluGradient(), at.output)
  }
}

/// The rule of relu in one pass: g where y > 0, else 0.
struct ReluGradient: PointwiseOperation {
  static let name = "reluGradient"
  static let kernel = SPOOL_RELU_GRADIENT

  func vjp<S>(_ ḡ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    input == 0 ? ḡ.pointwise(ReluGradient(), at.y) : nil
  }
}

/// The hyperbolic tangent of each element.
public func tanh<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(HyperbolicTangent()) }

/// The logistic function 1 / (1 + e⁻ˣ) of each element.
public func sigmoid<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(Sigmoid()) }

/// ln (1 + eˣ) of each element, without overflow.
public func softplus<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(Softplus()) }

/// max(x, 0) of each element. The derivative at 0 is taken to be 0.
public func relu<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x.pointwise(RectifiedLinear()) }

/// x where x > 0, else `slope` x (Maas, Hannun & Ng, 2013). The derivative at 0 is `slope`.
public func leakyRelu<S: RealScalar>(_ x: Tensor<S>, slope: S = 0.01) -> Tensor<S> {
  `where`(x .> 0, x, Tensor(slope) * x)
}

/// x where x > 0, else α (eˣ − 1) (Clevert, Unterthiner & Hochreiter, 2016).
public func elu<S: RealScalar>(_ x: Tensor<S>, alpha: S = 1) -> Tensor<S> {
  let isPositive = x .> 0
  return `where`(isPositive, x, Tensor(alpha) * expm1(`where`(isPositive, 0, x)))
}

/// x Φ(x), with Φ the normal distribution function: ½ x (1 + erf(x/√2)) (Hendrycks & Gimpel, 2016).
public func gelu<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> {
  0.5 * x * (1 + erf(0.7071067811865476 * x))
}

/// x σ(x), also called swish (Elfwing, Uchibe & Doya, 2018).
public func silu<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { x * sigmoid(x) }
