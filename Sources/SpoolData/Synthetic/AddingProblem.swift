import Spool

/// The adding problem (Hochreiter & Schmidhuber, 1997, as in Le, Jaitly & Hinton, 2015): a sequence of numbers
/// between 0 and 1 two of which are marked, one in each half; the target is their sum.
///
/// To answer 1 whatever the input is has a mean squared error of 1/6.
public struct AddingProblem: Sendable {
  /// The number of time steps, at least 2.
  public let time: Int

  /// The problem with sequences of `time` steps.
  public init(time: Int) {
    precondition(
      time >= 2, "AddingProblem: \(time) steps have no two halves; there must be at least 2")
    self.time = time
  }

  /// Sequences, `[time, batch, 2]`, the number and the mark, and their targets, `[batch, 1]`.
  public func batch(_ size: Int, key: RandomKey) -> (inputs: Tensor<Float>, targets: Tensor<Float>)
  {
    let keys = key.split(3)
    let numbers = Tensor<Float>.uniform([time, size], key: keys[0])
    let half = Int32(time / 2)
    let first = Tensor<Int32>.uniform([1, size], in: 0..<half, key: keys[1])
    let second = Tensor<Int32>.uniform([1, size], in: half..<Int32(time), key: keys[2])
    let steps = Tensor<Int32>.range(time).reshaped(to: [time, 1])
    let isMarked = (steps .== first) .| (steps .== second)
    let marks = `where`(isMarked, Tensor<Float>(1), 0)
    return (
      stack([numbers, marks], axis: 2), (numbers * marks).sum(0).reshaped(to: [size, 1])
    )
  }
}
