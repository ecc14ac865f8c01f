import Spool

/// Sequences of bits, all of the same length, which a network answers at their end.
public struct BitSequences: Sendable {
  /// `[time, batch, channels]`.
  public let inputs: Tensor<Float>
  /// The bits to be answered in the last steps of the inputs, `[answers, batch, bits]`.
  public let targets: Tensor<Float>

  /// Sequences of these tensors.
  init(inputs: Tensor<Float>, targets: Tensor<Float>) {
    self.inputs = inputs
    self.targets = targets
  }
}

extension BitSequences {
  /// Copying (Graves, Wayne & Danihelka, 2014, section 4.1): `length` random vectors, a mark in a channel of its own,
  /// and then, while nothing comes in, the same vectors again.
  ///
  /// The inputs are `[2 · length + 1, batch, bits + 1]`, the targets `[length, batch, bits]`.
  public static func copying(
    length: Int, bits: Int, batch: Int, key: RandomKey
  ) -> BitSequences {
    let vectors = randomBits([length, batch, bits], key: key)
    return BitSequences(
      inputs: concatenated([
        vectors.padded([(0, 0), (0, 0), (0, 1)]), mark(channel: bits, of: bits + 1, batch: batch),
        .zeros([length, batch, bits + 1]),
      ]), targets: vectors)
  }

  /// Copying several times (Graves et al., 2014, section 4.2): `length` random vectors, then the number of copies in a
  /// channel of its own, and then the vectors that often and a mark of the end.
  ///
  /// The number is scaled by `repeatScale`: (count − mean) / deviation. The inputs are
  /// `[length · (count + 1) + 2, batch, bits + 2]`, the targets `[length · count + 1, batch, bits + 1]`, whose last
  /// channel is the mark.
  public static func repeatedCopying(
    length: Int, count: Int, bits: Int, batch: Int, repeatScale: (mean: Float, deviation: Float),
    key: RandomKey
  ) -> BitSequences {
    let vectors = randomBits([length, batch, bits], key: key)
    let answers = length * count + 1
    let number = (Float(count) - repeatScale.mean) / repeatScale.deviation
    return BitSequences(
      inputs: concatenated([
        vectors.padded([(0, 0), (0, 0), (0, 2)]),
        mark(channel: bits, of: bits + 2, batch: batch)
          + number * mark(channel: bits + 1, of: bits + 2, batch: batch),
        .zeros([answers, batch, bits + 2]),
      ]),
      targets: concatenated([
        vectors.padded([(0, 0), (0, 0), (0, 1)]).tiled(count, 1, 1),
        mark(channel: bits, of: bits + 1, batch: batch),
      ]))
  }

  /// Associative recall (Graves et al., 2014, section 4.3): `items` items of `itemLength` random vectors each, a mark before
  /// every one; then one of them but for the last between two other marks, to be answered with the item that followed
  /// it.
  ///
  /// The inputs are `[(items + 1) · (itemLength + 1) + 1 + itemLength, batch, bits + 2]`, the targets
  /// `[itemLength, batch, bits]`.
  public static func associativeRecall(
    items: Int, itemLength: Int, bits: Int, batch: Int, key: RandomKey
  ) -> BitSequences {
    precondition(items >= 2, "associativeRecall: \(items) items; it takes one that another follows")
    let (bitKey, queryKey) = key.split()
    // [items, itemLength, batch, bits]
    let vectors = randomBits([items, itemLength, batch, bits], key: bitKey)
    let asked = Tensor<Int32>.uniform([1, 1, batch, 1], in: 0..<Int32(items - 1), key: queryKey)
    func item(_ places: Tensor<Int32>) -> Tensor<Float> {
      vectors.takeAlong(places.broadcasted(to: [1, itemLength, batch, bits]), axis: 0)[0]
    }
    func padded(_ item: Tensor<Float>) -> Tensor<Float> { item.padded([(0, 0), (0, 0), (0, 2)]) }
    let start = mark(channel: bits, of: bits + 2, batch: batch)
    let query = mark(channel: bits + 1, of: bits + 2, batch: batch)
    return BitSequences(
      inputs: concatenated(
        (0..<items).flatMap { [start, padded(vectors[$0])] }
          + [query, padded(item(asked)), query, .zeros([itemLength, batch, bits + 2])]),
      targets: item(asked + 1))
  }

  /// Sorting by priority (Graves et al., 2014, section 4.5): `length` random vectors, each with a priority from −1 to 1 in a
  /// channel of its own, a mark, and then those four fifths of them that have the highest priorities, from the
  /// highest on.
  ///
  /// The inputs are `[length + 1 + answers, batch, bits + 2]`, the targets `[answers, batch, bits]`, with
  /// `answers` = ⌈4 · length / 5⌉.
  public static func prioritySorting(
    length: Int, bits: Int, batch: Int, key: RandomKey
  ) -> BitSequences {
    let (bitKey, priorityKey) = key.split()
    let vectors = randomBits([length, batch, bits], key: bitKey)
    let priorities = Tensor<Float>.uniform([length, batch, 1], in: -1..<1, key: priorityKey)
    let answers = (4 * length + 4) / 5
    let order = (-priorities).argsort(axis: 0)[..<answers].broadcasted(to: [answers, batch, bits])
    return BitSequences(
      inputs: concatenated([
        concatenated([vectors, .zeros([length, batch, 1]), priorities], axis: 2),
        mark(channel: bits, of: bits + 2, batch: batch), .zeros([answers, batch, bits + 2]),
      ]), targets: vectors.takeAlong(order, axis: 0))
  }

  private static func randomBits(_ shape: Shape, key: RandomKey) -> Tensor<Float> {
    Tensor<Bool>.bernoulli(shape, probability: 0.5, key: key).converted()
  }

  /// One step, `[1, batch, channels]`, that is 1 in one channel.
  private static func mark(channel: Int, of channels: Int, batch: Int) -> Tensor<Float> {
    oneHot(Tensor<Int32>(repeating: Int32(channel), shape: [1, batch]), depth: channels)
  }
}
