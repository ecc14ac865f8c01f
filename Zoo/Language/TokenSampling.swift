import Spool

/// How the next token is drawn from its logits.
struct TokenSampling {
  /// What the logits are divided by; 0 takes the likeliest token.
  var temperature = 1.0
  /// How many of the likeliest tokens are drawn from; nil for all.
  var topK: Int?
  /// The probability that the tokens drawn from have together, at least; nil for 1.
  var topP: Double?

  static let temperatureOption = Option.number(
    "temperature", default: 0.8, in: .atLeast(0),
    help: "1 samples as predicted, less is more careful, 0 takes the likeliest")
  static let topKOption = Option.optionalInteger(
    "top-k", in: 1...1_000_000_000, help: "draw from the N likeliest only")
  static let topPOption = Option.optionalNumber(
    "top-p", in: .moreThan(0).atMost(1),
    help: "draw from the likeliest only, as many as have this probability together")

  /// The options that give it.
  static let options = [
    temperatureOption.declaration, topKOption.declaration, topPOption.declaration,
  ]

  /// A token for each row of `logits`.
  func token(_ logits: Tensor<Float>, key: RandomKey) -> Tensor<Int32> {
    if temperature == 0 { return logits.argmax(-1) }
    let scaled = logits / Float(temperature)
    return categorical(
      logits: truncatedLogits(scaled, topK: topK, topP: topP.map { Float($0) }), key: key)
  }
}

extension TokenSampling {
  /// What the options of a command say.
  init(_ settings: Settings) {
    temperature = settings[Self.temperatureOption]
    topK = settings[Self.topKOption]
    topP = settings[Self.topPOption]
  }
}
