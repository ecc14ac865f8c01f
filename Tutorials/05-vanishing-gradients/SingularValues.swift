import Spool

/// The singular values of a square matrix, the largest first: R of its QR decomposition, R of that one's
/// transpose, and so on, becomes diagonal.
func singularValues(_ a: Tensor<Double>) -> [Double] {
  let r = (0..<200).reduce(a) { r, _ in qr(r).r.transposed() }
  return (r * .identity(a.shape[0])).sum(1).sorted(descending: true).scalars
}
