import Spool

/// The value of a loss and its gradients by the parameters of `model`, from one run of `loss`:
///
///     let (loss, gradients) = valueAndGradient(of: model) { crossEntropy(logits: model(x), labels: y) }
///
/// While `loss` runs, the model's parameters are tensors of a gradient scope; afterwards they are what they
/// were, also when `loss` throws. Scopes nest, so the gradient of a gradient is written as such. A
/// tensor that is to outlive the scope, such as a state carried over, leaves it as `stopGradient(state)`.
public func valueAndGradient<M: Module, R: RealScalar>(
  of model: M, _ loss: () throws -> Tensor<R>
) rethrows -> (value: Tensor<R>, gradients: Gradients<M.Scalar>) {
  try valueAndGradient(of: model.parameters(), loss)
}

/// The value of a loss and its gradients by `parameters`: the same for a collection of parameters found
/// before, which saves looking for them at each step of training.
public func valueAndGradient<S: RealScalar, R: RealScalar>(
  of parameters: Parameters<S>, _ loss: () throws -> Tensor<R>
) rethrows -> (value: Tensor<R>, gradients: Gradients<S>) {
  let trainable = parameters.trainable
  let (value, found) = try valueAndGradients(at: trainable.values) { leaves in
    try trainable.withValues(leaves, loss)
  }
  let gradients = parameters.map { entry in
    trainable.place(of: entry.parameter).flatMap { found[$0] }
  }
  return (value, Gradients(of: parameters, gradients))
}

/// The gradient by one parameter of a model, where the tape and central differences disagree.
public struct ParameterGradientMismatch: Error, CustomStringConvertible, Sendable {
  /// The parameter's name.
  public let name: String
  /// The element and the numbers.
  public let mismatch: GradientMismatch

  /// One line with all of it.
  public var description: String { "\(name): \(mismatch)" }
}

/// Compares the gradients of a loss by every parameter of `model`, trainable or not, with central
/// differences, as `checkGradients(at:)` does for tensors.
///
/// Throws `ParameterGradientMismatch`, which names the parameter and the element, where they disagree.
public func checkGradients<M: Module, R: RealScalar>(
  of model: M, order: Int = 1, absoluteTolerance: Double? = nil,
  relativeTolerance: Double? = nil, step: Double? = nil, elementLimit: Int = 512,
  seed: UInt64 = 0, _ loss: () throws -> Tensor<R>
) throws {
  let parameters = model.parameters()
  do {
    try checkGradients(
      at: parameters.values, order: order, absoluteTolerance: absoluteTolerance,
      relativeTolerance: relativeTolerance, step: step, elementLimit: elementLimit, seed: seed
    ) { try parameters.withValues($0, loss) }
  } catch let mismatch as GradientMismatch where mismatch.input < parameters.count {
    throw ParameterGradientMismatch(name: parameters[mismatch.input].name, mismatch: mismatch)
  }
}
