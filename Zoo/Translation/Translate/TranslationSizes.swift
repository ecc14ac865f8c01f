import Spool
import SpoolNN

/// What a decoder's step attends with.
enum AttentionOrder: String, CaseIterable {
  /// With the state before it: the context is an input of the cell (Bahdanau, Cho & Bengio, 2015).
  case before
  /// With the state after it: the context meets the cell's output, and what comes of both is an input of the next
  /// step (Luong, Pham & Manning, 2015, "input feeding").
  case after
}

/// The scores that `--attention` offers.
enum AttentionKind: String, CaseIterable {
  case none
  case dot
  case scaled
  case general
  case additive

  /// The score; nil for a fixed context. The dot products need queries and keys of one size.
  func score<S: RealScalar>(
    querySize: Int, keySize: Int, key: RandomKey
  ) -> (any AttentionScore<S>)? {
    switch self {
    case .none: nil
    case .dot: DotScore<S>()
    case .scaled: DotScore<S>(isScaled: true)
    case .general: GeneralScore<S>(querySize: querySize, keySize: keySize, key: key)
    case .additive:
      AdditiveScore<S>(querySize: querySize, keySize: keySize, hiddenSize: querySize, key: key)
    }
  }
}

/// The sizes of a translation model.
struct TranslationSizes {
  /// Words of the source's vocabulary.
  let source: Int
  /// Words of the target's vocabulary.
  let target: Int
  let embedding: Int
  /// Units in each direction of the encoder. The decoder has twice as many, so that dot products fit.
  let hidden: Int
  var dropout = 0.0
  var attention = AttentionKind.additive
  var order = AttentionOrder.before
}
