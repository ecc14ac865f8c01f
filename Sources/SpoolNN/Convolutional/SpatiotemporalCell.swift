import Spool

/// A cell with two memories (Wang et al., 2017): its own, which time carries forward as an LSTM's does, and one
/// that all layers share, which runs up through the layers of a time step and from the top layer down to
/// the lowest one of the next: a zigzag.
public protocol SpatiotemporalCell<Scalar>: Module, Sendable {
  /// The number of channels of an output and of both memories.
  var hiddenChannels: Int { get }

  /// One step: an input `[batch, inputs, height, width]`, the state before it and the shared memory of the
  /// layer below, `[batch, hidden, height, width]` each, to the output, the state after it and the
  /// shared memory for the layer above.
  func callAsFunction(
    _ x: Tensor<Scalar>, _ state: LSTMCell<Scalar>.State, memory: Tensor<Scalar>
  ) -> (output: Tensor<Scalar>, state: LSTMCell<Scalar>.State, memory: Tensor<Scalar>)
}

extension SpatiotemporalCell {
  /// A state, or a shared memory, before the first of inputs such as `input`: zeros.
  public func zeros(for input: Tensor<Scalar>) -> Tensor<Scalar> {
    .zeros(maps(hiddenChannels, like: input))
  }
}
