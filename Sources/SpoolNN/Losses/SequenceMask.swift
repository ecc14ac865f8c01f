import Spool

/// Which steps of a ragged batch are none of padding, `[time, batch]`: step t of item b counts where t is less than
/// `lengths[b]`. For `crossEntropy(logits:labels:mask:)` and `where`.
///
/// Traps when a length is negative or more than `time`.
public func sequenceMask(lengths: [Int], time: Int) -> Tensor<Bool> {
  for (item, length) in lengths.enumerated() where !(0...time).contains(length) {
    trap("sequenceMask: item \(item) has length \(length), outside 0 ... \(time), the time steps")
  }
  let steps = Tensor<Int32>.range(time).reshaped(to: [time, 1])
  return steps .< Tensor(shape: [1, lengths.count], lengths.map { Int32($0) })
}
