import Foundation
import SpoolData
import SpoolPlot
import SpoolTraining

/// The translations of sentences whose true ones are known, and how good they are.
struct TestedTranslations {
  let text: ParallelText
  let translations: [[String]]

  /// - Parameter progress: is told the fraction that is done.
  init(
    of text: ParallelText, by translator: Translator, _ search: TranslationSearch,
    progress: (Double) -> Void = { _ in }
  ) throws {
    self.text = text
    translations = try text.source.enumerated().map { place, sentence in
      defer { progress(Double(place + 1) / Double(text.count)) }
      return try translator.translate(sentence, search)
    }
  }

  /// Of all sentences.
  var bleu: BLEU { bleu(of: Array(translations.indices)) }

  private func bleu(of places: [Int]) -> BLEU {
    BLEU(
      of: places.map { translations[$0] },
      references: places.map { [text.target[$0].map(String.init)] })
  }

  /// Of the sentences with 1 to 5 source words, with 6 to 10, … and with 21 or more, of which there are few.
  var bleuByLength: [(lengths: ClosedRange<Int>, count: Int, bleu: BLEU)] {
    Self.byLength(text.source).map { ($0.lengths, $0.places.count, bleu(of: $0.places)) }
  }

  /// The places of sentences by their number of words, in the same steps.
  static func byLength(
    _ sentences: [[Substring]]
  ) -> [(lengths: ClosedRange<Int>, places: [Int])] {
    let (width, last) = (5, 4)
    return Dictionary(grouping: sentences.indices) {
      Swift.min((sentences[$0].count - 1) / width, last)
    }.sorted { $0.key < $1.key }.map { bucket, places in
      let longest = places.map { sentences[$0].count }.max()!
      let end = bucket == last ? longest : (bucket + 1) * width
      return (bucket * width + 1...end, places)
    }
  }

  var summary: String {
    let exact = zip(translations, text.target).count { $0.elementsEqual($1.map(String.init)) }
    return String(
      format: "%.2f BLEU, %.1f%% of %d sentences word for word", locale: nil, bleu.score,
      100 * Double(exact) / Double(text.count), text.count)
  }
}

extension Translate {
  func evaluate(_ session: RunSession) throws {
    let settings = session.settings
    let translator = try Translator(session)
    let corpus = try TranslationCorpus(
      data: settings[Self.data] ?? session.trainingSettings[Self.data], session.trainingSettings)
    let text = corpus.pairs(of: settings[Self.part])
    let loss = translator.model.loss(of: try translator.vocabularies.encode(text))
    session.console.print("\(settings[Self.part].rawValue): \(Self.summary(loss))")
    let search = TranslationSearch(
      beam: settings[Self.beam], lengthPenalty: settings[Self.lengthPenalty])
    let start = Date()
    let tested = try TestedTranslations(
      of: text, by: translator, search, progress: session.progress("translating"))
    let speed = Double(text.count) / Date().timeIntervalSince(start)
    session.console.print("\(tested.summary) (beam \(search.beam))")
    for (lengths, count, bleu) in tested.bleuByLength {
      session.console.print(
        String(
          format: "%3d to %2d source words: %6.2f BLEU (%d sentences)", locale: nil,
          lengths.lowerBound, lengths.upperBound, bleu.score, count))
    }
    session.console.print("\(Int(speed)) sentences per second")
    if let path = settings[Self.output] {
      let lines = tested.translations.map { $0.joined(separator: " ") + "\n" }
      try AtomicFile.write(lines.joined(), to: path)
    }
  }

  func sample(_ session: RunSession) throws {
    let settings = session.settings
    let translator = try Translator(session)
    let search = TranslationSearch(
      beam: settings[Self.beam], lengthPenalty: settings[Self.lengthPenalty])
    guard let text = settings[Self.text] else {
      let corpus = try TranslationCorpus(
        data: session.trainingSettings[Self.data], session.trainingSettings)
      for (source, target) in zip(corpus.test.source, corpus.test.target).prefix(5) {
        let translation = try translator.translate(source, search)
        session.console.print(
          "source:      \(source.joined(separator: " "))\n"
            + "translation: \(translation.joined(separator: " "))\n"
            + "reference:   \(target.joined(separator: " "))\n")
      }
      return
    }
    let sentence = TextFile.words(of: text)
    guard !sentence.isEmpty else { throw NoWords() }
    let unknown = sentence.filter { translator.vocabularies.source.number(of: $0) == nil }
    if !unknown.isEmpty {
      session.warn(
        "not among the words that the model has learnt, which are written as in its training text: "
          + unknown.joined(separator: " ").escapedForDisplay)
    }
    let translation = try translator.translate(sentence, search)
    session.console.print(translation.joined(separator: " "))
    guard let path = settings[Self.heatMap] else { return }
    guard let heatMap = try translator.heatMap(of: translation, with: sentence) else {
      throw NoAttention(folder: session.folder.path)
    }
    try AtomicFile.write(heatMap.svg(), to: path)
  }

  struct NoWords: Error, CustomStringConvertible {
    let description =
      "the sentence to translate has no words; write some between the quotation marks"
  }

  struct NoAttention: Error, CustomStringConvertible {
    let folder: String
    var description: String {
      "the model in \(folder.escapedForDisplay) attends to nothing, so there is no heat map; train one "
        + "without --attention none"
    }
  }
}
