import SpoolData

/// The models that the command knows.
public struct ModelRegistry: Sendable {
  /// The zoo.
  public static let all = ModelRegistry([
    CharLM(), WordLM(), Adding(), CopyMemory(), SequentialMNIST(), DeepTagger(), Translate(),
    Video(), NTM(), DNC(), MemN2N(),
  ])

  /// The models in the order of the list.
  public let models: [any ZooModel]

  /// A registry of the given models.
  public init(_ models: [any ZooModel]) {
    self.models = models
  }

  /// The model called `name`; throws with the nearest name if there is none.
  func model(named name: String) throws(CommandLineError) -> any ZooModel {
    if let model = models.first(where: { $0.name == name }) { return model }
    let names = models.map(\.name)
    let hint =
      if let nearest = Suggestion.nearest(to: name, among: names) {
        "did you mean \(nearest)?"
      } else {
        "there is \(Suggestion.list(names, joinedBy: "and")); see zoo list"
      }
    throw CommandLineError("there is no model \"\(name.escapedForDisplay)\"; \(hint)")
  }
}
