import Spool

/// The sequence that takes the likeliest token at each step, until the end or `maximumLength` tokens.
///
/// - Parameters:
///   - state: the model's state before the first step.
///   - start: the token that the first step reads.
///   - end: the token that ends a sequence.
///   - step: one step of the model, of tokens `[1]`: the logits of the next ones, `[1, vocabulary]`, and the state
///     after it.
public func greedySearch<S: RealScalar, State>(
  from state: State, start: Int32, end: Int32, maximumLength: Int,
  _ step: (Tensor<Int32>, State) -> (logits: Tensor<S>, state: State)
) -> Hypothesis {
  var state = state
  var tokens: [Int32] = []
  var last = start
  var sum = 0.0
  while tokens.count < maximumLength {
    let (logits, next) = step(Tensor([last]), state)
    let logProbabilities = logSoftmax(logits)[0]
    last = logProbabilities.argmax(0).scalar
    sum += logProbabilities[Int(last)].scalar.asDouble
    if last == end { return Hypothesis(tokens: tokens, logProbability: sum, isFinished: true) }
    tokens.append(last)
    state = next
  }
  return Hypothesis(tokens: tokens, logProbability: sum, isFinished: false)
}
