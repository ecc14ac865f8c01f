import Spool
import SpoolData

/// An algorithm on sequences of bits, to be learnt from examples of random sizes.
struct AlgorithmTask {
  /// Which algorithm.
  enum Kind: String, CaseIterable {
    case copy
    case repeatCopy = "repeat-copy"
    case recall = "associative-recall"
    case sort = "priority-sort"
  }

  let kind: Kind
  /// The sizes to learn from: lengths of what is to be copied, numbers of items to recall among.
  let sizes: ClosedRange<Int>

  /// - Parameter longest: the greatest size; nil for that of the paper.
  init(_ kind: Kind, longest: Int? = nil) {
    self.kind = kind
    switch kind {
    case .copy: sizes = 1...(longest ?? 20)
    case .repeatCopy, .sort: sizes = 1...(longest ?? 10)
    case .recall: sizes = 2...max(longest ?? 6, 2)
    }
  }

  /// How many sequences to learn from side by side. Which item is asked for is recalled by content, which a step on
  /// two sequences teaches too noisily.
  var batch: Int { kind == .recall ? 16 : 2 }

  /// The bits of a vector.
  private var bits: Int { kind == .recall ? 6 : 8 }
  /// How often vectors are copied, when it is learnt.
  private static let copies = 1...10
  private static let itemLength = 3

  /// The features of an input.
  var inputSize: Int { kind == .copy ? bits + 1 : bits + 2 }
  /// The bits of an answer at one step.
  var outputSize: Int { kind == .repeatCopy ? bits + 1 : bits }

  /// A batch to learn from, of sizes drawn with `key`.
  func sequences(batch: Int, key: RandomKey) -> BitSequences {
    let keys = key.split(3)
    let size = Self.draw(sizes, key: keys[0])
    return sequences(
      size: size, copies: Self.draw(Self.copies, key: keys[1]), batch: batch, key: keys[2])
  }

  /// A batch of one size; copied repeatedly, `copies` times.
  func sequences(
    size: Int, copies: Int = 5, batch: Int, key: RandomKey
  ) -> BitSequences {
    switch kind {
    case .copy: .copying(length: size, bits: bits, batch: batch, key: key)
    case .repeatCopy:
      .repeatedCopying(
        length: size, count: copies, bits: bits, batch: batch, repeatScale: (5.5, 2.87), key: key)
    case .recall:
      .associativeRecall(
        items: size, itemLength: Self.itemLength, bits: bits, batch: batch, key: key)
    case .sort: .prioritySorting(length: size, bits: bits, batch: batch, key: key)
    }
  }

  private static func draw(_ range: ClosedRange<Int>, key: RandomKey) -> Int {
    Int(
      Tensor<Int32>.uniform(
        [1], in: Int32(range.lowerBound)..<Int32(range.upperBound + 1), key: key
      ).scalars[0])
  }
}
