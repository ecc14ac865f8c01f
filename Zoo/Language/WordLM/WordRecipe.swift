import SpoolTraining

/// How Zaremba, Sutskever & Vinyals (2014) train their models of the Penn Treebank: stochastic gradient descent
/// at a constant rate for some epochs, then at a rate that falls from epoch to epoch.
///
/// They add up the losses of a chunk's time steps, which are averaged here; a rate of 1 and a clipping norm of
/// 5 there are a rate of `time` and a norm of 5 / `time` here, step for step.
struct WordRecipe {
  let hidden: Int
  let time: Int
  let dropout: Double
  let initialBound: Double
  let epochs: Int
  /// The epochs before the rate begins to fall.
  let constantEpochs: Int
  /// What the rate is divided by at each epoch after them.
  let decay: Double

  enum Size: String, CaseIterable {
    case small, medium
  }

  init(_ size: Size) {
    switch size {
    case .small:
      self.init(
        hidden: 200, time: 20, dropout: 0, initialBound: 0.1, epochs: 13, constantEpochs: 4,
        decay: 2)
    case .medium:
      self.init(
        hidden: 650, time: 35, dropout: 0.5, initialBound: 0.05, epochs: 39, constantEpochs: 6,
        decay: 1.2)
    }
  }

  private init(
    hidden: Int, time: Int, dropout: Double, initialBound: Double, epochs: Int, constantEpochs: Int,
    decay: Double
  ) {
    self.hidden = hidden
    self.time = time
    self.dropout = dropout
    self.initialBound = initialBound
    self.epochs = epochs
    self.constantEpochs = constantEpochs
    self.decay = decay
  }

  /// The rate for a mean over `time` steps.
  func schedule(time: Int, stepsPerEpoch: Int) -> LearningRateSchedule {
    .exponentialDecay(
      from: Double(time), by: decay, every: stepsPerEpoch,
      after: (constantEpochs - 1) * stepsPerEpoch)
  }

  /// The clipping norm for a mean over `time` steps.
  func clippingNorm(time: Int) -> Double { 5 / Double(time) }
}
