import Spool
import SpoolData
import SpoolNN
import SpoolTraining

/// Training of a language model by truncated backpropagation through time (Williams & Peng, 1990): the text is
/// read in streams side by side, chunk by chunk; the state is carried from one chunk to the next, gradients
/// are not.
final class LanguageTraining<Network: LanguageNetwork> {
  let network: Network
  let trainer: Trainer<Float>
  private let chunks: ContiguousBatches
  private let key: RandomKey
  private var state: Network.State?

  /// - Parameter key: the key of the dropout.
  init(
    _ network: Network, on chunks: ContiguousBatches, with trainer: Trainer<Float>, key: RandomKey
  ) {
    self.network = network
    self.trainer = trainer
    self.chunks = chunks
    self.key = key
  }

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

  /// Takes up a training that the trainer saved.
  func restore(from path: String) throws {
    let zeros = network.initialState(batch: chunks.batch)
    try trainer.restore(from: path, carrying: zeros.tensors.map(\.shape))
    state = trainer.carried.isEmpty ? nil : zeros.with(trainer.carried)
  }
}
