import Foundation
import Spool
import SpoolData
import SpoolPlot
import SpoolTraining

extension WordLM {
  /// The vocabulary and the network that a run's folder holds.
  private func trained(_ session: RunSession) throws -> (WordVocabulary, WordNetwork<Float>) {
    let vocabulary = try WordVocabulary(lines: session.detail(Self.vocabularyDetail))
    let network = WordNetwork<Float>(
      WordNetworkSizes(vocabulary: vocabulary.count, session.trainingSettings),
      key: RandomKey(seed: 0))
    try load(into: network, from: session.folder.model)
    return (vocabulary, network)
  }

  func evaluate(_ session: RunSession) throws {
    let (vocabulary, network) = try trained(session)
    let data = session.settings[Self.evaluationData] ?? session.trainingSettings[Self.data]
    let text = try WordText(path: data, vocabulary: vocabulary)
    let part = session.settings[Self.part]
    let words = text.words(of: part)
    let loss = try Self.meanCrossEntropy(
      of: words, under: network, progress: session.progress("reading"))
    session.console.print(
      "\(text.source.escapedForDisplay), \(part.rawValue): \(words.count) words")
    session.console.print(Self.summary(loss))
  }

  func sample(_ session: RunSession) throws {
    let (vocabulary, network) = try trained(session)
    let first = vocabulary.number(of: WordText.lineEnd) ?? 0
    let written = network.sample(
      after: [first], count: session.settings[Self.length],
      by: TokenSampling(session.settings),
      key: RandomKey(seed: session.settings[CommonOptions.seed]))
    let words = try vocabulary.decode(written)
    session.console.print(
      words.map { $0 == WordText.lineEnd ? "\n" : $0 + " " }.joined())
  }

  func inspect(_ session: RunSession) throws -> [HTMLReport.Part] {
    let (vocabulary, network) = try trained(session)
    let text = try WordText(path: session.trainingSettings[Self.data], vocabulary: vocabulary)
    let words = Array(text.validation.prefix(1000))
    guard !words.isEmpty else { return [] }
    return network.inspection(words, labels: try vocabulary.decode(words.prefix(40)))
  }
}
