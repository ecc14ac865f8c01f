import Spool

/// The gradients of a loss by the parameters of a model: one for each, in the parameter's shape, or
/// nil for a parameter that the loss does not depend on, or that is not trainable.
public struct Gradients<Scalar: RealScalar>: Sendable {
  /// What these are the gradients by.
  public let parameters: Parameters<Scalar>
  /// The gradients, in the order of `parameters`.
  public private(set) var tensors: [Tensor<Scalar>?]

  /// Traps when there are not as many gradients as parameters, or one has another shape than its parameter.
  public init(of parameters: Parameters<Scalar>, _ tensors: [Tensor<Scalar>?]) {
    guard tensors.count == parameters.count else {
      trap("Gradients: \(tensors.count) tensors for \(parameters.count) parameters")
    }
    for (entry, tensor) in zip(parameters, tensors) {
      guard let tensor, tensor.shape != entry.parameter.value.shape else { continue }
      trap(
        "Gradients: the gradient of \(entry.name) has shape \(tensor.shape), but the parameter has "
          + "shape \(entry.parameter.value.shape)")
    }
    self.parameters = parameters
    self.tensors = tensors
  }

  /// The gradient by `parameter`, `gradients[model.$weight]`. Traps when the parameter is not one of those
  /// that the gradients were taken by. Assigning replaces it.
  public subscript(parameter: Parameter<Scalar>) -> Tensor<Scalar>? {
    get { tensors[place(of: parameter)] }
    set {
      let place = place(of: parameter)
      if let newValue, newValue.shape != parameter.value.shape {
        trap(
          "Gradients: the gradient of \(parameters[place].name) would have shape "
            + "\(newValue.shape), but the parameter has shape \(parameter.value.shape)")
      }
      tensors[place] = newValue
    }
  }

  private func place(of parameter: Parameter<Scalar>) -> Int {
    guard let place = parameters.place(of: parameter) else {
      trap(
        "Gradients: a parameter of shape \(parameter.value.shape) is not one of those the gradients "
          + "were taken by")
    }
    return place
  }

  /// Each gradient changed by `transform`, which must keep its shape.
  public func map(_ transform: (Tensor<Scalar>) -> Tensor<Scalar>) -> Gradients {
    Gradients(of: parameters, tensors.map { $0.map(transform) })
  }

  /// Each gradient times `factor`.
  public func scaled(by factor: Scalar) -> Gradients { map { $0 * factor } }

  /// The sums of gradients by the same parameters, as several small batches accumulate them. Where one is
  /// nil, the sum is the other. Traps when the parameters are not the same.
  public static func + (a: Gradients, b: Gradients) -> Gradients {
    guard a.parameters.areSame(as: b.parameters) else {
      trap("Gradients: the two summands belong to different parameters")
    }
    let sums = zip(a.tensors, b.tensors).map { x, y in
      guard let x, let y else { return x ?? y }
      return x + y
    }
    return Gradients(of: a.parameters, sums)
  }

  /// Adds the gradients of another batch.
  public static func += (a: inout Gradients, b: Gradients) { a = a + b }
}
