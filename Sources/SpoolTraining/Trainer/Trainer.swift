import Spool
import SpoolNN

/// Training of a model step by step: the gradients of a loss, clipped by their global norm, and a step of the
/// optimiser at the schedule's learning rate. It can be saved at any step and taken up again, bit for bit.
///
/// ```swift
/// let trainer = Trainer(model, Adam(for: model), schedule: .constant(0.002), clippingTo: 1)
/// while trainer.step < 1000 {
///   let batch = batches[trainer.step]
///   let report = try trainer.takeStep { crossEntropy(logits: model(batch.inputs), labels: batch.labels) }
/// }
/// try trainer.save(to: "training.safetensors")
/// ```
///
/// Resuming gives the same bits only where a step's batch and random numbers follow from `step`: draw them
/// from `key.folding(in: trainer.step)`.
public final class Trainer<Scalar: RealScalar & SafetensorsScalar> {
  /// What is trained.
  public let parameters: Parameters<Scalar>
  /// What changes the parameters.
  public let optimizer: any Optimizer<Scalar>
  /// The number of steps taken.
  public private(set) var step = 0
  /// Tensors that a step hands to the next one beside the parameters, such as the state of a recurrent network.
  public var carried: [Tensor<Scalar>] = []
  /// What else a run must remember, by names of its own: the best loss so far, the length of a curriculum.
  public var notes: [String: Double] = [:]

  /// The global norm that the gradients are clipped to; nil for no clipping.
  public let clippingLimit: ClippingLimit?
  /// The norms of the gradients of the last steps: 1000, or as many as the clipping needs.
  public private(set) var gradientNorms: GradientNorms

  private let schedule: LearningRateSchedule

  /// A training at its start.
  ///
  /// - Parameters:
  ///   - schedule: the learning rate by step.
  ///   - limit: the global norm that the gradients are clipped to; nil for no clipping.
  public init<M: Module<Scalar>>(
    _ model: M, _ optimizer: any Optimizer<Scalar>, schedule: LearningRateSchedule,
    clippingTo limit: ClippingLimit? = nil
  ) {
    parameters = model.parameters()
    self.optimizer = optimizer
    self.schedule = schedule
    clippingLimit = limit
    gradientNorms = GradientNorms(ofLast: limit?.stepCount ?? 1000)
    guard !parameters.isEmpty else {
      trap("Trainer: \(M.self) has no parameters; mark what it is to learn with @Parameter")
    }
  }

  /// What one step did.
  public struct StepReport: Sendable {
    /// The loss before the step.
    public let loss: Double
    /// The global norm of the gradients, before they were clipped.
    public let gradientNorm: Double
    /// The learning rate of the step.
    public let learningRate: Double
  }

  /// Takes one step along the gradients of `loss`.
  ///
  /// Throws what `loss` throws, `NonFiniteGradients` and `NonFiniteLoss`; then parameters, optimiser and `step` are as before.
  @discardableResult
  public func takeStep(_ loss: () throws -> Tensor<Scalar>) throws -> StepReport {
    var (value, gradients) = try valueAndGradient(of: parameters, loss)
    let limit = clippingLimit?.value(for: gradients.globalNorm, after: gradientNorms)
    let norm = try gradients.clip(toNorm: limit ?? .greatestFiniteMagnitude).before
    guard value.scalar.isFinite else { throw NonFiniteLoss(loss: value.scalar.asDouble) }
    optimizer.learningRate = schedule(step)
    optimizer.update(with: gradients)
    gradientNorms.append(norm)
    step += 1
    return StepReport(
      loss: value.scalar.asDouble, gradientNorm: norm, learningRate: optimizer.learningRate)
  }

  /// Writes all that resuming needs to the safetensors file at `path`, which is replaced as a whole.
  public func save(to path: String) throws(SafetensorsError) {
    var metadata = ["step": String(step)]
    for (name, value) in notes { metadata[Self.notePrefix + name] = "\(value)" }
    var checkpoint = Checkpoint(metadata: metadata)
    checkpoint.add(parameters, prefix: "model.")
    checkpoint.add(optimizer, prefix: "optimizer.")
    checkpoint.add(Tensor<Double>(gradientNorms.values), named: Self.normsName)
    for (place, tensor) in carried.enumerated() {
      checkpoint.add(tensor, named: "carried.\(place)")
    }
    try checkpoint.write(to: path)
  }

  /// Takes up the training that `save` wrote to the file at `path`.
  ///
  /// Throws where the file cannot be read, is not of a training, or does not fit the model.
  ///
  /// - Parameter shapes: those of the tensors in `carried`, where there are any.
  public func restore(from path: String, carrying shapes: [Shape] = []) throws {
    let file = try SafetensorsFile(path: path)
    let metadata = file.header.metadata
    guard let text = metadata["step"], let done = Int(text), done >= 0 else {
      throw NotATraining(path: path)
    }
    let norms: Tensor<Double> = try file.tensor(Self.normsName)
    let isCarrying = file.header["carried.0"] != nil
    let tensors: [Tensor<Scalar>] = try (isCarrying ? shapes : []).enumerated().map {
      try file.tensor("carried.\($0)", shape: $1)
    }
    try file.assign(to: parameters, prefix: "model.")
    try file.assign(to: optimizer, prefix: "optimizer.")
    carried = tensors
    gradientNorms = GradientNorms(norms.scalars, ofLast: gradientNorms.capacity)
    notes = [:]
    for (name, value) in metadata where name.text.hasPrefix(Self.notePrefix) {
      notes[String(name.text.dropFirst(Self.notePrefix.count))] = Double(value)
    }
    step = done
  }

  private static var notePrefix: String { "note." }
  private static var normsName: String { "gradientNorms" }
}

/// A loss that is NaN or infinite although all its gradients are finite.
public struct NonFiniteLoss: Error, CustomStringConvertible {
  /// The loss.
  public let loss: Double

  /// What it is, and the repair.
  public var description: String {
    "the loss is \(loss), though its gradients are finite; run the step under detectingAnomalies to see where "
      + "it arose"
  }
}

/// A file that is not the state of a training.
private struct NotATraining: Error, CustomStringConvertible {
  let path: String
  var description: String {
    "\(path.escapedForDisplay) does not say how many steps are done; start a new run"
  }
}
