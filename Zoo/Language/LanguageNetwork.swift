import Spool
import SpoolNN
import SpoolPlot

/// A recurrent network that predicts the next token of a sequence, whatever its cells are.
protocol LanguageNetwork: Module, Sendable where Scalar == Float {
  /// What it carries from token to token.
  associatedtype State: RecurrentState<Float>

  /// The state before the first token: zeros.
  func initialState(batch: Int) -> State

  /// The logits of the tokens that follow `tokens`, `[time, batch]` to `[time, batch, vocabulary]`, and
  /// the state after the last one.
  ///
  /// - Parameter key: the key of the dropout; nil for none.
  func callAsFunction(
    _ tokens: Tensor<Int32>, from state: State?, key: RandomKey?
  ) -> (logits: Tensor<Float>, state: State)

  /// What its units do while it reads `tokens`.
  func recordings(_ tokens: [Int32]) -> [Recording]
}

extension LanguageNetwork {
  /// A page's parts about the units: how far they are saturated over all of `tokens`, and what they do at the first
  /// ones, which `labels` name.
  func inspection(_ tokens: [Int32], labels: [String]) -> [HTMLReport.Part] {
    Recording.parts(
      of: recordings(tokens), labels: labels, square: 14,
      about:
        "Over \(tokens.count) tokens of held-out text; of each kind the units that change most.")
  }

  /// `count` tokens that the model writes after `prompt`.
  func sample(
    after prompt: [Int32], count: Int, by sampling: TokenSampling, key: RandomKey
  ) -> [Int32] {
    var (logits, state) = self(
      Tensor(shape: [prompt.count, 1], prompt), from: nil as State?, key: nil)
    var written: [Int32] = []
    for place in 0..<count {
      let token = sampling.token(logits[-1, 0], key: key.folding(in: place))
      written.append(token.scalar)
      (logits, state) = self(token.reshaped(to: [1, 1]), from: state, key: nil)
    }
    return written
  }
}
