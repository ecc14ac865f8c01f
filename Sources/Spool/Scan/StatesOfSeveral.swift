/// Runs a cell with a state of two values over time.
///
/// ```swift
/// let (outputs, (h, c)) = scan(inputs, from: (h0, c0)) { x, h, c in
///   …
///   return (h, (h, c))
/// }
/// ```
public func scan<S: TensorScalar, R: TensorScalar, A, B>(
  _ inputs: Tensor<S>, from state: (A, B), reverse: Bool = false, lengths: [Int]? = nil,
  checkpointEvery spacing: Int? = nil, memoryBudget: Int? = nil,
  _ cell: @escaping (Tensor<S>, A, B) -> (Tensor<R>, (A, B))
) -> (outputs: Tensor<R>, state: (A, B)) {
  let options = ScanOptions(reverse, lengths, spacing, memoryBudget)
  return runScan(inputs, from: state, options) { cell($0, $1.0, $1.1) }
}

/// Runs a cell with a state of three values over time.
public func scan<S: TensorScalar, R: TensorScalar, A, B, C>(
  _ inputs: Tensor<S>, from state: (A, B, C), reverse: Bool = false, lengths: [Int]? = nil,
  checkpointEvery spacing: Int? = nil, memoryBudget: Int? = nil,
  _ cell: @escaping (Tensor<S>, A, B, C) -> (Tensor<R>, (A, B, C))
) -> (outputs: Tensor<R>, state: (A, B, C)) {
  let options = ScanOptions(reverse, lengths, spacing, memoryBudget)
  return runScan(inputs, from: state, options) { cell($0, $1.0, $1.1, $1.2) }
}

/// Runs a cell with a state of two values over time, one operation after another.
public func unroll<S: TensorScalar, R: TensorScalar, A, B>(
  _ inputs: Tensor<S>, from state: (A, B), reverse: Bool = false, lengths: [Int]? = nil,
  _ cell: (Tensor<S>, A, B) throws -> (Tensor<R>, (A, B))
) rethrows -> (outputs: Tensor<R>, state: (A, B)) {
  try runUnrolled(inputs, from: state, reverse: reverse, lengths: lengths) {
    try cell($0, $1.0, $1.1)
  }
}

/// Runs a cell with a state of three values over time, one operation after another.
public func unroll<S: TensorScalar, R: TensorScalar, A, B, C>(
  _ inputs: Tensor<S>, from state: (A, B, C), reverse: Bool = false, lengths: [Int]? = nil,
  _ cell: (Tensor<S>, A, B, C) throws -> (Tensor<R>, (A, B, C))
) rethrows -> (outputs: Tensor<R>, state: (A, B, C)) {
  try runUnrolled(inputs, from: state, reverse: reverse, lengths: lengths) {
    try cell($0, $1.0, $1.1, $1.2)
  }
}
