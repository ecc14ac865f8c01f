import Spool
import SpoolNN
import SpoolTraining

extension AlgorithmTask {
  /// Adam at a rate that falls along half a cosine to a tenth of it, with gradients clipped to a norm of 10.
  static func trainer(of model: some Module<Float>, rate: Double, steps: Int) -> Trainer<Float> {
    Trainer(
      model, Adam(for: model),
      schedule: .cosineDecay(from: rate, to: rate / 10, total: steps), clippingTo: 10)
  }
}

extension TrainingSession {
  /// Trains `network` on sequences of random sizes, new ones at each step.
  func train(
    _ network: some BitNetwork, on task: AlgorithmTask, steps: Int, title: String
  ) throws {
    let batch = settings[AlgorithmOptions.batch] ?? task.batch
    let key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 1)
    let trainer = AlgorithmTask.trainer(
      of: network, rate: settings[AlgorithmOptions.learningRate], steps: steps)
    if isResuming { try trainer.restore(from: folder.training) }
    let plan = TrainingPlan(
      steps: steps, unit: "sequences", lossUnit: "nats per bit", title: title)
    let isComplete = try train(network, with: trainer, plan) {
      let sequences = task.sequences(batch: batch, key: key.folding(in: trainer.step))
      return TrainedItems(try trainer.takeStep { network.loss(on: sequences) }, count: batch)
    } measure: {
      let accuracy = AlgorithmAccuracy(of: network, on: task, size: task.sizes.upperBound)
      return Measurement(["wrong_bits": accuracy.meanWrongBits], summary: accuracy.description)
    }
    guard isComplete else { return }
    note("\(network.parameterCount) parameters")
    for size in task.measuredSizes {
      note(AlgorithmAccuracy(of: network, on: task, size: size).description)
    }
  }
}
