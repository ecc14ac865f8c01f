/// `zoo translate TEXT`: what `zoo sample --text TEXT` does for a run of the model `translate`, the latest one
/// unless `--run` names another.
struct TranslateVerb: ZooVerb {
  let name = "translate"
  let summary = "translate a sentence with a trained model"

  func help(_ arguments: [String], in zoo: ZooCommand) -> String {
    "Usage: zoo translate TEXT [--run DIR] [options]\n\n"
      + "Translates a sentence, its words between spaces, as the text that the model learnt from.\n\n"
      + "Options:\n"
      + HelpText.options(
        Self.options.filter { $0.name != Translate.text.declaration.name }
          + [CommonOptions.existingRun.declaration, CommonOptions.threads.declaration])
  }

  func run(_ arguments: [String], in zoo: ZooCommand) throws -> Int32 {
    guard let text = arguments.first, !text.isEmpty, !text.hasPrefix("-") else {
      throw CommandLineError("zoo translate needs a sentence: zoo translate \"TEXT\"")
    }
    var rest = ["--\(Translate.text.declaration.name)", text] + arguments.dropFirst()
    if ArgumentParser.value(of: "run", in: arguments) == nil {
      rest += ["--run", try RunFolder.newest(in: zoo.runs, of: Translate().name).path]
    }
    let verb = UseVerb(
      name: name, summary: summary, ownOptions: { _ in Self.options },
      use: { model, session in
        guard model is Translate else {
          throw RunError.otherModel(
            folder: session.folder.path, found: model.name, wanted: Translate().name)
        }
        try model.sample(session)
      })
    return try verb.run(rest, in: zoo)
  }

  private static var options: [OptionDeclaration] { Translate().samplingOptions }
}
