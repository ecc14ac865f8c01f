import CKernels

extension Tensor where Scalar: RealScalar {
  /// A random matrix, `[rows, columns]`, with orthonormal columns, or orthonormal rows where it has fewer
  /// rows than columns; all such matrices are equally probable.
  ///
  /// The Q of the QR decomposition of a matrix of normal numbers, with the signs that make R's diagonal
  /// positive, without which it would not be uniform (Mezzadri, 2007). Traps for another rank.
  public static func orthogonal(_ shape: Shape, key: RandomKey) -> Tensor {
    guard shape.rank == 2 else { trap("orthogonal: shape \(shape) is not that of a matrix") }
    if shape[0] < shape[1] { return orthogonal([shape[1], shape[0]], key: key).transposed() }
    let a = normal(shape, key: key)
    let q = TensorHandle(uninitialized: shape, Scalar.scalarType)
    let r = TensorHandle(uninitialized: [shape[1], shape[1]], Scalar.scalarType)
    if q.count > 0 {
      spool_qr(Scalar.scalarType.kernel, shape[0], shape[1], a.handle.data, q.data, r.data)
    }
    return Tensor(q)
  }
}
