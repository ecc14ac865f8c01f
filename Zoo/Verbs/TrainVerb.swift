import SpoolData

/// `zoo train MODEL`: trains a model in a new run, or goes on with one.
struct TrainVerb: ZooVerb {
  let name = "train"
  let summary = "train a model"

  func help(_ arguments: [String], in zoo: ZooCommand) throws -> String {
    guard let first = arguments.first, !first.hasPrefix("-") else {
      let rows = zoo.registry.models.map { ($0.name, $0.task) }
      return "Usage: zoo train MODEL [options]\n\nThe models:\n\(HelpText.table(rows))\n\n"
        + "See zoo train MODEL --help for the options of a model."
    }
    let model = try zoo.registry.model(named: first)
    let reference = HelpText.wrapped("Reference: \(model.reference)", width: HelpText.width)
    return "Usage: zoo train \(model.name) [options]\n\n\(model.task)\n"
      + reference.joined(separator: "\n") + "\n\nOptions:\n"
      + HelpText.options(Self.declarations(of: model))
  }

  /// The options of `zoo train` for a model.
  static func declarations(of model: any ZooModel) -> [OptionDeclaration] {
    model.trainingOptions + [
      CommonOptions.run.declaration, CommonOptions.resume.declaration,
      CommonOptions.seed.declaration, CommonOptions.threads.declaration,
    ]
  }

  func run(_ arguments: [String], in zoo: ZooCommand) throws -> Int32 {
    guard let first = arguments.first, !first.hasPrefix("-") else {
      throw CommandLineError("zoo train needs the name of a model; see zoo list")
    }
    let model = try zoo.registry.model(named: first)
    let parser = ArgumentParser(
      command: "zoo train \(model.name)", declarations: Self.declarations(of: model))
    let settings = try parser.parse(Array(arguments.dropFirst()))
    let session =
      settings[CommonOptions.resume]
      ? try resumedSession(of: model, settings, in: zoo)
      : try newSession(of: model, settings, in: zoo)
    for need in model.leastMemory(session.settings) { try need.check() }
    zoo.apply(threads: session.settings[CommonOptions.threads])
    do {
      try model.train(session)
      try session.finish()
    } catch {
      session.abandon()
      throw error
    }
    return report(session, of: model, in: zoo)
  }

  private func newSession(
    of model: any ZooModel, _ settings: Settings, in zoo: ZooCommand
  ) throws -> TrainingSession {
    let folder =
      settings[CommonOptions.run].map(RunFolder.init)
      ?? RunFolder.unused(for: model.name, in: zoo.runs)
    guard !folder.holdsRun else {
      throw RunError.alreadyThere(folder: folder.path, canResume: folder.canResume)
    }
    return TrainingSession(
      model: model, settings: settings, folder: folder, lock: nil, console: zoo.output)
  }

  private func resumedSession(
    of model: any ZooModel, _ settings: Settings, in zoo: ZooCommand
  ) throws -> TrainingSession {
    guard let path = settings[CommonOptions.run] else {
      throw CommandLineError("--resume needs the folder of the run: --run DIR --resume")
    }
    let folder = RunFolder(path: path)
    let configuration = try folder.readConfiguration()
    guard configuration.model == model.name else {
      throw RunError.otherModel(folder: path, found: configuration.model, wanted: model.name)
    }
    guard folder.canResume else { throw RunError.nothingSaved(folder: path) }
    // Before anything else is read: a run that is still going on changes its files.
    let lock = try LockedFolder(path: path)
    return TrainingSession(
      model: model,
      settings: try settings.resuming(configuration.options, from: folder.configuration),
      folder: folder, lock: lock, console: zoo.output)
  }

  /// Says how the training ended and returns the program's status.
  private func report(
    _ session: TrainingSession, of model: any ZooModel, in zoo: ZooCommand
  ) -> Int32 {
    let folder = session.folder.path.escapedForDisplay
    guard let signal = Interruption.signal, !session.isComplete else {
      zoo.output.print("saved in \(folder)")
      return 0
    }
    zoo.output.print(
      "\(Interruption.name(of: signal)) after step \(session.stepsDone), saved in \(folder); "
        + "continue with: zoo train \(model.name) --run \(ShellWord.quoted(folder)) --resume")
    return Interruption.exitCode(of: signal)
  }
}
