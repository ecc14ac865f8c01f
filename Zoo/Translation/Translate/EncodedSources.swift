import Spool
import SpoolNN

/// How far the encoder's last states of different sentences differ: all that a decoder with a fixed context hears. The
/// states that grow alike are those of sentences that it cannot tell apart.
struct EncodedSources {
  /// The variance over the sentences, as a share of the mean square: 0 where all states are the same, 1 where their mean
  /// is zero.
  let variance: Double
  /// The mean cosine between the states of two different sentences; NaN where there is one sentence only.
  let likeness: Double

  /// - Parameter summaries: `[sentences, features]`.
  init(_ summaries: Tensor<Float>) {
    let states = summaries.converted(to: Double.self)
    let centred = states - states.mean(0)
    variance = (square(centred).sum() / square(states).sum()).scalar
    let directions = states * rsqrt(square(states).sum(1, keepDims: true))
    let count = Double(states.shape[0])
    likeness = (square(directions.sum(0)).sum().scalar - count) / (count * (count - 1))
  }
}
