import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolPlot

extension Translate {
  /// How many sentences of the test part are looked at.
  private static let inspected = 200

  func inspect(_ session: RunSession) throws -> [HTMLReport.Part] {
    let translator = try Translator(session)
    let corpus = try TranslationCorpus(
      data: session.trainingSettings[Self.data], session.trainingSettings)
    let text = ParallelText(
      source: Array(corpus.test.source.prefix(Self.inspected)),
      target: Array(corpus.test.target.prefix(Self.inspected)))
    guard text.count > 0 else { return [] }
    return try attention(translator, text) + states(translator, text)
      + exposure(translator, text)
  }

  /// What the first translations attend to, and how attention is spread in all of them; nothing where there is none.
  private func attention(
    _ translator: Translator, _ text: ParallelText
  ) throws -> [HTMLReport.Part] {
    guard translator.model.score != nil else { return [] }
    var rows: [[Double]] = []
    var maps: [HTMLReport.Part] = []
    for (place, sentence) in text.source.enumerated() {
      let translation = try translator.translate(sentence, TranslationSearch())
      rows += try translator.alignment(of: translation, with: sentence) ?? []
      if place < 5, let map = try translator.heatMap(of: translation, with: sentence) {
        maps.append(.figure(svg: map.svg()))
      }
    }
    return [.heading("Attention"), .text(Self.summary(of: AttentionSpread(of: rows)))] + maps
  }

  /// In words.
  static func summary(of spread: AttentionSpread) -> String {
    guard !spread.evenness.isEmpty else {
      return "No sentence has more than \(spread.recent) words: attention has no choice."
    }
    let figures = String(
      format: "The weights are %.2f as even as equal ones, look %.1f words back from the end of "
        + "the source and lie to %.0f%% on its last %d words.", locale: nil,
      spread.meanEvenness, spread.meanDistance, 100 * spread.meanRecentShare, spread.recent)
    let verdict =
      spread.isUniform
      ? " Attention does not choose."
      : spread.isRecentOnly ? " Attention sees the end of the source only." : ""
    return figures + verdict
  }

  /// How well the encoder's last states tell sentences apart, by their length.
  private func states(_ translator: Translator, _ text: ParallelText) throws -> [HTMLReport.Part] {
    let rows = try TestedTranslations.byLength(text.source).map { lengths, places in
      let sources = try places.map { try translator.vocabularies.source.encode(text.source[$0]) }
      let states = EncodedSources(translator.model.encode(PaddedBatch(sources)).summary)
      return ["\(lengths.lowerBound) to \(lengths.upperBound)", "\(places.count)"]
        + [states.variance, states.likeness].map { String(format: "%.3f", locale: nil, $0) }
    }
    return [
      .heading("The encoder's last states"),
      .text(
        "How far they differ from sentence to sentence, as a share of their mean square, and the mean cosine of two "
          + "of them: states that are all alike tell the decoder nothing."),
      .table(header: ["source words", "sentences", "variance", "likeness"], rows: rows),
    ]
  }

  /// What it costs the decoder to read its own words, by position.
  private func exposure(_ translator: Translator, _ text: ParallelText) throws
    -> [HTMLReport.Part]
  {
    let pairs = try translator.vocabularies.encode(text)
    let bias = ExposureBias(
      of: translator.model,
      on: TranslationBatch(source: pairs.map(\.source), target: pairs.map(\.target)))
    func series(_ name: String, _ losses: [Double]) -> LineChart.Series {
      // The last positions, which few sentences have, say little.
      let usual = losses.indices.filter { bias.counts[$0] * 10 >= text.count }
      return .init(name, points: usual.map { LineChart.Point(Double($0 + 1), losses[$0]) })
    }
    let chart = LineChart(
      title: "Loss by position", xLabel: "word of the translation", yLabel: "nats per word",
      series: [series("true words before", bias.given), series("its own", bias.alone)])
    let text = String(
      format: "To read its own words instead of the true ones costs %.3f nats per word.",
      locale: nil, bias.meanGap)
    return [.heading("Exposure bias"), .text(text), .figure(svg: chart.svg())]
  }
}
