import Spool
import SpoolData
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct TranslationTrainingTests {
  private static let corpus = TranslationCorpus(generatedPairs: 2000, heldOut: 40)

  private func training(
    steps: Int, _ kind: AttentionKind = .additive, more: [String] = []
  ) throws -> (training: TranslationTraining, translator: Translator) {
    let parser = ArgumentParser(
      command: "zoo train translate", declarations: TrainVerb.declarations(of: Translate()))
    let settings = try parser.parse(
      [
        "--steps", "\(steps)", "--batch", "32", "--learning-rate", "0.02", "--embedding", "24",
        "--hidden", "24", "--label-smoothing", "0", "--attention", kind.rawValue,
      ] + more)
    let vocabularies = try TranslationVocabularies(of: Self.corpus.training, minimumCount: 1)
    let model = TranslationModel<Float>(
      TranslationSizes(vocabularies, settings), key: RandomKey(seed: 1))
    return (
      try TranslationTraining(model, Self.corpus, vocabularies, settings),
      Translator(model, vocabularies)
    )
  }

  @Test func theRecipeIsAdamWithCosineDecayAndClipping() throws {
    let training = try training(steps: 20).training
    #expect(training.trainer.clippingLimit == 1 && training.trainer.optimizer is Adam<Float>)
    expectCosineDecay(
      try (0..<20).map { _ in try training.takeStep().report.learningRate }, from: 0.02, warmUp: 2)
  }

  /// What is held out contradicts what is learnt, so that it is translated worse and worse; what is saved is the model at
  /// its best.
  @Test func theBestModelIsSaved() throws {
    let folder = try TemporaryFolder()
    for (part, english) in [
      ("train", "the house is red\n"), ("val", "red house is the\n"), ("test", "the house\n"),
    ] {
      for (ending, line) in [("de", "das haus ist rot\n"), ("en", english)] {
        try folder.put(Array(String(repeating: line, count: 8).utf8), in: "\(part).\(ending)")
      }
    }
    let options = [
      "--data", folder.path, "--hidden", "8", "--embedding", "8", "--batch", "4", "--epochs", "20",
      "--learning-rate", "0.05", "--dropout", "0", "--label-smoothing", "0",
    ]
    let result = TestZoo([Translate()])(
      ["train", "translate", "--threads", "1", "--run", folder.file("run")] + options)
    #expect(result.status == 0, "\(result.errors)")
    let losses = try folder.recorded("validation_loss")
    let best = try #require(losses.min())
    #expect(losses.count == 20 && losses.last! > best + 0.1, "\(losses)")

    let settings = try ArgumentParser(
      command: "zoo train translate", declarations: TrainVerb.declarations(of: Translate())
    ).parse(options)
    let corpus = try TranslationCorpus(data: folder.path, settings)
    let vocabularies = try TranslationVocabularies(of: corpus.training, minimumCount: 2)
    let model = TranslationModel<Float>(
      TranslationSizes(vocabularies, settings), key: RandomKey(seed: 0))
    try load(into: model, from: folder.file("run/model.safetensors"))
    let loss = try TranslationTraining(model, corpus, vocabularies, settings).validationLoss()
    #expect(abs(loss.nats - best) < 1e-6)
  }

  /// The same steps with attention and with a fixed context: only the first learns what long sentences take.
  @Test func learnsToTranslateWithAttention() throws {
    func learn(_ kind: AttentionKind) throws -> (loss: Double, bleu: Double) {
      let (training, translator) = try training(steps: 160, kind)
      #expect(training.validationLoss().nats > 3)
      for _ in 0..<160 { _ = try training.takeStep() }
      let tested = try TestedTranslations(
        of: Self.corpus.test, by: translator, TranslationSearch(beam: 2))
      return (training.validationLoss().nats, tested.bleu.score)
    }
    let (attentive, fixed) = (try learn(.additive), try learn(.none))
    #expect(attentive.loss < 1.1 && attentive.bleu > 25)
    #expect(fixed.loss > attentive.loss + 0.4 && fixed.bleu < attentive.bleu / 2)
  }

  @Test(arguments: [["--dropout", "0.2"], ["--scheduled-sampling", "0.5", "--order", "after"]])
  func continuesBitForBit(_ options: [String]) throws {
    let folder = try TemporaryFolder()
    let whole = try training(steps: 6, more: options).training
    let losses = try (0..<6).map { _ in try whole.takeStep().report.loss }
    let first = try training(steps: 6, more: options).training
    for _ in 0..<3 { _ = try first.takeStep() }
    try first.trainer.save(to: folder.file("training"))
    let second = try training(steps: 6, more: options).training
    try second.trainer.restore(from: folder.file("training"))
    #expect(try (3..<6).map { _ in try second.takeStep().report.loss } == Array(losses[3...]))
    #expect(second.validationLoss() == whole.validationLoss())
  }

  /// What the search writes step by step is what the model finds likeliest when it is given all words at once.
  @Test func eachGreedyWordIsTheLikeliestAfterThoseBefore() throws {
    let (training, translator) = try training(steps: 20)
    for _ in 0..<20 { _ = try training.takeStep() }
    let model = translator.model
    for sentence in Self.corpus.test.source.prefix(5) {
      let source = try translator.vocabularies.source.encode(sentence)
      let words = translator.write(source, TranslationSearch(beam: 1))
      #expect(!words.isEmpty && words.allSatisfy { $0 > 3 })
      #expect(translator.write(source, TranslationSearch(beam: 3)).allSatisfy { $0 > 3 })
      let inputs = Tensor<Int32>(shape: [words.count, 1], [2] + words.dropLast())
      let logits = model.output(model.readouts(inputs, model.encode(PaddedBatch([source]))))
      #expect((logits[.all, 0, 3...].argmax(1) + 3).scalars == words)
    }
  }

  @Test func alignmentsHaveARowForEachWordAndTheEnd() throws {
    let sentence = ["the", "red", "cat", "sees", "this", "house"]
    for kind in [AttentionKind.general, .none] {
      let translator = try training(steps: 1, kind).translator
      let rows = try translator.alignment(of: ["el", "gato"], with: sentence)
      guard kind != .none else {
        #expect(rows == nil)
        continue
      }
      let weights = try #require(rows)
      #expect(weights.map(\.count) == [6, 6, 6])
      #expect(weights.allSatisfy { abs($0.reduce(0, +) - 1) < 1e-5 })
      let picture = try #require(try translator.heatMap(of: ["el", "gato"], with: sentence))
      #expect(picture.columns == sentence && picture.rows == ["el", "gato", "<eos>"])
    }
  }
}

@Suite struct ToyLanguageTests {
  @Test func sentencesAreAFunctionOfTheKeyAndAllDifferent() {
    let pairs = ToyLanguage.pairs(200, key: RandomKey(seed: 1))
    #expect(pairs == ToyLanguage.pairs(200, key: RandomKey(seed: 1)))
    #expect(pairs != ToyLanguage.pairs(200, key: RandomKey(seed: 2)))
    #expect(Set(pairs.source).count == 200)
    let lengths = pairs.source.map(\.count)
    #expect(lengths.min()! >= 5 && lengths.max()! <= ToyLanguage.maximumLength)
    #expect(lengths.contains { $0 > 15 } && lengths.contains { $0 < 8 })
    #expect(zip(pairs.source, pairs.target).allSatisfy { $0.count == $1.count })
  }

  @Test func adjectivesFollowTheirNounAndAgreeWithIt() {
    let pairs = ToyLanguage.pairs(300, key: RandomKey(seed: 1))
    var seen = 0
    for (english, spanish) in zip(pairs.source, pairs.target) {
      for place in english.indices.dropLast(2)
      where english[place...].starts(with: ["the", "old", "house"]) {
        #expect(spanish[place...].starts(with: ["la", "casa", "vieja"]))
        seen += 1
      }
    }
    #expect(seen > 0)
  }
}
