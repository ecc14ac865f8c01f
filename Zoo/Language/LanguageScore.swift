import Foundation
import Spool
import SpoolData
import SpoolNN

extension LanguageNetwork {
  /// The mean cross-entropy of `tokens` under the model, in nats per token: read in `batch` streams side by
  /// side, each from the zero state, with the state carried along all of its length.
  ///
  /// Throws where there are too few tokens for that many streams.
  ///
  /// - Parameter progress: is told the fraction that is done.
  func meanCrossEntropy(
    of tokens: [Int32], batch: Int, time: Int, progress: (Double) -> Void = { _ in }
  ) throws -> Double {
    let chunks = try ContiguousBatches(tokens, batch: batch, time: time)
    var state: State?
    var sum = 0.0
    for (place, chunk) in chunks.enumerated() {
      let (logits, next) = self(chunk.inputTensor, from: state, key: nil)
      sum += Double(
        crossEntropy(logits: logits, labels: chunk.targetTensor, reduction: .sum).scalar)
      state = next
      progress(Double(place + 1) / Double(chunks.count))
    }
    return sum / Double(chunks.tokensPerEpoch)
  }
}

extension ContiguousBatches.Chunk {
  /// `[time, batch]`.
  var inputTensor: Tensor<Int32> { Tensor(shape: [time, batch], inputs) }
  /// `[time, batch]`.
  var targetTensor: Tensor<Int32> { Tensor(shape: [time, batch], targets) }
}
