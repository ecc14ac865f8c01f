import Spool
import SpoolNN

/// A problem whose answer depends on inputs that lie long back.
protocol MemoryProblem {
  /// The number of features of an input.
  var inputSize: Int { get }
  /// The time steps of a sequence.
  var time: Int { get }
  /// The number of features of an answer.
  var outputSize: Int { get }
  /// What is counted in training, as in `images/s`.
  var unit: String { get }
  /// The loss of who ignores what lies back, for comparison; nil where it is not known.
  var baseline: Double? { get }

  /// The batch to learn from at each step.
  func trainingBatches(of size: Int, key: RandomKey) -> (_ step: Int) -> MemoryBatch
  /// Batches of examples that are not learnt from, the same at every call.
  func testBatches() -> [MemoryBatch]
}

/// A problem whose examples are drawn, without end.
protocol DrawnMemoryProblem: MemoryProblem {
  /// Examples that follow from the key.
  func batch(_ size: Int, key: RandomKey) -> MemoryBatch
}

extension DrawnMemoryProblem {
  func trainingBatches(of size: Int, key: RandomKey) -> (_ step: Int) -> MemoryBatch {
    { batch(size, key: key.folding(in: $0)) }
  }

  /// A thousand sequences, of which no more side by side than a machine with little memory holds.
  func testBatches() -> [MemoryBatch] {
    let all = batch(1000, key: RandomKey(seed: 0).folding(in: 1))
    return stride(from: 0, to: 1000, by: 100).map { all[$0..<($0 + 100)] }
  }
}

/// Sequences and the answers to them.
struct MemoryBatch {
  /// `[time, batch, inputs]`.
  let inputs: Tensor<Float>
  let answers: Answers

  enum Answers {
    /// `[batch, 1]`, measured by the squared error.
    case numbers(Tensor<Float>)
    /// Classes of the last steps, `[steps, batch]`, measured by the cross-entropy.
    case classes(Tensor<Int32>)
  }

  /// How many answers there are.
  var count: Int {
    switch answers {
    case .numbers(let numbers): numbers.count
    case .classes(let classes): classes.count
    }
  }

  /// Some of the sequences.
  subscript(items: Range<Int>) -> MemoryBatch {
    let answers: Answers =
      switch answers {
      case .numbers(let numbers): .numbers(numbers[items])
      case .classes(let classes): .classes(classes[.all, items])
      }
    return MemoryBatch(inputs: inputs[.all, items], answers: answers)
  }

  /// The mean loss of a model.
  func loss(_ model: some SequenceModel<Float>) -> Tensor<Float> {
    switch answers {
    case .numbers(let numbers): meanSquaredError(model(inputs, answers: 1)[0], numbers)
    case .classes(let classes):
      crossEntropy(logits: model(inputs, answers: classes.shape[0]), labels: classes)
    }
  }

  /// The mean loss of a model, and the share of answers that are right: classes that are the likeliest, numbers
  /// that are less than 0.04 off (Hochreiter & Schmidhuber, 1997).
  func score(_ model: some SequenceModel<Float>) -> MemoryScore {
    let outputs: Tensor<Float>
    let isRight: Tensor<Bool>
    let loss: Tensor<Float>
    switch answers {
    case .numbers(let numbers):
      outputs = model(inputs, answers: 1)[0]
      isRight = abs(outputs - numbers) .< 0.04
      loss = meanSquaredError(outputs, numbers)
    case .classes(let classes):
      outputs = model(inputs, answers: classes.shape[0])
      isRight = outputs.argmax(-1) .== classes
      loss = crossEntropy(logits: outputs, labels: classes)
    }
    let right = isRight.scalars.count { $0 }
    return MemoryScore(loss: Double(loss.scalar), accuracy: Double(right) / Double(count))
  }
}

/// How well a model answers.
struct MemoryScore {
  let loss: Double
  let accuracy: Double

  /// Over all of `batches`, each answer counting the same.
  ///
  /// - Parameter progress: is told the fraction that is done.
  init(
    _ model: some SequenceModel<Float>, on batches: [MemoryBatch],
    progress: (Double) -> Void = { _ in }
  ) {
    let count = Double(batches.reduce(0) { $0 + $1.count })
    let scores = batches.enumerated().map { place, batch in
      defer { progress(Double(place + 1) / Double(batches.count)) }
      return (score: batch.score(model), share: Double(batch.count) / count)
    }
    loss = scores.reduce(0) { $0 + $1.score.loss * $1.share }
    accuracy = scores.reduce(0) { $0 + $1.score.accuracy * $1.share }
  }

  fileprivate init(loss: Double, accuracy: Double) {
    self.loss = loss
    self.accuracy = accuracy
  }
}
