/// The options of models that learn algorithms.
enum AlgorithmOptions {
  static let kind = Option.choice(
    "task", default: AlgorithmTask.Kind.copy, help: "what to learn")
  static let longest = Option.optionalInteger(
    "longest", in: 2...1000,
    help: "greatest length, or number of items, to learn from (default: 20 copied, 10 copied "
      + "repeatedly or sorted, 6 to recall)")
  static let batch = Option.optionalInteger(
    "batch", in: 1...65536,
    help: "sequences side by side, all of one length (default: 2, 16 to recall, 32 stories)")
  static let learningRate = Option.number(
    "learning-rate", default: 0.001, in: .moreThan(0),
    help: "Adam's first learning rate; the last one is a tenth of it")
  static let size = Option.optionalInteger(
    "size", in: 2...10_000, help: "length, or number of items, to measure (default: several)")

  static func steps(default count: Int) -> Option<Int> {
    Option.integer("steps", default: count, in: 1...1_000_000_000, help: "steps of training")
  }

  static var shared: [OptionDeclaration] {
    [kind.declaration, longest.declaration, batch.declaration, learningRate.declaration]
  }
}

extension AlgorithmTask {
  /// The task that a run's settings name.
  init(_ settings: Settings) {
    self.init(settings[AlgorithmOptions.kind], longest: settings[AlgorithmOptions.longest])
  }
}
