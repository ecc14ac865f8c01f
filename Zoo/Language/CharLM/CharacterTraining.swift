import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolTraining

extension CharLM {
  func train(_ session: TrainingSession) throws {
    let settings = session.settings
    let text = try CharacterText(path: settings[Self.data])
    let network = settings[Self.cell].model(
      CharacterModelSizes(vocabulary: text.vocabulary.count, settings),
      key: RandomKey(seed: settings[CommonOptions.seed]).folding(in: 0))
    try train(network, on: text, session)
  }

  private func train(
    _ network: some CharacterNetwork, on text: CharacterText, _ session: TrainingSession
  ) throws {
    let training = try CharacterTraining(network, on: text, session.settings)
    if session.isResuming { try training.restore(from: session.folder.training) }
    try session.start(
      steps: training.stepCount, stepsDone: training.step, unit: "chars",
      lossUnit: "nats per character", title: "char-lm, \(session.settings[Self.cell].rawValue)",
      details: [
        TrainedCharacterModel.vocabularyDetail: String(
          String.UnicodeScalarView(text.vocabulary.characters))
      ])
    while training.step < training.stepCount, !session.shouldStop {
      let loss = try training.takeStep()
      try session.record(
        step: training.step, stage: training.stage, loss: loss.loss, items: loss.characters,
        values: ["gradient_norm": loss.gradientNorm, "learning_rate": loss.learningRate])
      if training.isEpochDone || training.step == training.stepCount {
        try measure(training, session)
      }
    }
    try training.save(to: session.folder)
    if training.step == training.stepCount {
      let prompt = try text.vocabulary.encode(String(text.vocabulary.characters[0]))
      let sample = network.sample(
        after: prompt, count: 500, temperature: 0.8,
        key: RandomKey(seed: session.settings[CommonOptions.seed]))
      session.note("It writes:\n" + (try text.vocabulary.decode(sample)))
    }
  }

  private func measure(
    _ training: CharacterTraining<some CharacterNetwork>, _ session: TrainingSession
  ) throws {
    guard let loss = try training.validationLoss() else { return }
    try session.record(step: training.step, values: ["validation_loss": loss])
    session.note("\(training.stage): validation \(Self.summary(loss))")
    try training.save(to: session.folder)
  }
}

/// Training of a character model by truncated backpropagation through time (Williams & Peng, 1990), with the
/// state carried from chunk to chunk: Adam with a cosine decay of the learning rate, gradients clipped to
/// norm 1.
final class CharacterTraining<Network: CharacterNetwork> {
  /// How many steps the whole training has.
  let stepCount: Int
  /// How many are done.
  private(set) var step = 0

  let network: Network
  private let parameters: Parameters<Float>
  private let optimizer: Adam<Float>
  private let schedule: LearningRateSchedule
  private let chunks: ContiguousBatches
  private let validation: [Int32]
  private let key: RandomKey
  private var state: Network.State?

  init(_ network: Network, on text: CharacterText, _ settings: Settings) throws {
    self.network = network
    do {
      chunks = try ContiguousBatches(
        text.training, batch: settings[CharLM.batch], time: settings[CharLM.time])
    } catch {
      throw CharacterText.InText(source: text.source, problem: error)
    }
    validation = text.validation
    let epochs = settings[CharLM.epochs] ?? (settings[CharLM.data] == nil ? 12 : 24)
    stepCount = settings[CharLM.steps] ?? epochs * chunks.count
    parameters = network.parameters()
    optimizer = Adam(for: network, learningRate: settings[CharLM.learningRate])
    schedule = .cosineDecay(
      from: settings[CharLM.learningRate], warmUp: Swift.min(100, stepCount / 10),
      total: stepCount)
    key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 1)
  }

  /// "epoch 3/30".
  var stage: String {
    let epoch = Swift.max(step - 1, 0) / chunks.count + 1
    return "epoch \(epoch)/\((stepCount + chunks.count - 1) / chunks.count)"
  }

  var isEpochDone: Bool { step % chunks.count == 0 }

  /// One step, on the next chunk of the text.
  func takeStep() throws -> (
    loss: Double, characters: Int, gradientNorm: Double, learningRate: Double
  ) {
    let place = step % chunks.count
    if place == 0 { state = nil }
    let chunk = chunks[place]
    var next: Network.State?
    var (loss, gradients) = valueAndGradient(of: parameters) {
      let (logits, last) = network(chunk.inputTensor, from: state, key: key.folding(in: step))
      next = stopGradient(last)
      return crossEntropy(logits: logits, labels: chunk.targetTensor)
    }
    let norm = try gradients.clip(toNorm: 1).before
    optimizer.learningRate = schedule(step)
    optimizer.update(with: gradients)
    state = next
    step += 1
    return (
      Double(loss.scalar), chunk.time * chunk.batch, norm, optimizer.learningRate
    )
  }

  /// Nil where the text is too short to hold anything out.
  func validationLoss() throws -> Double? {
    guard validation.count > 1 else { return nil }
    return try CharLM.meanCrossEntropy(of: validation, under: network)
  }

  /// Saves all that resuming needs in `training.safetensors`, then the model alone.
  func save(to folder: RunFolder) throws {
    var checkpoint = Checkpoint(metadata: ["step": String(step)])
    checkpoint.add(parameters, prefix: "model.")
    checkpoint.add(optimizer, prefix: "adam.")
    if let state {
      for (i, tensor) in tensors(of: state).enumerated() {
        checkpoint.add(tensor, named: "state.\(i)")
      }
    }
    try checkpoint.write(to: folder.training)
    try SpoolTraining.save(network, to: folder.model)
  }

  /// Takes up a training that `save` saved.
  func restore(from path: String) throws {
    let file = try SafetensorsFile(path: path)
    guard let text = file.header.metadata["step"], let done = Int(text), done >= 0 else {
      throw NotATraining(path: path)
    }
    try file.assign(to: parameters, prefix: "model.")
    try file.assign(to: optimizer, prefix: "adam.")
    if file.header["state.0"] != nil {
      let zeros = network.initialState(batch: chunks.batch)
      var values = try tensors(of: zeros).enumerated().map { i, zero in
        try file.tensor("state.\(i)", shape: zero.shape, as: Float.self)
      }.makeIterator()
      state = zeros.map { _ in values.next()! }
    }
    step = done
  }

  private func tensors(of state: Network.State) -> [Tensor<Float>] {
    var result: [Tensor<Float>] = []
    _ = state.map { tensor in
      result.append(tensor)
      return tensor
    }
    return result
  }
}

/// A file that is not the state of a training.
private struct NotATraining: Error, CustomStringConvertible {
  let path: String
  var description: String {
    "\(path.escapedForDisplay) does not say how many steps are done; start a new run"
  }
}
