import Spool

/// Which items go into which batch, so that those in a batch are about equally long and little is padding, while
/// the order is random all the same.
///
/// In each epoch the items are shuffled and cut into pools of many batches; a pool is sorted by length, cut into
/// batches, and the batches are shuffled. Every item comes once in each epoch.
public struct LengthBuckets: Sendable {
  /// The number of batches in an epoch; the last ones may be smaller.
  public let batchesPerEpoch: Int
  private let lengths: [Int]
  private let batch: Int
  private let poolSize: Int
  private let key: RandomKey

  /// Batches of `batch` items, or fewer, of these lengths.
  ///
  /// - Parameters:
  ///   - pool: how many batches are sorted together.
  ///   - key: the key of all shuffling.
  public init(lengths: [Int], batch: Int, pool: Int = 50, key: RandomKey) {
    precondition(batch >= 1, "LengthBuckets: batch is \(batch), must be at least 1")
    precondition(pool >= 1, "LengthBuckets: pool is \(pool), must be at least 1")
    precondition(!lengths.isEmpty, "LengthBuckets: there are no items")
    self.lengths = lengths
    self.batch = batch
    poolSize = batch * pool
    self.key = key
    batchesPerEpoch = (lengths.count + batch - 1) / batch
  }

  /// The batches of an epoch, each the places of its items: a function of the key and of `epoch`.
  public func batches(ofEpoch epoch: Int) -> [[Int]] {
    let (itemKey, batchKey) = key.folding(in: epoch).split()
    let order = Tensor<Int32>.permutation(lengths.count, key: itemKey).scalars.map { Int($0) }
    let batches = stride(from: 0, to: order.count, by: poolSize).flatMap { start in
      let pool = order[start..<min(start + poolSize, order.count)]
      let sorted = pool.enumerated().sorted {
        (lengths[$0.element], $0.offset) < (lengths[$1.element], $1.offset)
      }.map(\.element)
      return stride(from: 0, to: sorted.count, by: batch).map {
        Array(sorted[$0..<min($0 + batch, sorted.count)])
      }
    }
    return Tensor<Int32>.permutation(batches.count, key: batchKey).scalars.map { batches[Int($0)] }
  }
}
