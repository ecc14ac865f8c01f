import Foundation
import Spool
import SpoolData

/// `copy-memory`: repeats symbols after a long pause.
struct CopyMemory: LongMemoryModel {
  let name = "copy-memory"
  let task = "remember ten symbols through a long pause, and repeat them"
  let embeddedData = "random sequences"
  let reference =
    "Arjovsky et al. (2016): LSTM stays at the memoryless cross-entropy for pauses of 100 steps and more"
  let result = "a pause of 30 steps, LSTM: 0.24 nats per symbol, where guessing costs 2.08"
  let lossName = "nats per symbol"

  static let delay = Option.integer(
    "delay", default: 30, in: 1...100_000, help: "steps between the symbols and the answer")
  static let symbols = Option.integer(
    "symbols", default: 10, in: 1...1000, help: "how many symbols to remember")
  static let defaults = LongMemoryDefaults(
    hidden: 128, steps: 6000, batch: 32, learningRate: 0.002)
  let problemOptions = [delay.declaration, symbols.declaration]
  let timeOption: Option<Int>? = delay

  func problem(_ settings: Settings) -> any MemoryProblem {
    Problem(
      generator: DelayedCopy(count: settings[Self.symbols], delay: settings[Self.delay]))
  }

  private struct Problem: DrawnMemoryProblem {
    let generator: DelayedCopy
    let inputSize = DelayedCopy.inputSize
    let outputSize = DelayedCopy.symbols
    var time: Int { generator.time }
    let unit = "sequences"
    let baseline: Double? = log(Double(DelayedCopy.symbols))

    func batch(_ size: Int, key: RandomKey) -> MemoryBatch {
      let (inputs, targets) = generator.batch(size, key: key)
      return MemoryBatch(
        inputs: oneHot(inputs, depth: inputSize), answers: .classes(targets))
    }
  }
}
