import Spool
import SpoolData

/// Sentences of a small grammar in English and in Spanish, generated: a task that needs no download. Spanish puts
/// adjectives after their noun, in the opposite order, and makes articles and adjectives agree with it.
enum ToyLanguage {
  private static let nouns = [
    ("cat", "gato", false), ("dog", "perro", false), ("book", "libro", false),
    ("tree", "árbol", false), ("car", "coche", false), ("boat", "barco", false),
    ("house", "casa", true), ("table", "mesa", true), ("girl", "niña", true),
    ("flower", "flor", true), ("door", "puerta", true), ("moon", "luna", true),
  ]
  private static let adjectives = [
    ("red", "rojo", "roja"), ("white", "blanco", "blanca"), ("old", "viejo", "vieja"),
    ("small", "pequeño", "pequeña"), ("black", "negro", "negra"), ("pretty", "bonito", "bonita"),
  ]
  private static let articles = [("the", "el", "la"), ("a", "un", "una"), ("this", "este", "esta")]
  private static let verbs = [
    ("sees", "ve"), ("wants", "quiere"), ("finds", "encuentra"), ("paints", "pinta"),
    ("takes", "toma"), ("sells", "vende"),
  ]
  private static let prepositions = [
    ("with", "con"), ("under", "bajo"), ("on", "sobre"), ("behind", "tras"),
  ]
  private static let conjunctions = [("and", "y"), ("but", "pero"), ("while", "mientras")]

  /// No sentence has more English words.
  static let maximumLength = 20

  private typealias Phrase = (english: [String], spanish: [String])

  /// Different sentences and their translations: a function of the key.
  static func pairs(_ count: Int, key: RandomKey) -> ParallelText {
    var generator = KeyedGenerator(key: key)
    var seen: Set<[String]> = []
    var pairs: [Phrase] = []
    while pairs.count < count {
      let pair = sentence(&generator)
      guard pair.english.count <= maximumLength, seen.insert(pair.english).inserted else {
        continue
      }
      pairs.append(pair)
    }
    return ParallelText(
      source: pairs.map { $0.english.map { Substring($0) } },
      target: pairs.map { $0.spanish.map { Substring($0) } })
  }

  /// One to three clauses.
  private static func sentence(_ generator: inout some RandomNumberGenerator) -> Phrase {
    var result = clause(&generator)
    for _ in 0..<Int.random(in: 0...2, using: &generator) {
      let word = conjunctions.randomElement(using: &generator)!
      result = joined(result, ([word.0], [word.1]), clause(&generator))
    }
    return result
  }

  /// Somebody, a verb, something, and sometimes where.
  private static func clause(_ generator: inout some RandomNumberGenerator) -> Phrase {
    let verb = verbs.randomElement(using: &generator)!
    let subject = thing(&generator)
    let clause = joined(subject, ([verb.0], [verb.1]), thing(&generator))
    guard Int.random(in: 0..<3, using: &generator) == 0 else { return clause }
    let place = prepositions.randomElement(using: &generator)!
    return joined(clause, ([place.0], [place.1]), thing(&generator))
  }

  /// An article, up to two adjectives and a noun.
  private static func thing(_ generator: inout some RandomNumberGenerator) -> Phrase {
    let (english, spanish, isFeminine) = nouns.randomElement(using: &generator)!
    let article = articles.randomElement(using: &generator)!
    let some = adjectives.shuffled(using: &generator)
      .prefix(Int.random(in: 0...2, using: &generator))
    return (
      [article.0] + some.map(\.0) + [english],
      [isFeminine ? article.2 : article.1, spanish]
        + some.reversed().map { isFeminine ? $0.2 : $0.1 }
    )
  }

  private static func joined(_ parts: Phrase...) -> Phrase {
    (parts.flatMap(\.english), parts.flatMap(\.spanish))
  }
}
