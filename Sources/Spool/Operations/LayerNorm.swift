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

  /// Returns the reciprocal deviations.
  private func write(_ x: TensorHandle, into output: TensorHandle) -> TensorHandle {
    let reciprocals = TensorHandle(uninitialized: [x.rows.count], x.scalarType)
    write(x, into: output, reciprocals: reciprocals)
    return reciprocals
  }

  fileprivate func write(
    _ x: TensorHandle, into output: TensorHandle, reciprocals: TensorHandle
  ) {
    let x = x.dense()
    withExtendedLifetime(x) {
      spool_standardize(
        x.scalarType.kernel, x.rows.count, x.rows.columns, epsilon, x.data, output.data,
        reciprocals.data)
    }
  }

  /// Composed of the statistics where something records the sweep to differentiate it, one kernel where
  /// nothing does. A trace, which is not differentiated, gets that kernel's operands as operations.
  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let x = at.x
    let (tape, other) = (resolve(x.handle).recordingTape, ȳ.handle.recordingTape)
    if tape == nil && other == nil { return fusedVJP(ȳ, x) }
    if tape.map({ $0.trace != nil }) ?? true, other.map({ $0.trace != nil }) ?? true {
      return tracedVJP(ȳ, x)
    }
    let deviations = x - x.mean(-1, keepDims: true)
    let variance = square(deviations).mean(-1, keepDims: true)
    let r = rsqrt(variance + S(epsilon))
    let y = deviations * r
    return r * (ȳ - ȳ.mean(-1, keepDims: true) - y * (ȳ * y).mean(-1, keepDims: true))
  }

  private func tracedVJP<S>(_ ȳ: Tensor<S>, _ x: Tensor<S>) -> Tensor<S> {
    // The step has y already: this is the same value.
    let y = apply(self, x.handle)
    let r = apply(ReciprocalDeviation(epsilon: epsilon), x.handle)
    return Tensor(apply(StandardizeGradient(), Operands(ȳ.handle, y, r)))
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

/// The r of `Standardize`: 1/√(variance + ε) of each row.
struct ReciprocalDeviation: RowOperation, NondifferentiableOperation {
  static let name = "reciprocalDeviation"
  let epsilon: Double

  func blockCode(of input: Shape) -> BlockCode? { .deviations(epsilon: epsilon) }

  func result(of inputs: borrowing Operands) -> ResultType {
    var shape = inputs[0].shape
    shape[shape.rank - 1] = 1
    return ResultType(shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let y = TensorHandle(uninitialized: inputs[0].shape, inputs[0].scalarType)
    Standardize(epsilon: epsilon).write(inputs[0], into: y, reciprocals: output)
  }
}

/// The rule of `Standardize` in one pass: r (g − mean g − y mean(g y)), from g, y and r.
struct StandardizeGradient: RowOperation, NondifferentiableOperation {
  static let name = "standardizeGradient"

  func blockCode(of input: Shape) -> BlockCode? {
    .rows(SPOOL_BLOCK_STANDARDIZE_GRADIENT, parameter: 0)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (g, y, r) = (inputs[0].dense(), inputs[1].dense(), inputs[2].dense())
    withExtendedLifetime((g, y, r)) {
      spool_standardize_gradient(
        g.scalarType.kernel, g.rows.count, g.rows.columns, g.data, y.data, r.data, output.data)
    }
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
