import Spool

/// The results of a scan or an unroll of three tensors, and the gradients of a sum that tells its results apart.
func resultsAndGradients(
  of f: (Tensor<Double>, Tensor<Double>, Tensor<Double>) -> [Tensor<Double>],
  at x: Tensor<Double>, _ y: Tensor<Double>, _ z: Tensor<Double>
) -> (results: [Tensor<Double>], gradients: [Tensor<Double>?]) {
  resultsAndGradients(of: { f($0[0], $0[1], $0[2]) }, at: [x, y, z])
}

/// The same of any number of tensors.
func resultsAndGradients(
  of f: ([Tensor<Double>]) -> [Tensor<Double>], at tensors: [Tensor<Double>]
) -> (results: [Tensor<Double>], gradients: [Tensor<Double>?]) {
  var results: [Tensor<Double>] = []
  let (_, gradients) = valueAndGradients(at: tensors) { leaves in
    let found = f(leaves)
    results = found.map { stopGradient($0) }
    return found.enumerated().reduce(0 as Tensor<Double>) { sum, part in
      sum + (sin(part.element) * Tensor(Double(part.offset + 1))).sum()
    }
  }
  return (results, gradients)
}
