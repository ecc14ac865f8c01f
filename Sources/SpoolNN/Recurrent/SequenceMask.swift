import Spool

/// Which time steps of a ragged batch are an item's own, and which lie past its end.
struct SequenceMask {
  /// `[time, batch, 1]`.
  private let isInside: Tensor<Bool>
  /// The time steps from here on lie past the end of some item.
  private let shortest: Int

  /// The mask of items of these lengths in a batch of `shape`, `[time, batch, …]`; nil where all items have
  /// all steps. Traps when there are not as many lengths as items, or one does not fit.
  init?(lengths: [Int], of shape: Shape) {
    let (time, batch) = (shape[0], shape[1])
    guard lengths.count == batch else {
      trap("lengths: \(lengths.count) lengths for a batch of \(batch) items")
    }
    for (item, length) in lengths.enumerated() where !(0...time).contains(length) {
      trap("lengths: item \(item) has length \(length), outside 0 ... \(time), the time steps")
    }
    shortest = lengths.min() ?? time
    if shortest == time { return nil }
    isInside = Tensor(
      shape: [time, batch, 1], (0..<time).flatMap { t in lengths.map { t < $0 } })
  }

  /// `x`, `[time, batch, features]`, with zeros past each item's end, and no gradient from there.
  func clearing<S: RealScalar>(_ x: Tensor<S>) -> Tensor<S> { `where`(isInside, x, 0) }

  /// `next`, but `state` for the items that have ended at `time`.
  func freezing<State: RecurrentState>(_ next: State, at time: Int, to state: State) -> State {
    time < shortest ? next : next.chosen(where: isInside[time], else: state)
  }
}
