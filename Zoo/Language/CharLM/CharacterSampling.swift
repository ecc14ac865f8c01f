import Spool
import SpoolData

extension CharLM {
  func sample(_ session: RunSession) throws {
    let model = try TrainedCharacterModel(session)
    let text = session.settings[Self.prompt]
    guard !text.isEmpty else { throw EmptyPrompt() }
    let prompt: [Int32]
    do throws(VocabularyError) {
      prompt = try model.vocabulary.encode(text)
    } catch {
      throw TextProblem(source: "--prompt", problem: error)
    }
    let written = model.network.sample(
      after: prompt, count: session.settings[Self.length],
      by: TokenSampling(session.settings),
      key: RandomKey(seed: session.settings[CommonOptions.seed]))
    session.console.print(try model.vocabulary.decode(prompt + written))
  }

  struct EmptyPrompt: Error, CustomStringConvertible {
    let description = "--prompt is empty; give at least one character to go on from"
  }
}
