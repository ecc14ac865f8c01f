import Spool

/// A recurrent network over time: layers of cells, each of which runs over the outputs of the one below, in
/// one direction or both.
///
/// `RNN`, `LSTM` and `GRU` are this with their cells, and make it themselves; `init(layers:dropout:)` is
/// for cells of one's own.
public struct Recurrent<Cell: RecurrentCell>: Module, Sendable {
  /// The scalar type of the parameters.
  public typealias Scalar = Cell.Scalar

  /// One layer: a cell for each direction.
  public struct Layer: Module, Sendable {
    /// The scalar type of the parameters.
    public typealias Scalar = Cell.Scalar
    /// The cell that runs from the first time step to the last.
    public let forward: Cell
    /// The cell that runs from the last time step to the first, if the layer is bidirectional.
    public let backward: Cell?

    /// A layer of one or two cells. Traps when they have different numbers of inputs.
    public init(forward: Cell, backward: Cell? = nil) {
      if let backward, backward.inputSize != forward.inputSize {
        trap(
          "Recurrent: the cells of a layer have \(forward.inputSize) and \(backward.inputSize) "
            + "inputs; they read the same ones")
      }
      self.forward = forward
      self.backward = backward
    }

    /// The number of features of an output: that of both directions together.
    public var outputSize: Int { forward.hiddenSize + (backward?.hiddenSize ?? 0) }
  }

  /// The state of one layer.
  public struct LayerState: RecurrentState {
    /// The scalar type of its tensors.
    public typealias Scalar = Cell.Scalar
    /// The state of the forward cell.
    public var forward: Cell.State
    /// The state of the backward cell, if there is one.
    public var backward: Cell.State?

    /// The state of one or two cells.
    public init(forward: Cell.State, backward: Cell.State? = nil) {
      self.forward = forward
      self.backward = backward
    }

    /// The states of each direction, combined with that in `other`.
    public func combined(
      with other: LayerState, _ combine: (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>
    ) -> LayerState {
      guard (backward == nil) == (other.backward == nil) else {
        trap("combined: one state is of a bidirectional layer, the other is not")
      }
      return LayerState(
        forward: forward.combined(with: other.forward, combine),
        backward: backward.map { $0.combined(with: other.backward!, combine) })
    }
  }

  /// The layers, from the input upwards.
  public let layers: [Layer]
  /// The probability that a feature is dropped between two layers.
  public let dropout: Dropout

  /// A network of these layers. Traps when there are none, or one does not fit the one below it.
  public init(layers: [Layer], dropout: Double = 0) {
    guard !layers.isEmpty else { trap("Recurrent: there are no layers") }
    for (place, (below, above)) in zip(layers, layers.dropFirst()).enumerated()
    where below.outputSize != above.forward.inputSize {
      trap(
        "Recurrent: layer \(place + 1) has \(above.forward.inputSize) inputs, but the layer below "
          + "has \(below.outputSize) outputs")
    }
    self.layers = layers
    self.dropout = Dropout(rate: dropout)
  }

  /// A network of layers with these numbers of hidden units. `cell` makes each cell from its number of inputs,
  /// its number of hidden units and a key of its own.
  public init(
    inputSize: Int, hiddenSizes: [Int], bidirectional: Bool, dropout: Double, key: RandomKey,
    cell: (_ inputSize: Int, _ hiddenSize: Int, _ key: RandomKey) -> Cell
  ) {
    var layers: [Layer] = []
    for (hiddenSize, key) in zip(hiddenSizes, key.split(hiddenSizes.count)) {
      let size = layers.last?.outputSize ?? inputSize
      let (forwardKey, backwardKey) = key.split()
      layers.append(
        Layer(
          forward: cell(size, hiddenSize, forwardKey),
          backward: bidirectional ? cell(size, hiddenSize, backwardKey) : nil))
    }
    self.init(layers: layers, dropout: dropout)
  }

  /// The number of features of an input.
  public var inputSize: Int { layers[0].forward.inputSize }
  /// The number of features of an output.
  public var outputSize: Int { layers[layers.count - 1].outputSize }

  /// The state of all layers before the first step: zeros.
  public func initialState(batch: Int) -> [LayerState] {
    layers.map { layer in
      LayerState(
        forward: layer.forward.initialState(batch: batch),
        backward: layer.backward?.initialState(batch: batch))
    }
  }

  /// Runs the network over `inputs`.
  ///
  /// - Parameters:
  ///   - inputs: `[time, batch, inputs]`, or with `batchFirst` `[batch, time, inputs]`; so are the outputs then.
  ///   - states: the state of each layer before its first step (for a backward cell, that is the last
  ///     time step); nil for zeros.
  ///   - lengths: the number of time steps of each item of the batch; nil where all have all. Past its
  ///     end, an item's outputs are 0 and its states stay, a backward cell starts at its end, and what
  ///     its inputs hold there, even NaN, has no effect.
  ///   - checkpointEvery: keeps the states at every so many time steps only, for long sequences; the backward
  ///     pass computes what lies between them once more.
  ///   - key: the key of the dropout between layers; nil for none, as in evaluation.
  /// - Returns: the outputs of the last layer, `[time, batch, outputs]`, forward before backward, and the
  ///   last state of every cell.
  public func callAsFunction(
    _ inputs: Tensor<Scalar>, from states: [LayerState]? = nil, lengths: [Int]? = nil,
    checkpointEvery spacing: Int? = nil, batchFirst: Bool = false, key: RandomKey? = nil
  ) -> (outputs: Tensor<Scalar>, states: [LayerState]) {
    guard inputs.rank == 3, inputs.shape[2] == inputSize else {
      let axes = batchFirst ? "batch, time" : "time, batch"
      trap(
        "\(Self.self): the input has shape \(inputs.shape), but must have "
          + "[\(axes), \(inputSize)], [\(axes), inputs]")
    }
    if batchFirst {
      let (outputs, last) = self(
        inputs.transposed(0, 1), from: states, lengths: lengths, checkpointEvery: spacing, key: key)
      return (outputs.transposed(0, 1), last)
    }
    let states = states ?? initialState(batch: inputs.shape[1])
    guard states.count == layers.count else {
      trap("\(Self.self): \(states.count) states for \(layers.count) layers")
    }
    var outputs = inputs
    var lasts: [LayerState] = []
    for (place, (layer, state)) in zip(layers, states).enumerated() {
      if place > 0, let key { outputs = dropout(outputs, key: key.folding(in: place)) }
      let (layerOutputs, last) = layer.run(
        outputs, from: state, Timing(lengths: lengths, spacing: spacing))
      outputs = layerOutputs
      lasts.append(last)
    }
    return (outputs, lasts)
  }
}

extension Recurrent.Layer {
  /// Runs both directions over `[time, batch, inputs]`.
  fileprivate func run(
    _ inputs: Tensor<Scalar>, from state: Recurrent.LayerState, _ timing: Timing
  ) -> (outputs: Tensor<Scalar>, state: Recurrent.LayerState) {
    let (outputs, last) = run(
      forward, inputs, from: state.forward, reverse: false, timing)
    guard let backward else { return (outputs, Recurrent.LayerState(forward: last)) }
    guard let first = state.backward else {
      trap("Recurrent: a bidirectional layer needs a state for its backward cell, too")
    }
    let (others, end) = run(
      backward, inputs, from: first, reverse: true, timing)
    return (
      concatenated([outputs, others], axis: -1),
      Recurrent.LayerState(forward: last, backward: end)
    )
  }

  private func run(
    _ cell: Cell, _ inputs: Tensor<Scalar>, from state: Cell.State, reverse: Bool,
    _ timing: Timing
  ) -> (outputs: Tensor<Scalar>, state: Cell.State) {
    if timing.lengths != nil || timing.spacing != nil {
      // Padding is to be cleared before the product, whose gradient reads it; and with checkpoints the
      // product of all time steps is not to be kept.
      return scan(
        inputs, from: state, reverse: reverse, lengths: timing.lengths,
        checkpointEvery: timing.spacing
      ) { cell($0, $1) }
    }
    return scan(cell.projected(inputs), from: state, reverse: reverse) { cell.step($0, $1) }
  }
}

/// How the layers go over time.
private struct Timing {
  let lengths: [Int]?
  let spacing: Int?
}
