import Foundation
import Spool
import SpoolData
import SpoolTraining

/// A character model as its run's folder holds it.
struct TrainedCharacterModel {
  let vocabulary: CharacterVocabulary
  let network: any LanguageNetwork

  init(_ session: RunSession) throws {
    let settings = session.trainingSettings
    vocabulary = try CharacterVocabulary(
      characters: session.detail(Self.vocabularyDetail).unicodeScalars)
    network = settings[CharLM.cell].model(
      CharacterModelSizes(vocabulary: vocabulary.count, settings), key: RandomKey(seed: 0))
    try load(into: network, from: session.folder.model)
  }

  /// The name under which `config.json` holds the vocabulary.
  static let vocabularyDetail = "vocabulary"
}

extension CharacterModelSizes {
  init(vocabulary: Int, _ settings: Settings) {
    self.init(
      vocabulary: vocabulary, hidden: settings[CharLM.hidden], layers: settings[CharLM.layers],
      dropout: settings[CharLM.dropout])
  }
}
