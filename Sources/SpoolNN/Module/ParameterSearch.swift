import Spool

/// A type that holds no parameters, which the search need not look into.
private protocol ParameterFree {}

extension Tensor: ParameterFree {}
extension Shape: ParameterFree {}
extension Bool: ParameterFree {}
extension Int: ParameterFree {}
extension Int32: ParameterFree {}
extension Float: ParameterFree {}
extension Double: ParameterFree {}
extension String: ParameterFree {}

/// A collection that tells what type its elements have, so that an array of a million numbers is passed
/// over rather than walked.
private protocol ParameterFreeElements {
  static var holdsNoParameters: Bool { get }
}

extension Array: ParameterFreeElements {
  static var holdsNoParameters: Bool { isParameterFree(Element.self) }
}

extension Set: ParameterFreeElements {
  static var holdsNoParameters: Bool { isParameterFree(Element.self) }
}

extension Dictionary: ParameterFreeElements {
  static var holdsNoParameters: Bool { isParameterFree(Value.self) }
}

extension Optional: ParameterFreeElements {
  static var holdsNoParameters: Bool { isParameterFree(Wrapped.self) }
}

private func isParameterFree(_ type: Any.Type) -> Bool {
  type is any ParameterFree.Type
    || (type as? any ParameterFreeElements.Type)?.holdsNoParameters == true
}

/// A parameter of any scalar type, so that one of a wrong type is told from none.
private protocol AnyParameter {}

extension Parameter: AnyParameter {}

/// The walk through a model for its parameters.
struct ParameterSearch<Scalar: RealScalar> {
  private var entries: [NamedParameter<Scalar>] = []
  private var found: Set<ObjectIdentifier> = []
  /// The way from the model to the value at hand.
  private var path: [String] = []

  static func search(_ model: some Module<Scalar>) -> [NamedParameter<Scalar>] {
    var search = ParameterSearch()
    search.visit(model)
    return search.entries
  }

  /// Goes by types where it can: casting a value to a class would try to bridge it, and convert an array
  /// to an NSArray element by element.
  private mutating func visit(_ value: Any) {
    let type = type(of: value)
    guard !isParameterFree(type) else { return }
    if type is any AnyParameter.Type {
      guard let parameter = value as? Parameter<Scalar> else {
        trap(
          "\(pathName) is a \(type), but its model's parameters are \(Scalar.self): all have one scalar "
            + "type, which the model declares, `typealias Scalar = Double`, where it is not Float")
      }
      if found.insert(ObjectIdentifier(parameter)).inserted {
        entries.append(NamedParameter(name: pathName, parameter: parameter))
      }
      return
    }
    let mirror = Mirror(reflecting: value)
    switch mirror.displayStyle {
    case .struct, .tuple, .enum:
      for child in mirror.children { visit(child.value, as: name(of: child)) }
    case .collection:
      for (place, child) in mirror.children.enumerated() { visit(child.value, as: String(place)) }
    case .optional:
      for child in mirror.children { visit(child.value) }
    case .dictionary: visitDictionary(mirror)
    case .class, .foreignReference:
      guard type is any Module.Type else { return }
      trap(
        "\(pathName) is a \(type), a class; a Module must be a struct for its parameters "
          + "to be found")
    case .set, nil: return
    @unknown default: return
    }
  }

  private mutating func visit(_ value: Any, as step: String) {
    path.append(step)
    visit(value)
    path.removeLast()
  }

  private mutating func visitDictionary(_ mirror: Mirror) {
    let pairs = mirror.children.map { child in
      let pair = Array(Mirror(reflecting: child.value).children)
      return (key: String(describing: pair[0].value), value: pair[1].value)
    }
    for pair in pairs.sorted(by: { $0.key < $1.key }) { visit(pair.value, as: pair.key) }
  }

  private var pathName: String { path.isEmpty ? "the model" : path.joined(separator: ".") }

  /// The name of a property; that of the wrapper's storage is the property's with a "_" before it. The
  /// fields of a tuple without labels are called ".0", ".1".
  private func name(of child: Mirror.Child) -> String {
    guard let label = child.label else { return "" }
    if label.hasPrefix("_"), type(of: child.value) is any AnyParameter.Type {
      return String(label.dropFirst())
    }
    return label.hasPrefix(".") ? String(label.dropFirst()) : label
  }
}
