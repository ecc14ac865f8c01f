import CKernels
import Spool
import SpoolNN

/// Stochastic gradient descent: w = w − rate · g, with momentum (Polyak, 1964) along a velocity instead:
///
///     v = μ v + g    w = w − rate · v        or, after Nesterov (1983),    w = w − rate · (g + μ v)
public final class SGD<Scalar: RealScalar>: Optimizer {
  /// The tensors kept for each parameter: with momentum, the velocity.
  public let slotNames: [String]
  /// What the optimiser changes.
  public let parameters: Parameters<Scalar>
  /// What is kept for each parameter.
  public var slots: [OptimizerSlot<Scalar>]
  /// The length of a step.
  public var learningRate: Double
  /// μ, the part of the velocity that stays from step to step; 0 for none.
  public let momentum: Double
  /// Whether the gradient counts as if taken a step ahead.
  public let nesterov: Bool
  /// λ; λ w is added to the gradient (L2 regularisation).
  public let weightDecay: Double

  /// An optimiser of the parameters of `model`. Traps when a setting makes no sense.
  public init(
    for model: some Module<Scalar>, learningRate: Double, momentum: Double = 0,
    nesterov: Bool = false, weightDecay: Double = 0
  ) {
    requireSetting(learningRate, "learningRate", in: 0..<Double.infinity, of: Self.self)
    requireSetting(momentum, "momentum", in: 0..<1, of: Self.self)
    requireSetting(weightDecay, "weightDecay", in: 0..<Double.infinity, of: Self.self)
    guard momentum > 0 || !nesterov else { trap("\(Self.self): nesterov needs a momentum above 0") }
    let slotNames = momentum > 0 ? ["velocity"] : []
    parameters = model.parameters()
    slots = parameters.map { OptimizerSlot(for: $0.parameter, count: slotNames.count) }
    self.slotNames = slotNames
    self.learningRate = learningRate
    self.momentum = momentum
    self.nesterov = nesterov
    self.weightDecay = weightDecay
  }

  /// Changes one parameter, and its velocity.
  public func step(
    _ value: inout Tensor<Scalar>, gradient: Tensor<Scalar>, slot: inout OptimizerSlot<Scalar>
  ) {
    var rule = spool_descent(
      learning_rate: learningRate, momentum: momentum, decay: weightDecay, nesterov: nesterov)
    let size = value.count
    value.withUnsafeStep(along: gradient) { value, gradient in
      guard momentum > 0 else {
        spool_descent_step(Scalar.kernelType, size, &rule, value, gradient, nil)
        return
      }
      slot.tensors[0].withUnsafeMemory { velocity in
        spool_descent_step(Scalar.kernelType, size, &rule, value, gradient, velocity)
      }
    }
  }
}
