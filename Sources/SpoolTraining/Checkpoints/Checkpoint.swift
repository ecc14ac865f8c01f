import Spool
import SpoolNN

/// Named tensors and texts that are saved together in one safetensors file: a model's parameters, the moments of
/// its optimiser, the state carried over.
public struct Checkpoint: Sendable {
  /// Texts about the tensors.
  public var metadata: [String: String]
  private var tensors: [SafetensorsTensor] = []

  /// A checkpoint without tensors.
  public init(metadata: [String: String] = [:]) { self.metadata = metadata }

  /// Adds a tensor. Two of the same name make writing throw.
  public mutating func add<S: TensorScalar & SafetensorsScalar>(
    _ tensor: Tensor<S>, named name: String
  ) {
    tensors.append(
      SafetensorsTensor(name: name, shape: Array(tensor.shape), values: tensor.scalars))
  }

  /// Adds the values of parameters under their names, with `prefix` in front.
  public mutating func add<S: SafetensorsScalar>(
    _ parameters: Parameters<S>, prefix: String = ""
  ) {
    for entry in parameters { add(entry.parameter.value, named: prefix + entry.name) }
  }

  /// Adds what an optimiser keeps for each parameter, as `PREFIX` + parameter + `.` + slot, and the numbers of
  /// steps that changed it.
  public mutating func add<O: Optimizer>(_ optimizer: O, prefix: String)
  where O.Scalar: SafetensorsScalar {
    for (entry, slot) in zip(optimizer.parameters, optimizer.slots) {
      add(Tensor(Int32(slot.stepCount)), named: "\(prefix)\(entry.name).steps")
      for (name, tensor) in zip(optimizer.slotNames, slot.tensors) {
        add(tensor, named: "\(prefix)\(entry.name).\(name)")
      }
    }
  }

  /// Writes the file at `path`, replacing it as a whole: a reader finds the old contents or the new ones.
  public func write(to path: String) throws(SafetensorsError) {
    try SafetensorsFile.write(tensors, metadata: metadata, to: path)
  }
}

extension SafetensorsFile {
  /// The tensor of this name.
  ///
  /// Throws if there is none, if its element type cannot be read as `Scalar`, if it has another shape than
  /// `shape`, where one is given, or more axes than a `Tensor` can have.
  public func tensor<S: TensorScalar & SafetensorsScalar>(
    _ name: String, shape: Shape? = nil, as _: S.Type = S.self
  ) throws -> Tensor<S> {
    let found = try tensor(name)
    if let shape, found.shape != Array(shape) {
      throw CheckpointError(
        file: path, problems: [.wrongShape(name, found: found.shape, needed: Array(shape))])
    }
    guard found.shape.count <= Shape.maximumRank else {
      throw failure(.tooManyAxes(found.shape.count), tensor: name)
    }
    return Tensor(shape: Shape(found.shape), try values(of: name))
  }

  /// All tensors by their names, as `loadPyTorchWeights` takes them. Throws if one cannot be read as
  /// `Scalar`, or has more axes than a `Tensor` can have.
  public func tensors<S: TensorScalar & SafetensorsScalar>(
    as _: S.Type = S.self
  ) throws -> [String: Tensor<S>] {
    var result: [String: Tensor<S>] = [:]
    for entry in header.tensors { result[entry.name] = try tensor(entry.name) }
    return result
  }

  /// Gives parameters the values that the file holds under their names, with `prefix` in front.
  ///
  /// Throws, having changed nothing, where names are missing or left over or shapes differ: all of them at once.
  public func assign<S: SafetensorsScalar>(
    to parameters: Parameters<S>, prefix: String = ""
  ) throws {
    var problems: [CheckpointError.Problem] = []
    var wanted: Set<String> = []
    for entry in parameters {
      let name = prefix + entry.name
      wanted.insert(name)
      let shape = Array(entry.parameter.value.shape)
      guard let found = header[name] else {
        problems.append(.missing(name))
        continue
      }
      if found.shape != shape {
        problems.append(.wrongShape(name, found: found.shape, needed: shape))
      }
    }
    for tensor in header.tensors
    where tensor.name.hasPrefix(prefix) && !wanted.contains(tensor.name) {
      problems.append(.unexpected(tensor.name))
    }
    guard problems.isEmpty else { throw CheckpointError(file: path, problems: problems) }
    let values = try parameters.map { entry -> Tensor<S> in try tensor(prefix + entry.name) }
    parameters.assign(values)
  }

  /// Gives an optimiser what `Checkpoint.add(_:prefix:)` saved of one. Throws, having changed nothing, where
  /// something is missing or has another shape.
  public func assign<O: Optimizer>(to optimizer: O, prefix: String) throws
  where O.Scalar: SafetensorsScalar {
    var slots = optimizer.slots
    for (place, entry) in optimizer.parameters.enumerated() {
      let steps: Tensor<Int32> = try tensor("\(prefix)\(entry.name).steps", shape: [])
      slots[place].stepCount = Int(steps.scalar)
      for (i, name) in optimizer.slotNames.enumerated() {
        slots[place].tensors[i] = try tensor(
          "\(prefix)\(entry.name).\(name)", shape: entry.parameter.value.shape)
      }
    }
    optimizer.slots = slots
  }
}
