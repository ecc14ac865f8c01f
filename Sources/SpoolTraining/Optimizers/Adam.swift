import CKernels
import Foundation
import Spool
import SpoolNN

/// How an optimiser shrinks weights.
public enum WeightDecay: Sendable {
  /// No decay.
  case none
  /// λ times the value is added to the gradient: the derivative of ½ λ ‖w‖² (L2 regularisation).
  case coupled(Double)
  /// The value shrinks by the factor 1 − rate · λ in each step, past the moments (AdamW; Loshchilov & Hutter,
  /// 2019).
  case decoupled(Double)

  var coupledRate: Double { if case .coupled(let rate) = self { rate } else { 0 } }
  var decoupledRate: Double { if case .decoupled(let rate) = self { rate } else { 0 } }
}

/// Adam (Kingma & Ba, 2015), with bias correction; with `.decoupled` weight decay it is AdamW:
///
///     m = β₁ m + (1 − β₁) g    v = β₂ v + (1 − β₂) g²
///     w = w − rate · (m / (1 − β₁ᵗ)) / (√(v / (1 − β₂ᵗ)) + ε)
public final class Adam<Scalar: RealScalar>: Optimizer {
  /// The tensors kept for each parameter: the running means of the gradient and of its square.
  public let slotNames = ["firstMoment", "secondMoment"]
  /// What the optimiser changes.
  public let parameters: Parameters<Scalar>
  /// What is kept for each parameter.
  public var slots: [OptimizerSlot<Scalar>]
  /// The length of a step.
  public var learningRate: Double
  /// β₁, the weight of the past in the mean of the gradient.
  public let beta1: Double
  /// β₂, the weight of the past in the mean of its square.
  public let beta2: Double
  /// ε, which bounds the step where gradients vanish.
  public let epsilon: Double
  /// How weights shrink.
  public let weightDecay: WeightDecay

  /// An optimiser of the parameters of `model`. Traps when a setting makes no sense.
  public init(
    for model: some Module<Scalar>, learningRate: Double = 0.001, beta1: Double = 0.9,
    beta2: Double = 0.999, epsilon: Double = 1e-8, weightDecay: WeightDecay = .none
  ) {
    requireSetting(learningRate, "learningRate", in: 0..<Double.infinity, of: Self.self)
    requireSetting(beta1, "beta1", in: 0..<1, of: Self.self)
    requireSetting(beta2, "beta2", in: 0..<1, of: Self.self)
    requireSetting(epsilon, "epsilon", in: 0..<Double.infinity, of: Self.self)
    let decay = weightDecay.coupledRate + weightDecay.decoupledRate
    requireSetting(decay, "weightDecay", in: 0..<Double.infinity, of: Self.self)
    parameters = model.parameters()
    slots = parameters.map { OptimizerSlot(for: $0.parameter, count: 2) }
    self.learningRate = learningRate
    self.beta1 = beta1
    self.beta2 = beta2
    self.epsilon = epsilon
    self.weightDecay = weightDecay
  }

  /// Changes one parameter, and its moments.
  public func step(
    _ value: inout Tensor<Scalar>, gradient: Tensor<Scalar>, slot: inout OptimizerSlot<Scalar>
  ) {
    let count = Double(slot.stepCount)
    var rule = spool_adam(
      learning_rate: learningRate, beta1: beta1, beta2: beta2, epsilon: epsilon,
      first_correction: 1 - Foundation.pow(beta1, count),
      second_correction: 1 - Foundation.pow(beta2, count),
      coupled_decay: weightDecay.coupledRate, decoupled_decay: weightDecay.decoupledRate)
    let size = value.count
    // Taken out of the slot, so that each is the only reference to its memory and changes in place.
    var second = slot.tensors.removeLast()
    var first = slot.tensors.removeLast()
    value.withUnsafeStep(along: gradient) { value, gradient in
      first.withUnsafeMemory { first in
        second.withUnsafeMemory { second in
          spool_adam_step(Scalar.kernelType, size, &rule, value, gradient, first, second)
        }
      }
    }
    slot.tensors += [first, second]
  }
}
