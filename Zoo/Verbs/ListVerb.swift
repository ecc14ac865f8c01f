/// `zoo list`: shows the models.
struct ListVerb: ZooVerb {
  let name = "list"
  let summary = "show the models"

  func help(_ arguments: [String], in zoo: ZooCommand) -> String {
    "Usage: zoo list\n\nShows each model with its task and the result it is compared with."
  }

  func run(_ arguments: [String], in zoo: ZooCommand) throws -> Int32 {
    _ = try ArgumentParser(command: "zoo list", declarations: []).parse(arguments)
    let rows = zoo.registry.models.map { model in
      (model.name, "\(model.task) (\(model.family)). Reference: \(model.reference)")
    }
    zoo.output.print(rows.isEmpty ? "There are no models yet." : HelpText.table(rows))
    return 0
  }
}
