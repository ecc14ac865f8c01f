/// Everything that `zoo benchmark` can time.
enum Workloads {
  static let all: [Workload] = [
    RecurrentWorkloads.all, MemoryWorkloads.all, ConvolutionalWorkloads.all, LanguageWorkloads.all,
    StreamingWorkloads.all, StartWorkloads.all, GemmWorkloads.all, TapeWorkloads.all,
  ].flatMap(\.self)

  /// The workloads that `names` stand for, in their order, each once, then products that are not among
  /// them but spelled out; all workloads for no names.
  static func named(_ names: [String]) throws(CommandLineError) -> [Workload] {
    guard !names.isEmpty else { return all }
    var products: [Workload] = []
    for name in names where !all.contains(where: { $0.isNamed(name) }) {
      guard let product = GemmWorkloads.named(name) else { throw unknown(name) }
      products.append(product)
    }
    return all.filter { workload in names.contains { workload.isNamed($0) } } + products
  }

  private static func unknown(_ name: String) -> CommandLineError {
    var groups: [String] = []
    for word in all.flatMap({ $0.name.split(separator: "-") }).map(String.init)
    where !groups.contains(word) { groups.append(word) }
    let nearest = Suggestion.nearest(to: name, among: groups + all.map(\.name))
    return CommandLineError(
      "there is no benchmark \"\(name.escapedForDisplay)\"; "
        + (nearest.map { "did you mean \($0)?" } ?? "see zoo benchmark --help"))
  }
}
