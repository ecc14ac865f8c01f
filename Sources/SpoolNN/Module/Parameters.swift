import Spool

/// A parameter and the path to it in its model, such as `layers.0.inputWeights`.
public struct NamedParameter<Scalar: RealScalar>: Sendable {
  /// The path of property names and indices, with dots between them.
  public let name: String
  /// The parameter.
  public let parameter: Parameter<Scalar>
}

/// The parameters of a model, in the order of declaration, each once.
public struct Parameters<Scalar: RealScalar>: Sendable, RandomAccessCollection {
  private final class Storage: Sendable {
    let entries: [NamedParameter<Scalar>]
    let places: [ObjectIdentifier: Int]

    init(_ entries: [NamedParameter<Scalar>]) {
      self.entries = entries
      var places: [ObjectIdentifier: Int] = [:]
      places.reserveCapacity(entries.count)
      for (place, entry) in entries.enumerated() {
        places[ObjectIdentifier(entry.parameter)] = place
      }
      self.places = places
    }
  }

  private let storage: Storage

  /// The parameters of `model`.
  public init(of model: some Module<Scalar>) {
    storage = Storage(ParameterSearch<Scalar>.search(model))
  }

  private init(_ entries: [NamedParameter<Scalar>]) { storage = Storage(entries) }

  /// Those that are to be trained.
  var trainable: Parameters {
    allSatisfy(\.parameter.isTrainable) ? self : Parameters(filter(\.parameter.isTrainable))
  }

  /// The place of the first parameter.
  public var startIndex: Int { 0 }
  /// One past the place of the last.
  public var endIndex: Int { storage.entries.count }
  /// The parameter at a place, with its name.
  public subscript(place: Int) -> NamedParameter<Scalar> { storage.entries[place] }

  /// The parameter of that name, if there is one.
  public subscript(name: String) -> Parameter<Scalar>? {
    first { $0.name == name }?.parameter
  }

  /// The place of `parameter`, if it is one of these.
  public func place(of parameter: Parameter<Scalar>) -> Int? {
    storage.places[ObjectIdentifier(parameter)]
  }

  /// The number of scalars in all of them.
  public var scalarCount: Int { reduce(0) { $0 + $1.parameter.value.count } }

  /// All values, in order. Cheap: tensors share memory until one is changed.
  public var values: [Tensor<Scalar>] { map(\.parameter.value) }

  /// Gives every parameter a value. Traps when number or shapes differ; then nothing is changed.
  public func assign(_ values: [Tensor<Scalar>]) {
    requireFit(values, for: "assign")
    for (entry, value) in zip(self, values) { entry.parameter.value = value }
  }

  /// Gives every parameter the value of its namesake in `others`. Traps when names or shapes differ.
  public func assign(_ others: Parameters) {
    guard map(\.name) == others.map(\.name) else {
      let difference = Set(map(\.name)).symmetricDifference(others.map(\.name)).sorted()
      trap("assign: the models have different parameters: \(difference.joined(separator: ", "))")
    }
    assign(others.values)
  }

  /// Runs `body` with the parameters standing for `values`, which may be tensors of a gradient scope: how a
  /// model is run, and differentiated, as a function of its parameters. Afterwards they are what they
  /// were, also when `body` throws. Traps when number or shapes differ.
  public func withValues<R>(_ values: [Tensor<Scalar>], _ body: () throws -> R) rethrows -> R {
    requireFit(values, for: "withValues")
    let outside = zip(self, values).map { $0.parameter.beginScope($1) }
    defer { for (entry, value) in zip(self, outside) { entry.parameter.endScope(value) } }
    return try body()
  }

  private func requireFit(_ values: [Tensor<Scalar>], for operation: String) {
    guard values.count == count else {
      trap("\(operation): \(values.count) values for \(count) parameters")
    }
    for (entry, value) in zip(self, values) where entry.parameter.value.shape != value.shape {
      trap(
        "\(operation): \(entry.name) has shape \(entry.parameter.value.shape), but its new value "
          + "has shape \(value.shape)")
    }
  }

  /// Whether these are the same parameters as `others`: the same objects in the same order.
  func areSame(as others: Parameters) -> Bool {
    storage === others.storage
      || (count == others.count && zip(self, others).allSatisfy { $0.parameter === $1.parameter })
  }
}

extension Parameters: CustomStringConvertible {
  /// A table of names, shapes and counts, with the total below.
  public var description: String {
    let rows =
      map { entry in
        let value = entry.parameter.value
        return [entry.name, value.shape.description, grouped(value.count)]
      } + [["total", "", grouped(scalarCount)]]
    let widths = (0..<2).map { column in rows.map { $0[column].count }.max() ?? 0 }
    let countWidth = rows.map { $0[2].count }.max() ?? 0
    return rows.map { row in
      let columns = zip(row, widths).map { text, width in
        text + String(repeating: " ", count: width - text.count)
      }
      let count = String(repeating: " ", count: countWidth - row[2].count) + row[2]
      return (columns + [count]).joined(separator: "  ")
    }
    .joined(separator: "\n")
  }

  /// 1234567 as "1,234,567".
  private func grouped(_ number: Int) -> String {
    var digits = String(number)
    var place = digits.count - 3
    while place > 0 {
      digits.insert(",", at: digits.index(digits.startIndex, offsetBy: place))
      place -= 3
    }
    return digits
  }
}
