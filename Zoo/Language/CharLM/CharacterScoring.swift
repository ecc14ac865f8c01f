import Foundation
import Spool
import SpoolData
import SpoolPlot

extension CharLM {
  func evaluate(_ session: RunSession) throws {
    let model = try TrainedCharacterModel(session)
    let data = session.settings[Self.evaluationData] ?? session.trainingSettings[Self.data]
    let text = try CharacterText(path: data, vocabulary: model.vocabulary)
    let part = session.settings[Self.part]
    let characters = text.characters(of: part)
    let start = Date()
    let loss = try Self.meanCrossEntropy(
      of: characters, under: model.network, progress: session.progress("reading"))
    let speed = Double(characters.count) / Date().timeIntervalSince(start)
    session.console.print(
      "\(text.source.escapedForDisplay), \(part == .heldOut ? "the last tenth" : "all of it"): "
        + "\(characters.count) characters")
    session.console.print(Self.summary(loss))
    session.console.print("\(Int(speed)) characters per second")
  }

  /// The cross-entropy as evaluation reports it: in as many streams as training measures it with, fewer for a
  /// short text.
  static func meanCrossEntropy(
    of characters: [Int32], under network: some LanguageNetwork,
    progress: (Double) -> Void = { _ in }
  ) throws -> Double {
    let streams = Swift.max(1, Swift.min(32, characters.count / 1000))
    return try network.meanCrossEntropy(
      of: characters, batch: streams, time: 256, progress: progress)
  }

  static func summary(_ loss: Double) -> String {
    let bits = loss / log(2)
    return String(
      format: "%.4f nats per character, %.4f bits, perplexity %.3f", locale: nil, loss, bits,
      exp(loss))
  }

  func inspect(_ session: RunSession) throws -> [HTMLReport.Part] {
    let model = try TrainedCharacterModel(session)
    let text = try CharacterText(
      path: session.trainingSettings[Self.data], vocabulary: model.vocabulary)
    let characters = Array(text.validation.prefix(1000))
    guard !characters.isEmpty else { return [] }
    let labels = try characters.prefix(60).map { character in
      String(try model.vocabulary.decode([character])).replacing("\n", with: "⏎")
        .replacing(" ", with: "␣")
    }
    return model.network.inspection(characters, labels: labels)
  }
}
