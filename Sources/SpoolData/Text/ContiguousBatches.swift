/// A text too short for the batches asked of it.
public struct TextTooShort: Error, Equatable, Sendable, CustomStringConvertible {
  /// How many tokens the text has.
  public let count: Int
  /// How many streams were to be cut from it.
  public let batch: Int
  /// How many tokens that needs at least.
  public var needed: Int { batch + 1 }

  /// An error about `count` tokens that do not suffice for `batch` streams.
  public init(count: Int, batch: Int) {
    self.count = count
    self.batch = batch
  }

  /// One line: the sizes, how many tokens are needed, and the repair.
  public var description: String {
    "a text of \(count) tokens is too short for \(batch) parallel streams: it needs at least "
      + "\(needed) tokens; use a longer text or a smaller --batch"
  }
}

/// One long sequence of tokens read as `batch` streams side by side, in chunks of `time` steps.
///
/// Stream b is a contiguous part of the text, and the chunks follow each other without a gap, so
/// that the state at the end of one chunk is the state at the start of the next one: truncated
/// back-propagation through time with the state carried over. At every step the target is the
/// token that follows the input.
///
/// What is left over: n tokens give ⌊(n − 1) / batch⌋ steps per stream. The last chunk is shorter
/// when `time` does not divide that number; the fewer than `batch` tokens at the very end of the
/// text that do not fill a step of all streams are not used.
public struct ContiguousBatches: Sendable {
  /// One chunk: the inputs and targets of some consecutive time steps.
  public struct Chunk: Equatable, Sendable {
    /// How many time steps the chunk has.
    public let time: Int
    /// How many streams.
    public let batch: Int
    /// The tokens to predict from, `[time, batch]` in row-major order.
    public let inputs: [Int32]
    /// The tokens to predict, `[time, batch]`: each the token after the input at its place.
    public let targets: [Int32]
  }

  /// How many streams run side by side.
  public let batch: Int
  /// The number of time steps in every chunk but the last, which may have fewer.
  public let time: Int
  /// The number of time steps in each stream.
  public let stepsPerStream: Int
  private let tokens: [Int32]

  /// Cuts `tokens` into `batch` streams and those into chunks of `time` steps.
  ///
  /// Throws if there are too few tokens to give every stream one input and its target.
  public init(_ tokens: [Int32], batch: Int, time: Int) throws(TextTooShort) {
    precondition(batch >= 1, "ContiguousBatches: batch is \(batch), must be at least 1")
    precondition(time >= 1, "ContiguousBatches: time is \(time), must be at least 1")
    stepsPerStream = (tokens.count - 1) / batch
    guard stepsPerStream >= 1 else { throw TextTooShort(count: tokens.count, batch: batch) }
    self.tokens = tokens
    self.batch = batch
    self.time = time
  }

  /// How many inputs, each with a target, one pass over all chunks presents.
  public var tokensPerEpoch: Int { stepsPerStream * batch }
}

extension ContiguousBatches: RandomAccessCollection {
  /// The index of the first chunk, 0.
  public var startIndex: Int { 0 }

  /// The number of chunks in one pass over the text.
  public var endIndex: Int { (stepsPerStream + time - 1) / time }

  /// The chunk at `position`, which starts at step `position * time` of each stream.
  public subscript(position: Int) -> Chunk {
    precondition(
      indices.contains(position), "ContiguousBatches: chunk \(position) of \(count) chunks")
    let firstStep = position * time
    let steps = Swift.min(time, stepsPerStream - firstStep)
    return Chunk(
      time: steps, batch: batch, inputs: tokens(from: firstStep, steps: steps),
      targets: tokens(from: firstStep + 1, steps: steps))
  }

  private func tokens(from firstStep: Int, steps: Int) -> [Int32] {
    [Int32](unsafeUninitializedCapacity: steps * batch) { buffer, count in
      for stream in 0..<batch {
        let start = stream * stepsPerStream + firstStep
        for step in 0..<steps {
          buffer[step * batch + stream] = tokens[start + step]
        }
      }
      count = steps * batch
    }
  }
}
