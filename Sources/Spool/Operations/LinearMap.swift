import CKernels

/// Y = X W + b in one pass, for rows X.  X̄ = Ȳ Wᵀ,  W̄ = Xᵀ Ȳ,  b̄ = Σ Ȳ over the rows.
struct LinearMap: Operation {
  static let name = "linear"

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType([inputs[0].shape[0], inputs[1].shape[1]], inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let bias = inputs[2].dense()
    withExtendedLifetime(bias) {
      MatrixProduct.multiply(
        inputs[0], inputs[1], into: output, adding: false, bias: UnsafeRawPointer(bias.data),
        freeOrder: true)
    }
  }

  func vjp<S>(_ Ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    input == 2 ? Ȳ : MatrixProduct().vjp(Ȳ, at, wrt: input)
  }

  func addVJP(
    _ ȳ: TensorHandle, node: UnsafePointer<Node>, wrt input: Int, to gradient: TensorHandle
  ) -> Bool {
    input != 2 && MatrixProduct().addVJP(ȳ, node: node, wrt: input, to: gradient)
  }

  func gradientFactors(
    _ ȳ: TensorHandle, node: UnsafePointer<Node>, wrt input: Int
  ) -> GatheredProducts.Factors? { MatrixProduct().gradientFactors(ȳ, node: node, wrt: input) }
}

/// x W + b over the last axis, `[…, inputs]` × `[inputs, outputs]` + `[outputs]` → `[…, outputs]`: what
/// `matmul(x, weight) + bias` gives, written to memory once. Traps when the shapes don't fit.
public func linear<S: RealScalar>(
  _ x: Tensor<S>, weight: Tensor<S>, bias: Tensor<S>
) -> Tensor<S> {
  guard x.rank > 0, weight.rank == 2, x.shape[x.rank - 1] == weight.shape[0],
    bias.shape == [weight.shape[1]]
  else {
    trap(
      "linear: x has shape \(x.shape), which must be […, inputs], the weight \(weight.shape), which must be "
        + "[inputs, outputs], and the bias \(bias.shape), which must be [outputs]")
  }
  // `scan` joins products and sums itself, over more of them.
  if TimeStep.isTraced { return matmul(x, weight) + bias }
  let leading = x.shape.dropLast()
  let rows = x.reshaped(to: [leading.reduce(1, *), weight.shape[0]])
  let inputs = Operands(rows.handle, weight.handle, bias.handle)
  return Tensor(apply(LinearMap(), inputs)).reshaped(to: Shape(leading + [weight.shape[1]]))
}
