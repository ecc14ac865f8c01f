import CKernels

/// Y = Q over R, [rows + columns, columns], with A = Q R (Householder).
/// Ā = (Q̄ + Q S) R⁻ᵀ with S the symmetric matrix whose lower triangle is that of R R̄ᵀ − Q̄ᵀ Q (Seeger,
/// Hetzel, Dai, Meissner & Lawrence, 2017).
struct StackedQR: Operation {
  static let name = "qr"
  static let saves = Saved.output

  func result(of inputs: borrowing Operands) -> ResultType {
    let a = inputs[0].shape
    return ResultType([a[0] + a[1], a[1]], inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let a = inputs[0].dense()
    let r = output.data + a.count * a.scalarType.byteCount
    withExtendedLifetime(a) {
      spool_qr(a.scalarType.kernel, a.shape[0], a.shape[1], a.data, output.data, r)
    }
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let (q, r) = split(at.output)
    let (q̄, r̄) = split(ȳ)
    let m = matmul(r, r̄.transposed()) - matmul(q̄.transposed(), q)
    let s = m.lowerTriangle() + m.lowerTriangle(diagonal: -1).transposed()
    let scaled = q̄ + matmul(q, s)
    return solveTriangular(r, scaled.transposed(), upper: true).transposed()
  }

  private func split<S>(_ y: Tensor<S>) -> (q: Tensor<S>, r: Tensor<S>) {
    let rows = y.shape[0] - y.shape[1]
    return (y[..<rows], y[rows...])
  }
}

/// X = T⁻¹ B for a triangular T.  B̄ = T⁻ᵀ X̄,  T̄ = −B̄ Xᵀ within the triangle.
struct TriangularSolve: Operation {
  static let name = "solveTriangular"
  static let saves: Saved = [.inputs, .output]
  let isUpper: Bool

  func result(of inputs: borrowing Operands) -> ResultType {
    let (t, b) = (inputs[0].shape, inputs[1].shape)
    guard t.rank == 2, t[0] == t[1], b.rank == 2, b[0] == t[0] else {
      trap(
        "solveTriangular: matrix \(t), right-hand side \(b): they must be [size, size] and [size] "
          + "or [size, columns]")
    }
    return ResultType(b, inputs[1].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (t, b) = (inputs[0], inputs[1])
    Kernel.pointwise(SPOOL_COPY, b.scalarType, into: output, b)
    withExtendedLifetime(t) {
      spool_solve_triangular(
        t.scalarType.kernel, isUpper, b.shape[0], b.shape[1], t.data, t.strides[0], t.strides[1],
        output.data)
    }
  }

  func vjp<S>(_ x̄: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let b̄ = solveTriangular(at.x.transposed(), x̄, upper: !isUpper)
    if input == 1 { return b̄ }
    let t̄ = -matmul(b̄, at.output.transposed())
    return isUpper ? t̄.upperTriangle() : t̄.lowerTriangle()
  }
}

/// The QR decomposition A = Q R of a matrix: [rows, columns] → Q [rows, columns] with orthonormal
/// columns, R [columns, columns] upper triangular with a non-negative diagonal, which makes both unique
/// where the columns of A are independent. Q of a matrix of independent normal numbers is distributed
/// evenly over all such matrices (Mezzadri, 2007).
///
/// Differentiable, to any order, where the columns are independent; where they are not, or nearly, the
/// gradient is infinite or NaN. Traps when there are more columns than rows (take the decomposition of
/// the transpose).
public func qr<S: RealScalar>(_ a: Tensor<S>) -> (q: Tensor<S>, r: Tensor<S>) {
  guard a.rank == 2, a.shape[0] >= a.shape[1] else {
    trap(
      "qr: shape \(a.shape) is not [rows, columns] with as many rows as columns or more; of a wide "
        + "matrix take qr of its transpose")
  }
  let y = Tensor<S>(apply(StackedQR(), a.handle))
  return (y[..<a.shape[0]], y[a.shape[0]...])
}

/// The solution X of T X = B by substitution, for a triangular T: [size, size], [size, columns] → [size,
/// columns]; a vector [size] counts as one column. What is on the other side of T's diagonal is not
/// read, and its gradient is 0.
///
/// Infinite or NaN where T has a zero on its diagonal. Traps when the sizes don't fit.
public func solveTriangular<S: RealScalar>(
  _ matrix: Tensor<S>, _ b: Tensor<S>, upper: Bool
) -> Tensor<S> {
  if b.rank == 1 {
    return solveTriangular(matrix, b.expandingAxis(at: 1), upper: upper).squeezingAxis(at: 1)
  }
  return Tensor(apply(TriangularSolve(isUpper: upper), matrix.handle, b.handle))
}
