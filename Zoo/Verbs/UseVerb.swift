import SpoolData

/// A verb that uses a trained model: `zoo evaluate`, `zoo sample`, `zoo inspect`.
struct UseVerb: ZooVerb {
  let name: String
  let summary: String
  let ownOptions: @Sendable (any ZooModel) -> [OptionDeclaration]
  let use: @Sendable (any ZooModel, RunSession) throws -> Void

  static let evaluate = UseVerb(
    name: "evaluate", summary: "measure a trained model", ownOptions: { $0.evaluationOptions },
    use: { try $0.evaluate($1) })

  static let sample = UseVerb(
    name: "sample", summary: "print what a trained model generates",
    ownOptions: { $0.samplingOptions }, use: { try $0.sample($1) })

  static let inspect = UseVerb(
    name: "inspect",
    summary: "show a run as a page: curves, parameters, what the model does inside",
    ownOptions: { _ in [page.declaration] },
    use: { model, session in
      let path = session.settings[page] ?? session.folder.report
      let html = try RunReport(model, session).html()
      do {
        try AtomicFile.write(html, to: path)
      } catch {
        throw CommandLineError("\(error), with --\(page.declaration.name) FILE")
      }
      session.console.print("wrote \(path.escapedForDisplay)")
    })

  private static let page = Option.optionalText(
    "page", placeholder: "FILE",
    help: "the page to write (default: report.html in the run's folder)")

  private func declarations(of model: any ZooModel) -> [OptionDeclaration] {
    ownOptions(model) + [CommonOptions.existingRun.declaration, CommonOptions.threads.declaration]
  }

  func help(_ arguments: [String], in zoo: ZooCommand) -> String {
    // Which options there are depends on the model, and the model on the run; without a run, all.
    var models = zoo.registry.models
    if let path = ArgumentParser.value(of: "run", in: arguments),
      let configuration = try? RunFolder(path: path).readConfiguration(),
      let model = try? zoo.registry.model(named: configuration.model)
    {
      models = [model]
    }
    let sections = models.map {
      "Options for a run of \($0.name):\n\(HelpText.options(declarations(of: $0)))"
    }
    return (["Usage: zoo \(name) [--run DIR] [options]"] + sections).joined(separator: "\n\n")
  }

  func run(_ arguments: [String], in zoo: ZooCommand) throws -> Int32 {
    if let first = arguments.first, zoo.registry.models.contains(where: { $0.name == first }) {
      throw CommandLineError(
        "zoo \(name) takes the folder of a run instead of a model: zoo \(name) --run DIR")
    }
    let folder =
      try ArgumentParser.value(of: "run", in: arguments).map(RunFolder.init)
      ?? RunFolder.newest(in: zoo.runs)
    let configuration = try folder.readConfiguration()
    guard let model = zoo.registry.models.first(where: { $0.name == configuration.model }) else {
      throw RunError.unknownModel(folder: folder.path, name: configuration.model)
    }
    let parser = ArgumentParser(command: "zoo \(name)", declarations: declarations(of: model))
    let settings = try parser.parse(arguments)
    let trained = Settings(TrainVerb.declarations(of: model), given: [:])
    zoo.apply(threads: settings[CommonOptions.threads])
    try use(
      model,
      RunSession(
        settings: settings, folder: folder, configuration: configuration,
        trainingSettings: try trained.resuming(
          configuration.options, from: folder.configuration),
        console: zoo.output, warnings: zoo.errors))
    return 0
  }
}
