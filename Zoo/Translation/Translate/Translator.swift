import Foundation
import Spool
import SpoolData
import SpoolNN
import SpoolPlot
import SpoolTraining

/// How translations are searched for.
struct TranslationSearch {
  /// The width of the beam; 1 is greedy.
  var beam = 1
  var lengthPenalty = 1.0
}

/// A translation model with its words.
struct Translator {
  let model: TranslationModel<Float>
  let vocabularies: TranslationVocabularies

  init(_ model: TranslationModel<Float>, _ vocabularies: TranslationVocabularies) {
    self.model = model
    self.vocabularies = vocabularies
  }

  /// The best of a run.
  init(_ session: RunSession) throws {
    vocabularies = try TranslationVocabularies(
      details: session.configuration.details, of: session.folder.configuration)
    model = TranslationModel(
      TranslationSizes(vocabularies, session.trainingSettings), key: RandomKey(seed: 0))
    try load(into: model, from: session.folder.model)
  }

  /// The translation of a sentence.
  func translate<Word: StringProtocol>(
    _ sentence: [Word], _ search: TranslationSearch
  ) throws -> [String] {
    try vocabularies.target.decode(write(vocabularies.source.encode(sentence), search))
  }

  /// The words that the model writes for `source`.
  func write(_ source: [Int32], _ search: TranslationSearch) -> [Int32] {
    typealias Special = WordVocabulary.SpecialToken
    let encoded = model.encode(PaddedBatch([source]))
    // Neither padding nor a start, and nothing that is no word: the likeliest one in its place.
    let places = Tensor<Int32>.range(vocabularies.target.count)
    let isAllowed = places .>= Tensor(Special.end.rawValue)
    let step = { (words: Tensor<Int32>, state: DecoderState<Float>) in
      let next = model.step(model.targetEmbedding(words), state, encoded).state
      let logits = `where`(isAllowed, model.output(next.readout), Tensor(-Float.infinity))
      return (logits: logits, state: next)
    }
    let (start, end) = (Special.start.rawValue, Special.end.rawValue)
    // Of Multi30k's training pairs none is longer.
    let limit = 2 * source.count + 10
    if search.beam == 1 {
      return greedySearch(
        from: encoded.state, start: start, end: end, maximumLength: limit, step
      ).tokens
    }
    return beamSearch(
      from: encoded.state, start: start, end: end, width: search.beam, maximumLength: limit,
      lengthPenalty: search.lengthPenalty, step)[0].tokens
  }

  /// The weight that each word of a translation, and its end, gives to each word of the source, `[target, source]`;
  /// nil where the context is fixed.
  func alignment<Word: StringProtocol>(
    of translation: [String], with sentence: [Word]
  ) throws -> [[Double]]? {
    let encoded = model.encode(PaddedBatch([try vocabularies.source.encode(sentence)]))
    let start = WordVocabulary.SpecialToken.start.rawValue
    var state = encoded.state
    var rows: [[Double]] = []
    for word in [start] + (try vocabularies.target.encode(translation)) {
      let next = model.step(model.targetEmbedding(Tensor([word])), state, encoded)
      guard let weights = next.weights else { return nil }
      rows.append(weights.scalars.map { Double($0) })
      state = next.state
    }
    return rows
  }

  /// The alignment of a translation as a picture.
  func heatMap<Word: StringProtocol>(
    of translation: [String], with sentence: [Word]
  ) throws -> HeatMap? {
    guard let weights = try alignment(of: translation, with: sentence) else { return nil }
    return HeatMap(
      title: "What each word attends to", columns: sentence.map { String($0) },
      rows: translation + [WordVocabulary.SpecialToken.end.name], values: weights)
  }
}
