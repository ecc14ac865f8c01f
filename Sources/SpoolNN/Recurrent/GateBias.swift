import Spool

/// What the bias of the gate that keeps a cell's memory starts as: the forget gate's of an `LSTMCell`, the update
/// gate's of a `GRUCell`. A number stands for `.constant`.
///
///     LSTMCell<Float>(inputSize: 2, hiddenSize: 64, forgetBias: .chrono(longest: 400), key: key)
public enum GateBias<Scalar: RealScalar>: Sendable {
  /// The same for all units.
  case constant(Scalar)
  /// Chrono initialisation (Tallec & Ollivier, 2018, arXiv:1804.11188), for dependencies over at most `longest`
  /// time steps, which are at least 2: log u with u uniform in 1 ... longest − 1, so that the units remember for
  /// about u steps each. The gate that lets new content in starts with the opposite, so that about 1/u of it enters at
  /// each step.
  case chrono(longest: Int)

  /// The biases of the gate that keeps and of the gate that lets in, `[units]` each. A GRU's one gate
  /// does both.
  func drawn(_ units: Int, key: RandomKey) -> (keeping: Tensor<Scalar>, admitting: Tensor<Scalar>) {
    switch self {
    case .constant(let bias): return (Tensor(repeating: bias, shape: [units]), .zeros([units]))
    case .chrono(let longest):
      guard longest >= 2 else {
        trap("GateBias.chrono: the longest dependency is \(longest) steps; it must be at least 2")
      }
      let spans = 1 + Scalar(longest - 2) * Tensor.uniform([units], in: 0..<1, key: key)
      return (log(spans), -log(spans))
    }
  }
}

extension GateBias: ExpressibleByFloatLiteral, ExpressibleByIntegerLiteral {
  /// The same number for all units.
  public init(floatLiteral value: Double) { self = .constant(Scalar(value)) }

  /// The same number for all units.
  public init(integerLiteral value: Int) { self = .constant(Scalar(value)) }
}
