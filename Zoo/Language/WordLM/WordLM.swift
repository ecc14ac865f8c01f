import SpoolData

/// `word-lm`: predicts a text word by word.
struct WordLM: ZooModel {
  let name = "word-lm"
  let family = "Language"
  let task = "predict a text word by word"
  let embeddedData = "this package's own documentation comments"
  let reference =
    "Zaremba et al. (2014), Penn Treebank, perplexity of the test text: 114.5 small, 82.7 medium"
  let result = "114.5 small"

  static let size = Option.choice(
    "size", default: WordRecipe.Size.small, help: "the recipe, whose values the others replace")
  static let hidden = Option.optionalInteger(
    "hidden", in: 1...8192, help: "units per layer (default: 200 small, 650 medium)")
  static let layers = Option.integer("layers", default: 2, in: 1...16, help: "recurrent layers")
  static let data = Option.optionalText(
    "data", placeholder: "FOLDER",
    help: "folder with …train.txt, …valid.txt, …test.txt (default: the package's own comments)",
    mayChangeOnResume: true)
  static let epochs = Option.optionalInteger(
    "epochs", in: 1...100_000, help: "passes over the text (default: 13 small, 39 medium)")
  static let steps = Option.optionalInteger(
    "steps", in: 1...1_000_000_000, help: "steps of training, in place of --epochs")
  static let batch = Option.integer(
    "batch", default: 20, in: 1...65536, help: "streams of text side by side")
  static let time = Option.optionalInteger(
    "time", in: 1...65536, help: "words per stream and step (default: 20 small, 35 medium)")
  static let dropout = Option.optionalNumber(
    "dropout", in: .atLeast(0).lessThan(1),
    help: "share of features dropped (default: 0 small, 0.5 medium)")
  static let variational = Option.flag(
    "variational", help: "drop the same features at every time step")
  static let tied = Option.flag("tied", help: "use the embedding's table for the output, too")
  static let part = Option.choice(
    "part", default: WordText.Part.test, help: "the words to measure on")
  static let evaluationData = Option.optionalText(
    "data", placeholder: "FOLDER", help: "as for training (default: the folder trained on)")
  static let length = Option.integer(
    "length", default: 100, in: 1...1_000_000, help: "words to write")

  let trainingOptions = [
    size.declaration, hidden.declaration, layers.declaration, data.declaration,
    epochs.declaration, steps.declaration, batch.declaration, time.declaration,
    dropout.declaration, variational.declaration, tied.declaration,
  ]
  let evaluationOptions = [evaluationData.declaration, part.declaration]
  let samplingOptions =
    TokenSampling.options + [length.declaration, CommonOptions.seed.declaration]
}
