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
    let plan = TrainingPlan(
      steps: training.stepCount, stepsPerEpoch: training.stepsPerEpoch, unit: "chars",
      lossUnit: "nats per character", title: "char-lm, \(session.settings[Self.cell].rawValue)",
      details: [
        TrainedCharacterModel.vocabularyDetail: String(
          String.UnicodeScalarView(text.vocabulary.characters))
      ])
    let isComplete = try session.train(network, with: training.trainer, plan) {
      try training.takeStep()
    } measure: {
      try training.validationLoss().map {
        Measurement(["validation_loss": $0], summary: "validation \(Self.summary($0))")
      }
    }
    if isComplete {
      let prompt = try text.vocabulary.encode(String(text.vocabulary.characters[0]))
      let sample = network.sample(
        after: prompt, count: 500, temperature: 0.8,
        key: RandomKey(seed: session.settings[CommonOptions.seed]))
      session.note("It writes:\n" + (try text.vocabulary.decode(sample)))
    }
  }
}

/// Training of a character model by truncated backpropagation through time (Williams & Peng, 1990), with the
/// state carried from chunk to chunk: Adam with a cosine decay of the learning rate, gradients clipped to
/// norm 1.
final class CharacterTraining<Network: CharacterNetwork> {
  /// How many steps the whole training has.
  let stepCount: Int
  let network: Network
  let trainer: Trainer<Float>
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
    trainer = Trainer(
      network, Adam(for: network),
      schedule: .cosineDecay(
        from: settings[CharLM.learningRate], warmUp: Swift.min(100, stepCount / 10),
        total: stepCount),
      clippingTo: 1)
    key = RandomKey(seed: settings[CommonOptions.seed]).folding(in: 1)
  }

  var stepsPerEpoch: Int { chunks.count }

  /// One step, on the next chunk of the text.
  func takeStep() throws -> TrainedItems {
    let place = trainer.step % chunks.count
    if place == 0 { state = nil }
    let chunk = chunks[place]
    var next: Network.State?
    let report = try trainer.takeStep {
      let (logits, last) = network(
        chunk.inputTensor, from: state, key: key.folding(in: trainer.step))
      next = stopGradient(last)
      return crossEntropy(logits: logits, labels: chunk.targetTensor)
    }
    state = next
    trainer.carried = next?.tensors ?? []
    return TrainedItems(report, count: chunk.time * chunk.batch)
  }

  /// Nil where the text is too short to hold anything out.
  func validationLoss() throws -> Double? {
    guard validation.count > 1 else { return nil }
    return try CharLM.meanCrossEntropy(of: validation, under: network)
  }

  /// Takes up a training that the trainer saved.
  func restore(from path: String) throws {
    let zeros = network.initialState(batch: chunks.batch)
    try trainer.restore(from: path, carrying: zeros.tensors.map(\.shape))
    state = trainer.carried.isEmpty ? nil : zeros.with(trainer.carried)
  }
}
