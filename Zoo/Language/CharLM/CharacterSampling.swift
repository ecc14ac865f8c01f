import Spool
import SpoolData

extension CharacterNetwork {
  /// `count` characters that the model writes after `prompt`.
  ///
  /// - Parameter temperature: what the logits are divided by; 0 takes the likeliest character.
  func sample(
    after prompt: [Int32], count: Int, temperature: Float, key: RandomKey
  ) -> [Int32] {
    var (logits, state) = self(
      Tensor(shape: [prompt.count, 1], prompt), from: nil as State?, key: nil)
    var written: [Int32] = []
    for place in 0..<count {
      let next = logits[-1, 0]
      let character =
        temperature == 0
        ? next.argmax(0)
        : categorical(logits: next / Tensor(temperature), key: key.folding(in: place))
      written.append(character.scalar)
      (logits, state) = self(character.reshaped(to: [1, 1]), from: state, key: nil)
    }
    return written
  }
}

extension CharLM {
  func sample(_ session: RunSession) throws {
    let model = try TrainedCharacterModel(session)
    let text = session.settings[Self.prompt]
    guard !text.isEmpty else { throw EmptyPrompt() }
    let prompt: [Int32]
    do throws(VocabularyError) {
      prompt = try model.vocabulary.encode(text)
    } catch {
      throw CharacterText.InText(source: "--prompt", problem: error)
    }
    let written = model.network.sample(
      after: prompt, count: session.settings[Self.length],
      temperature: Float(session.settings[Self.temperature]),
      key: RandomKey(seed: session.settings[CommonOptions.seed]))
    session.console.print(try model.vocabulary.decode(prompt + written))
  }

  struct EmptyPrompt: Error, CustomStringConvertible {
    let description = "--prompt is empty; give at least one character to go on from"
  }
}
