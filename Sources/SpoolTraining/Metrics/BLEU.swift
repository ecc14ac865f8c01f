import Foundation

/// How close translations of a whole text come to reference translations: the bilingual evaluation understudy
/// (Papineni, Roukos, Ward & Zhu, 2002),
///
///     BLEU = b · (p₁ p₂ p₃ p₄)^¼,  b = min(1, exp(1 − r / c))
///
/// where pₙ is the share of the translations' n-grams that their references contain, each counted at most as
/// often as in the reference that has it most often, c the translations' length and r that of the references,
/// of several the one nearest in length.
///
/// Where no n-gram of an order is found, its precision is 1 / (2ᵏ · number), k counting such orders (the
/// "exponential" smoothing of Chen & Cherry, 2014). With the same words it equals sacreBLEU's (Post, 2018).
public struct BLEU: Equatable, Sendable {
  /// The score, from 0 to 100.
  public let score: Double
  /// p₁ to p₄, from 0 to 100.
  public let precisions: [Double]
  /// b.
  public let brevityPenalty: Double
  /// The number of words of all translations, c.
  public let length: Int
  /// The number of words of the references, r.
  public let referenceLength: Int

  /// The longest n-grams that count.
  public static let order = 4

  /// The score of `translations`, each with one or several references, all as words. Traps where there are not
  /// as many references as translations, or a translation has none.
  public init<Word: Hashable>(of translations: [[Word]], references: [[[Word]]]) {
    precondition(
      translations.count == references.count,
      "BLEU: \(translations.count) translations, but references for \(references.count)")
    var found = [Int](repeating: 0, count: Self.order)
    var all = found
    var (length, referenceLength) = (0, 0)
    for (translation, references) in zip(translations, references) {
      precondition(!references.isEmpty, "BLEU: a translation has no reference")
      length += translation.count
      referenceLength += references.map(\.count).min {
        (abs($0 - translation.count), $0) < (abs($1 - translation.count), $1)
      }!
      for n in 1...Self.order where translation.count >= n {
        let allowed = references.map { Self.counts(of: n, in: $0) }
          .reduce(into: [:]) { $0.merge($1, uniquingKeysWith: max) }
        for (gram, count) in Self.counts(of: n, in: translation) {
          found[n - 1] += min(count, allowed[gram] ?? 0)
        }
        all[n - 1] += translation.count - n + 1
      }
    }
    self.length = length
    self.referenceLength = referenceLength
    brevityPenalty =
      length >= referenceLength
      ? 1 : length == 0 ? 0 : exp(1 - Double(referenceLength) / Double(length))
    precisions = Self.precisions(found, of: all)
    let logarithms = precisions.map { log($0) }.reduce(0, +)
    score = brevityPenalty * exp(logarithms / Double(Self.order))
  }

  private static func precisions(_ found: [Int], of all: [Int]) -> [Double] {
    // Without a single word in common there is nothing to smooth.
    guard found[0] > 0 else { return all.map { _ in 0 } }
    var smoothing = 1.0
    return zip(found, all).map { found, all in
      if all == 0 { return 0 }
      if found > 0 { return 100 * Double(found) / Double(all) }
      smoothing *= 2
      return 100 / (smoothing * Double(all))
    }
  }

  private static func counts<Word: Hashable>(
    of n: Int, in words: [Word]
  ) -> [ArraySlice<Word>: Int] {
    guard words.count >= n else { return [:] }
    return (0...(words.count - n)).reduce(into: [:]) { $0[words[$1..<($1 + n)], default: 0] += 1 }
  }
}
