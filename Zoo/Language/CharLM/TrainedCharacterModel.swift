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
    vocabulary = try Self.vocabulary(
      in: session.configuration.details, of: session.folder.configuration)
    network = settings[CharLM.cell].model(
      CharacterModelSizes(vocabulary: vocabulary.count, settings), key: RandomKey(seed: 0))
    try load(into: network, from: session.folder.model)
  }

  /// The name under which `config.json` holds the vocabulary.
  static let vocabularyDetail = "vocabulary"

  static func vocabulary(
    in details: [String: String], of path: String
  ) throws -> CharacterVocabulary {
    guard let characters = details[vocabularyDetail] else {
      throw MissingVocabulary(path: path)
    }
    return try CharacterVocabulary(characters: characters.unicodeScalars)
  }

  struct MissingVocabulary: Error, CustomStringConvertible {
    let path: String
    var description: String {
      "\(path.escapedForDisplay) does not say which characters the model knows; train it again"
    }
  }
}

extension CharacterModelSizes {
  init(vocabulary: Int, _ settings: Settings) {
    self.init(
      vocabulary: vocabulary, hidden: settings[CharLM.hidden], layers: settings[CharLM.layers],
      dropout: settings[CharLM.dropout])
  }
}
