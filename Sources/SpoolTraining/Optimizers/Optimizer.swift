import Spool
import SpoolNN

/// A rule that changes the parameters of a model step by step along their gradients: `SGD`, `Adam`.
///
/// ```swift
/// let optimizer = Adam(for: model, learningRate: 0.002)
/// for step in 0..<steps {
///   let (loss, gradients) = valueAndGradient(of: model) { … }
///   optimizer.learningRate = schedule(step)
///   optimizer.update(with: try gradients.clipped(toNorm: 1))
/// }
/// ```
///
/// A rule of one's own says which tensors it keeps for each parameter and how it changes one parameter;
/// the loop over the parameters is here.
public protocol Optimizer<Scalar>: AnyObject {
  /// The scalar type of the parameters.
  associatedtype Scalar: RealScalar

  /// The names of the tensors kept for each parameter between steps.
  var slotNames: [String] { get }
  /// What the optimiser changes.
  var parameters: Parameters<Scalar> { get }
  /// What is kept for each parameter, in the order of `parameters`.
  var slots: [OptimizerSlot<Scalar>] { get set }
  /// The length of a step; may be set before any step.
  var learningRate: Double { get set }

  /// Changes one parameter along its gradient. `slot.stepCount` is 1 in the parameter's first step.
  func step(
    _ value: inout Tensor<Scalar>, gradient: Tensor<Scalar>, slot: inout OptimizerSlot<Scalar>)
}

/// What an optimiser keeps for one parameter between steps.
public struct OptimizerSlot<Scalar: RealScalar>: Sendable {
  /// The number of steps that changed the parameter so far.
  public var stepCount = 0
  /// Tensors in the shape of the parameter, in the order of the optimiser's `slotNames`.
  public var tensors: [Tensor<Scalar>]

  /// A slot before the first step: `count` tensors of zeros in the shape of `parameter`.
  public init(for parameter: Parameter<Scalar>, count: Int) {
    tensors = (0..<count).map { _ in .zeros(parameter.value.shape) }
  }
}

extension Optimizer {
  /// Takes one step: changes every parameter that has a gradient.
  ///
  /// Traps when the gradients were not taken by the optimiser's parameters. They may have been taken by
  /// more, so that several optimisers can share the parts of a model.
  public func update(with gradients: Gradients<Scalar>) {
    for (place, entry) in parameters.enumerated() {
      guard let gradient = gradients[entry.parameter] else { continue }
      entry.parameter.withMutableValue { value in
        slots[place].stepCount += 1
        step(&value, gradient: gradient, slot: &slots[place])
      }
    }
  }
}

extension Tensor where Scalar: RealScalar {
  /// Calls `body` with the memory of this tensor, which it changes, and of `gradient`.
  mutating func withUnsafeStep(
    along gradient: Tensor, _ body: (UnsafeMutableRawPointer, UnsafeRawPointer) -> Void
  ) {
    withUnsafeMutableScalars { value in
      gradient.withUnsafeScalars { gradient in
        guard let value = value.baseAddress, let gradient = gradient.baseAddress else { return }
        body(UnsafeMutableRawPointer(value), UnsafeRawPointer(gradient))
      }
    }
  }

  /// Calls `body` with the memory of this tensor, which it changes.
  mutating func withUnsafeMemory(_ body: (UnsafeMutableRawPointer) -> Void) {
    withUnsafeMutableScalars { scalars in
      guard let start = scalars.baseAddress else { return }
      body(UnsafeMutableRawPointer(start))
    }
  }
}

/// Traps when a setting of an optimiser lies outside the range where it makes sense.
func requireSetting(_ value: Double, _ name: String, in range: Range<Double>, of rule: Any.Type) {
  guard range.contains(value) else {
    trap("\(rule): \(name) is \(value), outside \(range)")
  }
}
