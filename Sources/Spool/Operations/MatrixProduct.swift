import CKernels

/// Y = A B over the last two axes, leading axes broadcast.  Ā = Ȳ Bᵀ,  B̄ = Aᵀ Ȳ.
struct MatrixProduct: Operation {
  static let name = "matmul"

  /// Whether a row of few has the bits that it has among many, as `scan` promises; without, a product of
  /// few rows may be summed in a quicker order.
  var keepsRows = false

  func result(of inputs: borrowing Operands) -> ResultType {
    let (a, b) = (inputs[0].shape, inputs[1].shape)
    guard a.rank >= 2, b.rank >= 2 else {
      trap("matmul: \(a) × \(b): both operands need at least two axes, [rows, columns]")
    }
    guard a[a.rank - 1] == b[b.rank - 2] else {
      trap(
        "matmul: \(a) × \(b): inner dimensions \(a[a.rank - 1]) and \(b[b.rank - 2]) differ")
    }
    let leading = Shape.broadcast(
      Shape(a[..<(a.rank - 2)]), Shape(b[..<(b.rank - 2)]), for: "matmul")
    var shape = leading
    shape.append(a[a.rank - 2])
    shape.append(b[b.rank - 1])
    return ResultType(shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    // Where each item of a batch has matrices of its own, their rows are as many in any batch.
    let freeOrder = !keepsRows || inputs[1].shape.rank > 2
    let (a, c) =
      Self.isShared(inputs[0], inputs[1])
      ? (inputs[0].rowMatrix, output.rowMatrix) : (inputs[0], output)
    Self.multiply(a, inputs[1], into: c, adding: false, freeOrder: freeOrder)
  }

  func withRows(_ count: Int) -> MatrixProduct { MatrixProduct(keepsRows: true) }

  func blockCode(of input: Shape) -> BlockCode? { input.rank == 3 ? .product : nil }

  func vjp<S>(_ Ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    if input == 0 { return matmul(Ȳ, at.y.transposed()) }
    if Self.isShared(at.x.handle, at.y.handle) {
      return Tensor(apply(OuterProductSum(), at.x.handle, Ȳ.handle))
    }
    return matmul(at.x.transposed(), Ȳ)
  }

  /// B̄ += Aᵀ Ȳ (or Ā += Ȳ Bᵀ) inside the product, where no axis was broadcast.
  func addVJP(
    _ ȳ: TensorHandle, node: UnsafePointer<Node>, wrt input: Int, to gradient: TensorHandle
  ) -> Bool {
    var (a, b) = (node.pointee.operands[0], node.pointee.operands[1])
    var (ȳ, gradient) = (ȳ, gradient)
    if Self.isShared(a, b) {
      // A copy of the gradient would be added to in its place.
      guard gradient.isDense else { return false }
      (a, ȳ, gradient) = (a.rowMatrix, ȳ.rowMatrix, gradient.rowMatrix)
    }
    let (left, right) = input == 0 ? (ȳ, b.transposedMatrix) : (a.transposedMatrix, ȳ)
    guard gradient.shape.rank == ȳ.shape.rank, gradient.shape.rank == left.shape.rank,
      left.shape.rank == right.shape.rank
    else { return false }
    for axis in 0..<(gradient.shape.rank - 2)
    where left.shape[axis] != gradient.shape[axis] || right.shape[axis] != gradient.shape[axis] {
      return false
    }
    Self.multiply(left, right, into: gradient, adding: true, freeOrder: true)
    return true
  }

  func gradientFactors(
    _ ȳ: TensorHandle, node: UnsafePointer<Node>, wrt input: Int
  ) -> GatheredProducts.Factors? {
    guard input == 1, node.pointee.operands[1].shape.rank == 2 else { return nil }
    return GatheredProducts.Factors(a: node.pointee.operands[0].rowMatrix, b: ȳ.rowMatrix)
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    let (a, b) = (operands[0], operands[1])
    switch (a.kind, b.kind) {
    case (.row, .invariant) where b.shape.rank < max(a.shape.rank, 3): return .row
    case (.invariant, .row) where a.shape.rank == 2 && b.shape.rank > 2: return .row
    case (.row, .row) where a.shape.rank > 2 && a.shape.rank == b.shape.rank: return .row
    case (.column, .row) where a.shape.rank == 2 && b.shape.rank == 2: return .summed
    default: return Self.commonRowKind(operands)
    }
  }

  /// Whether all of A's matrices are multiplied by one: then they are one matrix of all rows.
  private static func isShared(_ a: TensorHandle, _ b: TensorHandle) -> Bool {
    b.shape.rank == 2 && a.shape.rank > 2
  }

  /// Runs one product for each combination of leading indices; those that advance evenly in all three
  /// operands are one call of the kernel.
  static func multiply(
    _ a: TensorHandle, _ b: TensorHandle, into c: TensorHandle, adding: Bool,
    bias: UnsafeRawPointer? = nil, freeOrder: Bool = false
  ) {
    let rank = c.shape.rank
    let (m, n) = (c.shape[rank - 2], c.shape[rank - 1])
    let k = a.shape[a.shape.rank - 1]
    let aStrides = a.broadcastStrides(toLeading: c.shape)
    let bStrides = b.broadcastStrides(toLeading: c.shape)
    // The innermost leading axis is the kernel's batch; a shared B with dense rows of A folds it into m.
    var product = spool_gemm()
    product.m = m
    product.n = n
    product.k = k
    product.a_row = a.strides[a.shape.rank - 2]
    product.a_column = a.strides[a.shape.rank - 1]
    product.b_row = b.strides[b.shape.rank - 2]
    product.b_column = b.strides[b.shape.rank - 1]
    product.c_row = n
    product.accumulate = adding
    product.free_order = freeOrder
    product.bias = bias
    product.batch = 1
    var axis = rank - 3
    while axis >= 0, bStrides[axis] == 0 || c.shape[axis] == 1,
      aStrides[axis] == product.a_row * product.m || c.shape[axis] == 1
    {
      product.m *= c.shape[axis]
      axis -= 1
    }
    if axis >= 0 {
      product.batch = c.shape[axis]
      product.a_batch = aStrides[axis]
      product.b_batch = bStrides[axis]
      product.c_batch = product.m * n
      axis -= 1
    }
    let bytes = c.scalarType.byteCount
    let itemCount = product.batch * product.m * n
    var outer = Shape(c.shape[..<Swift.max(axis + 1, 0)])
    outer = outer.rank == 0 ? [1] : outer
    let outerCount = c.count == 0 ? 0 : c.count / Swift.max(itemCount, 1)
    for item in 0..<outerCount {
      var rest = item
      var (aOffset, bOffset) = (0, 0)
      var place = axis
      while place >= 0 {
        let index = rest % c.shape[place]
        rest /= c.shape[place]
        aOffset += index * aStrides[place]
        bOffset += index * bStrides[place]
        place -= 1
      }
      product.a = UnsafeRawPointer(a.data + aOffset * bytes)
      product.b = UnsafeRawPointer(b.data + bOffset * bytes)
      product.c = c.data + item * itemCount * bytes
      spool_matmul(c.scalarType.kernel, &product)
    }
  }
}

/// Y = Σ a bᵀ, the outer products of the rows of A and of B, over all axes but the last: how the gradient of a matrix
/// comes that maps the last axis.  Ā = B Ȳᵀ,  B̄ = A Ȳ.
struct OuterProductSum: Operation {
  static let name = "outerProductSum"

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType([inputs[0].shape.last!, inputs[1].shape.last!], inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    MatrixProduct.multiply(
      inputs[0].rowMatrix.transposedMatrix, inputs[1].rowMatrix, into: output, adding: false,
      freeOrder: true)
  }

  func vjp<S>(_ Ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    input == 0 ? matmul(at.y, Ȳ.transposed()) : matmul(at.x, Ȳ)
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands.allSatisfy(\.isRow) ? .summed : Self.commonRowKind(operands)
  }
}

extension TensorHandle {
  /// A matrix of all rows, over all axes but the last; a copy where no strides say that.
  fileprivate var rowMatrix: TensorHandle {
    if shape.rank == 2 { return self }
    let columns = shape[shape.rank - 1]
    return Reshape(shape: [shape.dropLast().reduce(1, *), columns]).view(of: self)
  }

  var transposedMatrix: TensorHandle {
    var axes = shape
    for axis in 0..<shape.rank { axes[axis] = axis }
    axes[shape.rank - 1] = shape.rank - 2
    axes[shape.rank - 2] = shape.rank - 1
    return Permute(permutation: axes).view(of: self)
  }

  /// Strides of the leading axes (all but the last two), seen in the leading axes of `target`.
  fileprivate func broadcastStrides(toLeading target: Shape) -> InlineArray<8, Int> {
    var result = InlineArray<8, Int>(repeating: 0)
    let offset = target.rank - shape.rank
    for axis in 0..<(shape.rank - 2) where shape[axis] != 1 {
      result[axis + offset] = strides[axis]
    }
    return result
  }
}

/// The matrix product over the last two axes, [..., m, k] × [..., k, n] → [..., m, n]; leading axes
/// broadcast. A vector is taken as a row on the left, as a column on the right, and that axis is dropped
/// from the result. Traps when the inner dimensions differ.
public func matmul<S: RealScalar>(_ a: Tensor<S>, _ b: Tensor<S>) -> Tensor<S> {
  if a.rank == 1 || b.rank == 1 { return matrixVectorProduct(a, b) }
  return Tensor(apply(MatrixProduct(), a.handle, b.handle))
}

private func matrixVectorProduct<S: RealScalar>(_ a: Tensor<S>, _ b: Tensor<S>) -> Tensor<S> {
  let left = a.rank == 1 ? a.expandingAxis(at: 0) : a
  let right = b.rank == 1 ? b.expandingAxis(at: 1) : b
  var product = Tensor<S>(apply(MatrixProduct(), left.handle, right.handle))
  if b.rank == 1 { product = product.squeezingAxis(at: -1) }
  if a.rank == 1 { product = product.squeezingAxis(at: b.rank == 1 ? -1 : -2) }
  return product
}

/// The outer product of two vectors: [m], [n] → [m, n], yᵢⱼ = aᵢ bⱼ.
public func outer<S: NumericScalar>(_ a: Tensor<S>, _ b: Tensor<S>) -> Tensor<S> {
  guard a.rank == 1, b.rank == 1 else {
    trap("outer: shapes \(a.shape) and \(b.shape); both must be vectors")
  }
  return a.expandingAxis(at: 1) * b.expandingAxis(at: 0)
}
