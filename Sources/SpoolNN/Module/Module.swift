import Spool

/// A part of a model: a struct whose parameters are the `@Parameter` properties in it.
///
/// They are found by reflection, in the order of declaration, private ones too, through nested structs,
/// tuples, arrays, dictionaries (in the order of their keys), enums and optionals. A parameter is named by the
/// path to it, `layers.0.inputWeights`. One that is reached twice (tied) is listed once, under the
/// first name. Closures cannot be looked into: a parameter that only a closure holds is not found.
///
/// A copy of a module shares its parameters. For an independent one make a second model and give it the
/// values: `other.parameters().assign(model.parameters())`.
public protocol Module<Scalar> {
  /// The scalar type of all parameters; `Float` unless said otherwise.
  associatedtype Scalar: RealScalar = Float
}

extension Module {
  /// The parameters with their names.
  ///
  /// Looks through the whole model, which takes some ten microseconds; a training loop that is in a hurry
  /// does it once and hands the collection to `valueAndGradient(of:)`.
  public func parameters() -> Parameters<Scalar> { Parameters(of: self) }

  /// The number of scalars in all parameters, tied ones counted once.
  public var parameterCount: Int { parameters().scalarCount }
}
