/// Which steps of a ragged batch are none of padding, `[time, batch]`: step t of item b counts where t is less than
/// `lengths[b]`. For a masked loss, and `where`.
///
/// Traps when a length is negative or more than `time`.
public func sequenceMask(lengths: [Int], time: Int) -> Tensor<Bool> {
  for (item, length) in lengths.enumerated() where !(0...time).contains(length) {
    trap(
      "lengths: item \(item) has length \(length), outside 0 ... \(time), the time steps; a length "
        + "counts the item's own steps, which are followed by padding")
  }
  return Tensor(
    shape: [time, lengths.count], (0..<time).flatMap { t in lengths.map { t < $0 } })
}

/// Which time steps of a ragged batch are an item's own, and which lie past its end.
struct SequenceMask {
  /// `[time, batch]`.
  let isInside: TensorHandle
  /// The time steps from here on lie past the end of some item.
  private let shortest: Int

  /// The mask of items of these lengths in a batch of `shape`, `[time, batch, …]`; nil where all items have
  /// all steps. Traps when there are not as many lengths as items, or one does not fit.
  init?(lengths: [Int], of shape: Shape) {
    guard shape.rank > 1 else {
      trap("lengths: the input has shape \(shape); it needs the axes [time, batch, …]")
    }
    let (time, batch) = (shape[0], shape[1])
    guard lengths.count == batch else {
      trap(
        "lengths: \(lengths.count) lengths for a batch of \(batch) items; there must be one for each"
      )
    }
    if lengths.allSatisfy({ $0 == time }) { return nil }
    isInside = sequenceMask(lengths: lengths, time: time).handle
    shortest = lengths.min()!
  }

  /// A sequence `[time, batch, …]` with zeros past each item's end, and no gradient from there.
  func clearing(_ sequence: TensorHandle) -> TensorHandle {
    SequenceMask.choose(sequence, where: isInside, else: nil)
  }

  /// The state after step `time`: `next`, but `state` for the items that have ended.
  func freezing<State>(_ next: State, at time: Int, to state: State) -> State {
    if time < shortest { return next }
    let step = Region(time..<(time + 1), along: 0, of: isInside.shape)
    let isInside = Reshape(shape: [self.isInside.shape[1]]).view(of: step.view(of: self.isInside))
    let frozen = SequenceMask.freeze(
      TensorTree.handles(in: next), where: isInside, else: TensorTree.handles(in: state))
    guard let result = frozen.flatMap({ TensorTree.replacing(in: next, with: $0) }) else {
      trap(
        "lengths: the state of an item that has ended cannot be kept in a value of type "
          + "\(State.self); make it a tensor, or a tuple, a struct or an array of tensors")
    }
    return result
  }

  /// A step of a ragged batch on handles: the last input says which items have not ended; the others, cleared,
  /// are for `step`. Where the batch is not ragged, `step` itself.
  static func masking(
    _ inputs: [TensorHandle], _ state: [TensorHandle], isRagged: Bool,
    _ step: ([TensorHandle]) -> (outputs: [TensorHandle], state: [TensorHandle])?
  ) -> (outputs: [TensorHandle], state: [TensorHandle])? {
    guard isRagged, let isInside = inputs.last else { return step(inputs) }
    let cleared = inputs.dropLast().map { choose($0, where: isInside, else: nil) }
    guard let (outputs, next) = step(cleared),
      let frozen = freeze(next, where: isInside, else: state)
    else { return nil }
    return (outputs.map { choose($0, where: isInside, else: nil) }, frozen)
  }

  /// `next` for the items inside, `state` for the others; nil where their structures differ.
  private static func freeze(
    _ next: [TensorHandle], where isInside: TensorHandle, else state: [TensorHandle]
  ) -> [TensorHandle]? {
    guard next.count == state.count else { return nil }
    return zip(next, state).map { next, state in
      next === state ? next : choose(next, where: isInside, else: state)
    }
  }

  /// `x` where `isInside`, whose axes are the first ones of `x`, holds, and `other` (nil for 0) elsewhere.
  private static func choose(
    _ x: TensorHandle, where isInside: TensorHandle, else other: TensorHandle?
  ) -> TensorHandle {
    let axes = isInside.shape
    guard x.shape.starts(with: axes) else {
      trap(
        "lengths: a tensor of shape \(x.shape) does not have \(axes) as its first axes. Past the end of an "
          + "item its outputs are 0 and its state stays, so all of them need its own rows; compute what the "
          + "items share or mix, such as a loss, from the outputs, masked with sequenceMask(lengths:time:)"
      )
    }
    let ones = [Int](repeating: 1, count: x.shape.rank - axes.rank)
    let mask = apply(Reshape(shape: Shape(Array(axes) + ones)), isInside)
    return apply(Where(), Operands(mask, x, other ?? .zeros([], x.scalarType)))
  }
}
