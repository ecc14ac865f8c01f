import CKernels

/// y = (log softmax x)[label] over the last axis,  x̄ = ȳ (one-hot label − softmax x).
struct LogLikelihood: Operation {
  static let name = "logLikelihood"
  static let saves: Saved = [.inputs, .output]

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(inputs[1].shape, inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (x, labels) = (inputs[0].dense(), inputs[1].dense())
    let bad = withExtendedLifetime((x, labels)) {
      spool_log_likelihood(
        x.scalarType.kernel, labels.count, x.rows.columns, x.data, labels.indexPointer, output.data)
    }
    if bad >= 0 { labels.trapNoClass(at: bad, of: x.rows.columns) }
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let labels = at.input(1, as: Int32.self).handle
    let inputs = Operands([ȳ.handle, at.x.handle, labels, at.output.handle])
    return Tensor(apply(LogLikelihoodGradient(), inputs))
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands.allSatisfy(\.isRow) && output.rank > 0 ? .row : Self.commonRowKind(operands)
  }
}

/// The rule of the log-likelihood in one pass: g (one-hot label − softmax x), from g, x, the labels and the
/// likelihoods, which tell what the softmax divides by.
struct LogLikelihoodGradient: Operation {
  static let name = "logLikelihoodGradient"

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(inputs[1].shape, inputs[1].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (g, x, labels) = (inputs[0].dense(), inputs[1].dense(), inputs[2].dense())
    let likelihoods = inputs[3].dense()
    let bad = withExtendedLifetime((g, x, labels, likelihoods)) {
      spool_log_likelihood_gradient(
        x.scalarType.kernel, labels.count, x.rows.columns, g.data, x.data, labels.indexPointer,
        likelihoods.data, output.data)
    }
    if bad >= 0 { labels.trapNoClass(at: bad, of: x.rows.columns) }
  }

  func vjp<S>(_ z̄: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let p = softmax(at.y)
    switch input {
    case 0:
      let labels = at.input(2, as: Int32.self).expandingAxis(at: -1)
      return z̄.takeAlong(labels).squeezingAxis(at: -1) - (z̄ * p).sum(-1)
    case 1:
      let p̄ = Tensor<S>(apply(SoftmaxGradient(), z̄.handle, p.handle))
      return -at.x.expandingAxis(at: -1) * p̄
    default: return nil  // the likelihoods are the logits', whose part is above
    }
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands.allSatisfy(\.isRow) && output.rank > 1 ? .row : Self.commonRowKind(operands)
  }
}

extension TensorHandle {
  /// Ends the program because the label at `position` (in row-major order) of these is none of the classes.
  fileprivate func trapNoClass(at position: Int, of classCount: Int) -> Never {
    trap(
      "\(LogLikelihood.name): label \(indexPointer[position]) at \(shape.index(of: position)) of shape "
        + "\(shape) is outside 0 ..< \(classCount), the classes")
  }
}

/// log softmax(logits)[label] over the last axis, in nats: the log-likelihood of each of `labels`, `[…]`, under
/// `logits`, `[…, classes]`. What `logSoftmax(logits).takeAlong(…)` gives, without the memory of all classes.
///
/// Traps when the shapes don't fit and, in release builds too, where a label is negative or not below the number
/// of classes.
public func logLikelihood<S: RealScalar>(
  of labels: Tensor<Int32>, under logits: Tensor<S>
) -> Tensor<S> {
  guard logits.rank == labels.rank + 1, logits.shape.removing(labels.rank) == labels.shape else {
    trap(
      "logLikelihood: logits have shape \(logits.shape) and labels \(labels.shape); logits need the "
        + "labels' shape and one more axis, the classes")
  }
  return Tensor(apply(LogLikelihood(), logits.handle, labels.handle))
}
