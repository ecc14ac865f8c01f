import Spool

/// Weights that do not fit the model they were to be loaded into.
public struct WeightMismatch: Error, CustomStringConvertible, Sendable {
  /// One line for each tensor that is missing, unexpected or of a wrong shape.
  public let problems: [String]

  /// All problems, on one line.
  public var description: String {
    "the weights do not fit the model, which is unchanged: " + problems.joined(separator: "; ")
  }
}

/// The weights of one cell as PyTorch stores them, which is transposed against ours.
public struct PyTorchCellWeights<Scalar: RealScalar> {
  /// `weight_ih`, `[gates · hidden, inputs]`.
  public let inputWeights: Tensor<Scalar>
  /// `weight_hh`, `[gates · hidden, hidden]`.
  public let stateWeights: Tensor<Scalar>
  /// `bias_ih`, `[gates · hidden]`.
  public let inputBias: Tensor<Scalar>
  /// `bias_hh`, `[gates · hidden]`.
  public let stateBias: Tensor<Scalar>
}

/// A cell that PyTorch has too, so that its weights can be taken from there.
public protocol PyTorchCell: RecurrentCell {
  /// The number of blocks, one for each gate, that the weights consist of.
  static var gateCount: Int { get }

  /// Takes over weights of the right shapes.
  func assign(_ weights: PyTorchCellWeights<Scalar>)
}

extension RNNCell: PyTorchCell {
  /// One: the state itself.
  public static var gateCount: Int { 1 }

  /// Takes over PyTorch's weights; the bias is the sum of its two.
  public func assign(_ weights: PyTorchCellWeights<Scalar>) {
    inputWeights = weights.inputWeights.transposed()
    stateWeights = weights.stateWeights.transposed()
    bias = weights.inputBias + weights.stateBias
  }
}

extension LSTMCell: PyTorchCell {
  /// Input, forget, cell, output.
  public static var gateCount: Int { 4 }

  /// Takes over PyTorch's weights; the bias is the sum of its two.
  public func assign(_ weights: PyTorchCellWeights<Scalar>) {
    inputWeights = weights.inputWeights.transposed()
    stateWeights = weights.stateWeights.transposed()
    bias = weights.inputBias + weights.stateBias
  }
}

extension GRUCell: PyTorchCell {
  /// Reset, update, new.
  public static var gateCount: Int { 3 }

  /// Takes over PyTorch's weights.
  public func assign(_ weights: PyTorchCellWeights<Scalar>) {
    inputWeights = weights.inputWeights.transposed()
    stateWeights = weights.stateWeights.transposed()
    inputBias = weights.inputBias
    stateBias = weights.stateBias
  }
}

extension PyTorchCell {
  /// Takes over the weights of PyTorch's cell of this kind, named `weight_ih`, `weight_hh`, `bias_ih` and
  /// `bias_hh`, each followed by `suffix`.
  ///
  /// Throws `WeightMismatch` with all problems, having changed nothing, where a tensor is missing or has a
  /// wrong shape.
  public func loadPyTorchWeights(
    _ tensors: [String: Tensor<Scalar>], suffix: String = ""
  ) throws(WeightMismatch) {
    var problems: [String] = []
    let weights = pyTorchWeights(in: tensors, suffix: suffix, problems: &problems)
    guard let weights, problems.isEmpty else { throw WeightMismatch(problems: problems) }
    assign(weights)
  }

  fileprivate func pyTorchWeights(
    in tensors: [String: Tensor<Scalar>], suffix: String, problems: inout [String]
  ) -> PyTorchCellWeights<Scalar>? {
    let rows = Self.gateCount * hiddenSize
    let expected: [(name: String, shape: Shape)] = [
      ("weight_ih" + suffix, [rows, inputSize]), ("weight_hh" + suffix, [rows, hiddenSize]),
      ("bias_ih" + suffix, [rows]), ("bias_hh" + suffix, [rows]),
    ]
    var found: [Tensor<Scalar>] = []
    for (name, shape) in expected {
      guard let tensor = tensors[name] else {
        problems.append("\(name) \(shape) is missing")
        continue
      }
      if tensor.shape != shape {
        problems.append("\(name) has shape \(tensor.shape), expected \(shape)")
      }
      found.append(tensor)
    }
    guard found.count == expected.count else { return nil }
    return PyTorchCellWeights(
      inputWeights: found[0], stateWeights: found[1], inputBias: found[2], stateBias: found[3])
  }
}

extension Recurrent where Cell: PyTorchCell {
  /// Takes over the weights of PyTorch's network of this kind: `prefix` + `weight_ih_l0`,
  /// `weight_hh_l0`, `bias_ih_l0`, `bias_hh_l0`, with `_reverse` at the end for the backward cells.
  ///
  /// Throws `WeightMismatch` with all problems, having changed nothing, where a tensor is missing, has a
  /// wrong shape, or starts with the prefix and a weight's name but belongs to no cell.
  public func loadPyTorchWeights(
    _ tensors: [String: Tensor<Scalar>], prefix: String = ""
  ) throws(WeightMismatch) {
    let own = Dictionary(
      uniqueKeysWithValues: tensors.compactMap { name, tensor in
        name.hasPrefix(prefix) ? (String(name.dropFirst(prefix.count)), tensor) : nil
      })
    var problems: [String] = []
    var assignments: [(cell: Cell, weights: PyTorchCellWeights<Scalar>)] = []
    var unexpected = Set(own.keys.filter { $0.hasPrefix("weight_") || $0.hasPrefix("bias_") })
    for (place, layer) in layers.enumerated() {
      for (cell, ending) in [(layer.forward, ""), (layer.backward, "_reverse")] {
        guard let cell else { continue }
        let suffix = "_l\(place)\(ending)"
        for name in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"] {
          unexpected.remove(name + suffix)
        }
        if let weights = cell.pyTorchWeights(in: own, suffix: suffix, problems: &problems) {
          assignments.append((cell, weights))
        }
      }
    }
    problems += unexpected.sorted().map { "\($0) belongs to no cell of this network" }
    guard problems.isEmpty else { throw WeightMismatch(problems: problems) }
    for (cell, weights) in assignments { cell.assign(weights) }
  }
}
