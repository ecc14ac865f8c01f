import Spool
import SpoolNN

/// A layer over time: `[time, batch, features]` to `[time, batch, features]`.
///
/// Layers are put together from others: `Stack([Bidirectional(…), Residual(…)])`. With `lengths`, what an item
/// holds past its end has no effect, and its outputs are 0 there.
protocol SequenceLayer<Scalar>: Module, Sendable {
  /// The number of features of an output.
  var outputSize: Int { get }
  /// Runs over a sequence, forward in time or, with `reverse`, from each item's last step to its first.
  func callAsFunction(_ x: Tensor<Scalar>, lengths: [Int]?, reverse: Bool) -> Tensor<Scalar>
}

extension SequenceLayer {
  func callAsFunction(_ x: Tensor<Scalar>, lengths: [Int]? = nil) -> Tensor<Scalar> {
    self(x, lengths: lengths, reverse: false)
  }
}

/// A cell run over time.
struct Over<Cell: PlainCell>: SequenceLayer {
  typealias Scalar = Cell.Scalar
  let cell: Cell
  var outputSize: Int { cell.outputSize }

  init(_ cell: Cell) { self.cell = cell }

  func callAsFunction(_ x: Tensor<Scalar>, lengths: [Int]?, reverse: Bool) -> Tensor<Scalar> {
    let first = cell.initialState(batch: x.shape[1])
    return scan(x, from: first, reverse: reverse, lengths: lengths) { cell($0, $1) }.outputs
  }
}

/// Layers on top of each other, each of a size of its own (Schmidhuber, 1992; Graves, 2013).
struct Stack<Scalar: RealScalar>: SequenceLayer {
  let layers: [any SequenceLayer<Scalar>]
  var outputSize: Int { layers.last!.outputSize }

  init(_ layers: [any SequenceLayer<Scalar>]) {
    guard !layers.isEmpty else { trap("Stack: there are no layers") }
    self.layers = layers
  }

  func callAsFunction(_ x: Tensor<Scalar>, lengths: [Int]?, reverse: Bool) -> Tensor<Scalar> {
    layers.reduce(x) { $1($0, lengths: lengths, reverse: reverse) }
  }
}

/// A layer beside which its input passes by, x + layer(x) (He et al., 2016; over time as in Wu et al., 2016).
struct Residual<Layer: SequenceLayer>: SequenceLayer {
  typealias Scalar = Layer.Scalar
  let layer: Layer
  var outputSize: Int { layer.outputSize }

  init(_ layer: Layer) { self.layer = layer }

  func callAsFunction(_ x: Tensor<Scalar>, lengths: [Int]?, reverse: Bool) -> Tensor<Scalar> {
    guard x.shape.last == outputSize else {
      trap(
        "Residual: the input has shape \(x.shape), but to be added to the outputs its features must be "
          + "\(outputSize)")
    }
    let outputs = layer(x, lengths: lengths, reverse: reverse)
    guard let lengths else { return x + outputs }
    // Past its end an item is padding, which is not to be passed on.
    let mask = sequenceMask(lengths: lengths, time: x.shape[0])
    return `where`(mask.expandingAxis(at: -1), x, 0) + outputs
  }
}

/// Two layers, one forward in time and one backward, and what becomes of their outputs (Schuster & Paliwal, 1997).
struct Bidirectional<Forward: SequenceLayer, Backward: SequenceLayer>: SequenceLayer
where Forward.Scalar == Backward.Scalar {
  typealias Scalar = Forward.Scalar
  let forward: Forward
  let backward: Backward
  let merge: Merge

  /// - Parameter merge: anything but concatenation needs layers of the same size.
  init(_ forward: Forward, _ backward: Backward, merge: Merge = .concatenation) {
    guard merge == .concatenation || forward.outputSize == backward.outputSize else {
      trap(
        "Bidirectional: the \(merge.rawValue) of \(forward.outputSize) and \(backward.outputSize) features; "
          + "give both layers the same size, or concatenate")
    }
    self.forward = forward
    self.backward = backward
    self.merge = merge
  }

  var outputSize: Int {
    merge == .concatenation ? forward.outputSize + backward.outputSize : forward.outputSize
  }

  func callAsFunction(_ x: Tensor<Scalar>, lengths: [Int]?, reverse: Bool) -> Tensor<Scalar> {
    let a = forward(x, lengths: lengths, reverse: reverse)
    let b = backward(x, lengths: lengths, reverse: !reverse)
    return switch merge {
    case .concatenation: concatenated([a, b], axis: -1)
    case .sum: a + b
    case .mean: (a + b) / 2
    case .product: a * b
    }
  }
}

/// How the outputs of two directions become one.
enum Merge: String, CaseIterable {
  case concatenation, sum, mean, product
}
