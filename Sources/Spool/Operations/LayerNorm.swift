import CKernels

/// y = (x − μ) r with the mean μ and r = 1/√(variance + ε) of each row (the last axis).
/// x̄ = r (ȳ − mean ȳ − y mean(ȳ y)).
struct Standardize: RowOperation {
  static let name = "standardize"
  let epsilon: Double

  func blockCode(of input: Shape) -> BlockCode? {
    .rows(SPOOL_BLOCK_STANDARDIZE, parameter: epsilon)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    _ = write(inputs[0], into: output)
  }

  private func write(_ x: TensorHandle, into output: TensorHandle) -> TensorHandle {
    let x = x.dense()
    let reciprocals = TensorHandle(uninitialized: [x.rows.count], x.scalarType)
    withExtendedLifetime(x) {
      spool_standardize(
        x.scalarType.kernel, x.rows.count, x.rows.columns, epsilon, x.data, output.data,
        reciprocals.data)
    }
    return reciprocals
  }

  /// Composed of the statistics where something records the sweep, one kernel where nothing does.
  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let x = at.x
    if resolve(x.handle).recordingTape == nil && ȳ.handle.recordingTape == nil {
      return fusedVJP(ȳ, x)
    }
    let deviations = x - x.mean(-1, keepDims: true)
    let variance = square(deviations).mean(-1, keepDims: true)
    let r = rsqrt(variance + Tensor(S(epsilon)))
    let y = deviations * r
    return r * (ȳ - ȳ.mean(-1, keepDims: true) - y * (ȳ * y).mean(-1, keepDims: true))
  }

  private func fusedVJP<S>(_ ȳ: Tensor<S>, _ x: Tensor<S>) -> Tensor<S> {
    let y = TensorHandle(uninitialized: x.shape, S.scalarType)
    let result = TensorHandle(uninitialized: x.shape, S.scalarType)
    guard y.count > 0 else { return Tensor(result) }
    let reciprocals = write(x.handle, into: y)
    let g = ȳ.handle.dense()
    withExtendedLifetime(g) {
      spool_standardize_gradient(
        g.scalarType.kernel, g.rows.count, g.rows.columns, g.data, y.data, reciprocals.data,
        result.data)
    }
    return Tensor(result)
  }
}

/// Layer normalisation over the last axis: (x − mean) / √(variance + ε), times `gain`, plus `bias`
/// (Ba, Kiros & Hinton, 2016).
///
/// - Parameters:
///   - gain: `[features]`, the size of the last axis of `x`; nil for 1.
///   - bias: `[features]`; nil for 0.
public func layerNorm<S: RealScalar>(
  _ x: Tensor<S>, gain: Tensor<S>? = nil, bias: Tensor<S>? = nil, epsilon: S = 1e-5
) -> Tensor<S> {
  guard x.rank > 0 else { trap("layerNorm: a scalar has no features to normalise over") }
  for (name, parameter) in [("gain", gain), ("bias", bias)] {
    guard let parameter, parameter.shape != [x.shape[x.rank - 1]] else { continue }
    trap(
      "layerNorm: \(name) has shape \(parameter.shape), but the features of shape \(x.shape) need "
        + "[\(x.shape[x.rank - 1])]")
  }
  var y = Tensor<S>(apply(Standardize(epsilon: Double(epsilon)), x.handle))
  if let gain { y = y * gain }
  if let bias { y = y + bias }
  return y
}
