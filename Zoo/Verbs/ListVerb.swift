/// `zoo list`: shows the models.
struct ListVerb: ZooVerb {
  let name = "list"
  let summary = "show the models"

  func help(_ arguments: [String], in zoo: ZooCommand) -> String {
    "Usage: zoo list\n\nShows each model with its task, what it learns from without --data, the result it is "
      + "compared with, and ours."
  }

  func run(_ arguments: [String], in zoo: ZooCommand) throws -> Int32 {
    _ = try ArgumentParser(command: "zoo list", declarations: []).parse(arguments)
    let models = zoo.registry.models.map { model in
      let rows = [
        ("family", model.family), ("data", data(of: model)),
        ("reference", model.reference), ("here", model.result),
      ]
      let heading = HelpText.wrapped("\(model.name): \(model.task)", width: HelpText.width)
      return heading.joined(separator: "\n") + "\n" + HelpText.table(rows)
    }
    zoo.output.print(models.isEmpty ? "There are no models yet." : models.joined(separator: "\n\n"))
    return 0
  }

  private func data(of model: any ZooModel) -> String {
    let takesData = model.trainingOptions.contains { $0.name == "data" }
    return model.embeddedData + (takesData ? ", or --data" : "")
  }
}
