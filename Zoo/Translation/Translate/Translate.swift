import Spool
import SpoolData

/// `translate`: translates sentences word by word, with attention to the words of the source.
struct Translate: ZooModel {
  let name = "translate"
  let family = "Translation"
  let task = "translate sentences, with attention to the words of the source or without"
  let embeddedData = "generated sentences in English and Spanish"
  let reference =
    "bentrevett/pytorch-seq2seq, GRU on Multi30k, German to English, test 2016: 28.3 BLEU with attention "
    + "(Bahdanau et al., 2015), 20.6 with a fixed context (Cho et al., 2014)"
  let result = "35.45 with attention, 22.88 with a fixed context, by beam search"

  static let attention = Option.choice(
    "attention", default: AttentionKind.additive,
    help: "how the decoder scores the words of the source; none gives it a fixed context")
  static let order = Option.choice(
    "order", default: AttentionOrder.before,
    help: "attend before the decoder's step (Bahdanau) or after it (Luong)")
  static let embedding = Option.optionalInteger(
    "embedding", in: 1...8192, help: "features of a word (default: 256, and 32 for the toy task)")
  static let hidden = Option.optionalInteger(
    "hidden", in: 1...8192,
    help:
      "units in each direction of the encoder, half of the decoder's (default: 128, and 32 for the toy "
      + "task)")
  static let dropout = Option.optionalNumber(
    "dropout", in: .atLeast(0).lessThan(1),
    help: "share of features dropped (default: 0.2, and 0 for the toy task)")
  static let data = Option.optionalText(
    "data", placeholder: "FOLDER",
    help:
      "folder with files train*, val*, test* in both languages, a sentence on each line, words between "
      + "spaces (default: generated sentences in English and Spanish)", mayChangeOnResume: true)
  static let source = Option.text(
    "from", placeholder: "ENDING", default: "de", help: "ending of the files to translate from")
  static let target = Option.text(
    "to", placeholder: "ENDING", default: "en", help: "ending of the files to translate to")
  static let minimumCount = Option.integer(
    "minimum-count", default: 2, in: 1...1_000_000, help: "how often a word must occur to be known")
  static let epochs = Option.integer(
    "epochs", default: 6, in: 1...100_000, help: "passes over the sentences")
  static let steps = Option.optionalInteger(
    "steps", in: 1...1_000_000_000, help: "steps of training, in place of --epochs")
  static let batch = Option.integer(
    "batch", default: 64, in: 1...65536, help: "sentences in a batch")
  static let learningRate = Option.optionalNumber(
    "learning-rate", in: .moreThan(0),
    help: "Adam's first learning rate (default: 0.0015, and 0.005 for the toy task)")
  static let labelSmoothing = Option.number(
    "label-smoothing", default: 0.1, in: .atLeast(0).lessThan(1),
    help: "share of the probability that all words have to share")
  static let scheduledSampling = Option.number(
    "scheduled-sampling", default: 0, in: .atLeast(0).atMost(1),
    help: "probability, at the end of training, that the decoder reads its own word")
  static let part = Option.choice(
    "part", default: TranslationCorpus.Part.test, help: "the sentences to measure on")
  static let beam = Option.integer(
    "beam", default: 5, in: 1...1000, help: "width of the beam search; 1 is greedy")
  static let lengthPenalty = Option.number(
    "length-penalty", default: 1, in: .atLeast(0),
    help: "exponent of the length by which sentences are compared (Wu et al., 2016)")
  static let output = Option.optionalText(
    "output", placeholder: "FILE", help: "write the translations there, one on each line")
  static let text = Option.optionalText(
    "text", placeholder: "TEXT",
    help: "a sentence to translate (default: the first ones of the test part)")
  static let heatMap = Option.optionalText(
    "heat-map", placeholder: "FILE", help: "draw there, as SVG, what each word attends to")

  var trainingOptions: [OptionDeclaration] {
    [
      Self.attention.declaration, Self.order.declaration, Self.embedding.declaration,
      Self.hidden.declaration, Self.dropout.declaration, Self.data.declaration,
      Self.source.declaration, Self.target.declaration, Self.minimumCount.declaration,
      Self.epochs.declaration, Self.steps.declaration, Self.batch.declaration,
      Self.learningRate.declaration, Self.labelSmoothing.declaration,
      Self.scheduledSampling.declaration,
    ]
  }

  var evaluationOptions: [OptionDeclaration] {
    [
      Self.data.declaration, Self.part.declaration, Self.beam.declaration,
      Self.lengthPenalty.declaration, Self.output.declaration,
    ]
  }

  var samplingOptions: [OptionDeclaration] {
    [
      Self.text.declaration, Self.beam.declaration, Self.lengthPenalty.declaration,
      Self.heatMap.declaration,
    ]
  }
}

extension TranslationSizes {
  init(_ vocabularies: TranslationVocabularies, _ settings: Settings) {
    let isToy = settings[Translate.data] == nil
    self.init(
      source: vocabularies.source.count, target: vocabularies.target.count,
      embedding: settings[Translate.embedding] ?? (isToy ? 32 : 256),
      hidden: settings[Translate.hidden] ?? (isToy ? 32 : 128),
      dropout: settings[Translate.dropout] ?? (isToy ? 0 : 0.2),
      attention: settings[Translate.attention], order: settings[Translate.order])
  }
}
