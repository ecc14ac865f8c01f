import Spool
import SpoolNN

/// The likeliest sequences that beam search finds, best first.
///
/// Each step extends each of the beam's sequences by each token of the vocabulary and keeps, of all these and the
/// sequences that have ended, the `width` best by their score with `lengthPenalty`. A sequence that has ended
/// stays as it is. The search is over when all have ended or `maximumLength` tokens are written. A width of 1 is
/// greedy search; one of V^`maximumLength` leaves nothing out.
///
/// - Parameters:
///   - state: the model's state before the first step, of one item: `[1, …]`.
///   - start: the token that the first step reads.
///   - end: the token that ends a sequence.
///   - lengthPenalty: the exponent of Wu et al. (2016); 0 for none.
///   - step: one step of the model for some sequences at once: from their last tokens, `[sequences]`, the logits of
///     the next ones, `[sequences, vocabulary]`, and the state after it. What it captures must serve any number
///     of sequences.
public func beamSearch<S: RealScalar, State: RecurrentState>(
  from state: State, start: Int32, end: Int32, width: Int, maximumLength: Int,
  lengthPenalty: Double = 0,
  _ step: (Tensor<Int32>, State) -> (logits: Tensor<S>, state: State)
) -> [Hypothesis] {
  precondition(width >= 1, "beamSearch: the width is \(width); it must be at least 1")
  var beam = Beam(width: width)
  beam.offer(Hypothesis(tokens: [], logProbability: 0, isFinished: false), score: 0, row: 0)
  var state = state
  for length in 0..<maximumLength {
    let open = beam.entries.filter { !$0.hypothesis.isFinished }.map(\.hypothesis)
    if open.isEmpty { break }
    let (logits, next) = step(Tensor(open.map { $0.tokens.last ?? start }), state)
    var extended = Beam(width: width)
    for entry in beam.entries where entry.hypothesis.isFinished { extended.offer(entry) }
    let divisor = Hypothesis.divisor(length: length + 1, lengthPenalty)
    let logProbabilities = logSoftmax(logits).converted(to: Double.self).scalars
    let vocabulary = logProbabilities.count / open.count
    for (place, logProbability) in logProbabilities.enumerated() {
      let (row, token) = place.quotientAndRemainder(dividingBy: vocabulary)
      let sum = open[row].logProbability + logProbability
      let score = sum / divisor
      guard extended.accepts(score) else { continue }
      let isFinished = token == end
      let tokens = isFinished ? open[row].tokens : open[row].tokens + [Int32(token)]
      extended.offer(
        Hypothesis(tokens: tokens, logProbability: sum, isFinished: isFinished), score: score,
        row: row)
    }
    beam = extended
    let rows = beam.entries.filter { !$0.hypothesis.isFinished }.map { Int32($0.row) }
    if rows.isEmpty { break }
    state = next.map { $0.gathered(Tensor(rows)) }
  }
  return beam.entries.map(\.hypothesis)
}

/// The best of the sequences offered, best first; of equals the one offered first.
private struct Beam {
  /// A sequence, its score, and the row of the model's state that goes with it.
  struct Entry {
    let hypothesis: Hypothesis
    let score: Double
    let row: Int
  }

  let width: Int
  private(set) var entries: [Entry] = []

  init(width: Int) { self.width = width }

  /// Whether a sequence of that score is among the best. Most are not, so this is asked before one is made.
  func accepts(_ score: Double) -> Bool {
    entries.count < width || score > entries[width - 1].score
  }

  mutating func offer(_ hypothesis: Hypothesis, score: Double, row: Int) {
    offer(Entry(hypothesis: hypothesis, score: score, row: row))
  }

  mutating func offer(_ entry: Entry) {
    guard accepts(entry.score) else { return }
    entries.insert(entry, at: entries.firstIndex { $0.score < entry.score } ?? entries.count)
    if entries.count > width { entries.removeLast() }
  }
}
