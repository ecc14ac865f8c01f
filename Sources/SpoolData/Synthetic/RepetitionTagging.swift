import Spool

/// Sequences of symbols of different lengths, each symbol tagged by whether it has occurred before and whether it
/// occurs again: 0 for neither, 1 for again, 2 for before, 3 for both.
///
/// Who reads forward only knows nothing of "again".
public struct RepetitionTagging: Sendable {
  /// How many different symbols there are.
  public let symbols: Int
  /// The lengths that sequences have.
  public let lengths: ClosedRange<Int>

  /// The task with so many symbols and such lengths.
  public init(symbols: Int, lengths: ClosedRange<Int>) {
    precondition(symbols >= 1, "RepetitionTagging: \(symbols) symbols; there must be at least 1")
    precondition(lengths.lowerBound >= 1, "RepetitionTagging: a length must be at least 1")
    self.symbols = symbols
    self.lengths = lengths
  }

  /// Sequences, `[time, batch]`, as long as the longest length allows; what follows an item's end is 0.
  public func batch(
    _ size: Int, key: RandomKey
  ) -> (symbols: Tensor<Int32>, tags: Tensor<Int32>, lengths: [Int]) {
    let keys = key.split()
    let time = lengths.upperBound
    let drawn = Tensor<Int32>.uniform([size, time], in: 0..<Int32(symbols), key: keys.0).scalars
    let range = Int32(lengths.lowerBound)..<Int32(time + 1)
    let ends = Tensor<Int32>.uniform([size], in: range, key: keys.1).scalars.map { Int($0) }
    var (items, tags) = ([Int32](), [Int32]())
    for (item, end) in ends.enumerated() {
      let sequence = drawn[(item * time)..<(item * time + end)]
      let padding = [Int32](repeating: 0, count: time - end)
      items += sequence + padding
      tags += sequence.indices.map { place in
        let hasOccurred = sequence[..<place].contains(sequence[place])
        let occursAgain = sequence[(place + 1)...].contains(sequence[place])
        return (hasOccurred ? 2 : 0) + (occursAgain ? 1 : 0)
      }
      tags += padding
    }
    return (
      Tensor(shape: [size, time], items).transposed(),
      Tensor(shape: [size, time], tags).transposed(),
      ends
    )
  }
}
