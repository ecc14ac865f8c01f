import Spool

/// Items gone through again and again in batches, each time in a new order: which items a step learns from follows from
/// the key and the step alone, so that a resumed training goes on as it would have.
public struct ShuffledBatches: Sendable {
  /// How many items there are.
  public let count: Int
  /// How many items a batch has; the last one of an epoch may have fewer.
  public let batch: Int
  private let key: RandomKey
  /// The order of the epoch asked for last, which the next step is most likely in too.
  private var order: (epoch: Int, places: [Int32]) = (-1, [])

  /// Batches of `count` items, of which there is at least one.
  public init(count: Int, batch: Int, key: RandomKey) {
    precondition(count >= 1, "ShuffledBatches: there are no items")
    precondition(batch >= 1, "ShuffledBatches: batch is \(batch), must be at least 1")
    self.count = count
    self.batch = batch
    self.key = key
  }

  /// The number of steps in which all items are gone through once.
  public var stepsPerEpoch: Int { (count + batch - 1) / batch }

  /// The numbers of the items of a step, counted from 0 over all epochs.
  public mutating func places(at step: Int) -> ArraySlice<Int32> {
    let (epoch, place) = step.quotientAndRemainder(dividingBy: stepsPerEpoch)
    if order.epoch != epoch {
      order = (epoch, Tensor.permutation(count, key: key.folding(in: epoch)).scalars)
    }
    return order.places[(place * batch)..<min((place + 1) * batch, count)]
  }
}
