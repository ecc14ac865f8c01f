import SpoolData

/// `char-lm`: predicts a text character by character.
struct CharLM: ZooModel {
  let name = "char-lm"
  let family = "Language"
  let task = "predict a text character by character, and write more of it"
  let embeddedData = "this package's own Swift sources"
  let reference =
    "PyTorch, two-layer LSTM 256 on tiny Shakespeare: 1.466 nats per character at best, 1.50 after "
    + "14 epochs"
  let result = "1.459"

  static let cell = Option.choice(
    "cell", default: CellKind.lstm, help: "kind of recurrent cell")
  static let hidden = Option.integer(
    "hidden", default: 256, in: 1...8192, help: "hidden units per layer")
  static let layers = Option.integer("layers", default: 2, in: 1...16, help: "recurrent layers")
  static let data = Option.optionalText(
    "data", placeholder: "FILE",
    help: "UTF-8 text to learn (default: the package's own Swift sources)", mayChangeOnResume: true)
  static let epochs = Option.optionalInteger(
    "epochs", in: 1...100_000,
    help: "passes over the text (default: 24, and 4 for the package's sources)")
  static let steps = Option.optionalInteger(
    "steps", in: 1...1_000_000_000, help: "steps of training, in place of --epochs")
  static let batch = Option.optionalInteger(
    "batch", in: 1...65536,
    help: "streams of text side by side (default: 64, and 32 for the package's sources)")
  static let time = Option.integer(
    "time", default: 64, in: 1...65536, help: "characters per stream and step")
  static let learningRate = Option.optionalNumber(
    "learning-rate", in: .moreThan(0),
    help: "Adam's first learning rate (default: 0.002, and 0.006 for the package's sources)")
  static let dropout = Option.number(
    "dropout", default: 0.3, in: .atLeast(0).lessThan(1), help: "share of features dropped")
  static let evaluationData = Option.optionalText(
    "data", placeholder: "FILE", help: "UTF-8 text (default: the one trained on)")
  static let part = Option.choice(
    "part", default: CharacterText.Part.heldOut,
    help: "the last tenth of the text, which training holds out, or all of it")
  static let prompt = Option.text(
    "prompt", placeholder: "TEXT", default: "\n", help: "text to go on from")
  static let length = Option.integer(
    "length", default: 500, in: 1...1_000_000, help: "characters to write")

  var trainingOptions: [OptionDeclaration] {
    [
      Self.cell.declaration, Self.hidden.declaration, Self.layers.declaration,
      Self.data.declaration, Self.epochs.declaration, Self.steps.declaration,
      Self.batch.declaration, Self.time.declaration, Self.learningRate.declaration,
      Self.dropout.declaration,
    ]
  }

  var evaluationOptions: [OptionDeclaration] {
    [Self.evaluationData.declaration, Self.part.declaration]
  }

  var samplingOptions: [OptionDeclaration] {
    [Self.prompt.declaration] + TokenSampling.options
      + [Self.length.declaration, CommonOptions.seed.declaration]
  }
}
