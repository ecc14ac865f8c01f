import CKernels

/// An operation on the rows of a tensor: its last axis.
protocol RowOperation: Operation {}

extension RowOperation {
  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(inputs[0].shape, inputs[0].scalarType)
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands.allSatisfy(\.isRow) && output.rank > 1 ? .row : Self.commonRowKind(operands)
  }
}

extension TensorHandle {
  /// The size of the last axis (1 for a scalar), and the number of rows of that size.
  var rows: (count: Int, columns: Int) {
    let columns = shape.last ?? 1
    return (columns == 0 ? 0 : count / columns, columns)
  }
}

/// y = softmax x over the last axis,  x̄ = y (ȳ − Σ ȳ y).
struct Softmax: RowOperation {
  static let name = "softmax"
  static let saves = Saved.output

  func blockCode(of input: Shape) -> BlockCode? {
    .rows(SPOOL_BLOCK_SOFTMAX, parameter: 0)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let x = inputs[0].dense()
    withExtendedLifetime(x) {
      spool_softmax(x.scalarType.kernel, x.rows.count, x.rows.columns, x.data, output.data)
    }
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    Tensor(apply(SoftmaxGradient(), ȳ.handle, at.output.handle))
  }
}

/// The rule of softmax in one pass: y (g − Σ g y).
struct SoftmaxGradient: RowOperation {
  static let name = "softmaxGradient"

  func blockCode(of input: Shape) -> BlockCode? {
    .rows(SPOOL_BLOCK_SOFTMAX_GRADIENT, parameter: 0)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (g, y) = (inputs[0].dense(), inputs[1].dense())
    withExtendedLifetime((g, y)) {
      spool_softmax_gradient(
        g.scalarType.kernel, g.rows.count, g.rows.columns, g.data, y.data, output.data)
    }
  }

  func vjp<S>(_ z̄: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let (g, y) = (at.x, at.y)
    if input == 0 { return Tensor(apply(SoftmaxGradient(), z̄.handle, y.handle)) }
    let weighted = (z̄ * y).sum(-1, keepDims: true)
    return z̄ * (g - (g * y).sum(-1, keepDims: true)) - g * weighted
  }
}

/// y = log softmax x over the last axis,  x̄ = ȳ − e^y Σ ȳ.
struct LogSoftmax: RowOperation {
  static let name = "logSoftmax"
  static let saves = Saved.output

  func blockCode(of input: Shape) -> BlockCode? {
    .rows(SPOOL_BLOCK_LOG_SOFTMAX, parameter: 0)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let x = inputs[0].dense()
    withExtendedLifetime(x) {
      spool_log_softmax(x.scalarType.kernel, x.rows.count, x.rows.columns, x.data, output.data)
    }
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    Tensor(apply(LogSoftmaxGradient(), ȳ.handle, at.output.handle))
  }
}

/// The rule of log softmax in one pass: g − e^y Σ g.
struct LogSoftmaxGradient: RowOperation {
  static let name = "logSoftmaxGradient"

  func blockCode(of input: Shape) -> BlockCode? {
    .rows(SPOOL_BLOCK_LOG_SOFTMAX_GRADIENT, parameter: 0)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (g, y) = (inputs[0].dense(), inputs[1].dense())
    withExtendedLifetime((g, y)) {
      spool_log_softmax_gradient(
        g.scalarType.kernel, g.rows.count, g.rows.columns, g.data, y.data, output.data)
    }
  }

  func vjp<S>(_ z̄: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let p = exp(at.y)
    if input == 0 { return z̄ - (z̄ * p).sum(-1, keepDims: true) }
    return -z̄ * p * at.x.sum(-1, keepDims: true)
  }
}

/// eˣ / Σ eˣ along `axis`, without overflow. Along an axis that is −∞ throughout (all masked) it is 0.
public func softmax<S: RealScalar>(_ x: Tensor<S>, axis: Int = -1) -> Tensor<S> {
  alongLastAxis(x, axis, "softmax") { Tensor(apply(Softmax(), $0.handle)) }
}

/// x − ln Σ eˣ along `axis`, without overflow or loss of precision.
public func logSoftmax<S: RealScalar>(_ x: Tensor<S>, axis: Int = -1) -> Tensor<S> {
  alongLastAxis(x, axis, "logSoftmax") { Tensor(apply(LogSoftmax(), $0.handle)) }
}

private func alongLastAxis<S>(
  _ x: Tensor<S>, _ axis: Int, _ name: String, _ f: (Tensor<S>) -> Tensor<S>
) -> Tensor<S> {
  let place = x.shape.resolve(axis, for: name)
  if place == x.rank - 1 { return f(x) }
  return f(x.movingAxis(place, to: -1)).movingAxis(-1, to: place)
}
