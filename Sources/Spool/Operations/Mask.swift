extension Tensor {
  /// This tensor with `value` where `mask` is true (PyTorch's `masked_fill`), with broadcasting. No
  /// gradient flows to what is replaced.
  public func replacing(with value: Tensor, where mask: Tensor<Bool>) -> Tensor {
    `where`(mask, value, self)
  }

  /// The parts of this tensor where `mask` is true, along one axis in place of the mask's axes, which are
  /// the first axes of this tensor: `[batch, time, width]` masked by `[batch, time]` is `[chosen, width]`.
  public func selecting(where mask: Tensor<Bool>) -> Tensor {
    guard shape.starts(with: mask.shape) else {
      trap(
        "selecting: the axes of a mask of shape \(mask.shape) are not the first axes of shape "
          + "\(shape)")
    }
    let rest = Array(shape[mask.rank...])
    return reshaped(to: Shape([mask.count] + rest)).gathered(mask.flattened().trueIndices)
  }
}

extension Tensor where Scalar == Bool {
  /// The places, counted in row-major order, of the elements that are true: `[chosen]`.
  public var trueIndices: Tensor<Int32> {
    withUnsafeScalars { scalars in
      guard scalars.count <= Int(Int32.max) else {
        trap("trueIndices: shape \(shape) has more elements than Int32 can number")
      }
      return Tensor<Int32>(scalars.indices.filter { scalars[$0] }.map { Int32($0) })
    }
  }

  /// A mask `[rows, columns]`, true on and below a diagonal: where column ≤ row + `diagonal`. With rows for
  /// queries and columns for keys, the mask of causal attention.
  public static func lowerTriangle(rows: Int, columns: Int, diagonal: Int = 0) -> Tensor {
    columnsMinusRows(rows, columns) .<= Tensor<Int32>(Int32(clamping: diagonal))
  }

  /// A mask `[rows, columns]`, true on and above a diagonal: where column ≥ row + `diagonal`.
  public static func upperTriangle(rows: Int, columns: Int, diagonal: Int = 0) -> Tensor {
    columnsMinusRows(rows, columns) .>= Tensor<Int32>(Int32(clamping: diagonal))
  }

  private static func columnsMinusRows(_ rows: Int, _ columns: Int) -> Tensor<Int32> {
    Tensor<Int32>.range(columns) - Tensor<Int32>.range(rows).expandingAxis(at: 1)
  }
}

extension Tensor where Scalar: NumericScalar {
  /// The last two axes' elements on and below a diagonal (column ≤ row + `diagonal`), 0 elsewhere (NumPy's
  /// `tril`).
  public func lowerTriangle(diagonal: Int = 0) -> Tensor {
    let (rows, columns) = matrixSizes(for: "lowerTriangle")
    return `where`(.lowerTriangle(rows: rows, columns: columns, diagonal: diagonal), self, 0)
  }

  /// The last two axes' elements on and above a diagonal (column ≥ row + `diagonal`), 0 elsewhere (NumPy's
  /// `triu`).
  public func upperTriangle(diagonal: Int = 0) -> Tensor {
    let (rows, columns) = matrixSizes(for: "upperTriangle")
    return `where`(.upperTriangle(rows: rows, columns: columns, diagonal: diagonal), self, 0)
  }

  private func matrixSizes(for operation: String) -> (rows: Int, columns: Int) {
    guard rank >= 2 else { trap("\(operation): shape \(shape) has no rows and columns") }
    return (shape[rank - 2], shape[rank - 1])
  }
}
