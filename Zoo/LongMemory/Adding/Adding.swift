import Spool
import SpoolData

/// `adding`: remembers two numbers of a long sequence and adds them.
struct Adding: LongMemoryModel {
  let name = "adding"
  let task = "remember the two marked numbers of a long sequence, and add them"
  let embeddedData = "random sequences"
  let reference =
    "Le et al. (2015), squared error, where 1/6 is ignorance: LSTM and IRNN learn up to 300 steps, "
    + "tanh RNN fails from 150"
  let result =
    "400 steps: LSTM 0.0001, GRU 0.0007, IRNN 0.003 to 0.005; tanh RNN 0.16"
  let lossName = "squared error"

  static let time = Option.integer(
    "time", default: 100, in: 2...100_000, help: "time steps of a sequence")
  static let defaults = LongMemoryDefaults(
    hidden: 64, steps: 3000, batch: 32, learningRate: 0.002)
  let problemOptions = [time.declaration]
  let timeOption: Option<Int>? = time

  func problem(_ settings: Settings) -> any MemoryProblem {
    Problem(generator: AddingProblem(time: settings[Self.time]))
  }

  private struct Problem: DrawnMemoryProblem {
    let generator: AddingProblem
    let inputSize = 2
    let outputSize = 1
    var time: Int { generator.time }
    let unit = "sequences"
    let baseline: Double? = 1.0 / 6

    func batch(_ size: Int, key: RandomKey) -> MemoryBatch {
      let (inputs, targets) = generator.batch(size, key: key)
      return MemoryBatch(inputs: inputs, answers: .numbers(targets))
    }
  }
}
