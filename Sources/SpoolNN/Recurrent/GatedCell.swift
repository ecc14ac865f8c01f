import Spool

/// A cell whose gates follow from its inputs and outputs, so that they can be looked at without a change to the
/// cell: what it had to do at each step is known when the run is over.
public protocol GatedCell<Scalar>: RecurrentCell {
  /// The activation of each gate at every step of a run from the zero state.
  ///
  /// - Parameters:
  ///   - inputs: `[time, batch, inputs]`.
  ///   - outputs: those of the run, `[time, batch, hidden]`.
  /// - Returns: the gates by name, `[time, batch, hidden]` each.
  func gates(
    _ inputs: Tensor<Scalar>, outputs: Tensor<Scalar>
  ) -> [(name: String, activations: Tensor<Scalar>)]
}

/// The hidden state before each step: zeros, then the outputs but for the last.
private func delayed<S: RealScalar>(_ outputs: Tensor<S>) -> Tensor<S> {
  concatenated([.zeros([1, outputs.shape[1], outputs.shape[2]]), outputs[..<(-1)]])
}

extension LSTMCell: GatedCell {
  /// Input, forget and output gate.
  public func gates(
    _ inputs: Tensor<Scalar>, outputs: Tensor<Scalar>
  ) -> [(name: String, activations: Tensor<Scalar>)] {
    let (i, f, _, o) = (projected(inputs) + matmul(delayed(outputs), stateWeights)).chunked4()
    return [("input", sigmoid(i)), ("forget", sigmoid(f)), ("output", sigmoid(o))]
  }
}

extension LayerNormLSTMCell: GatedCell {
  /// Input, forget and output gate.
  public func gates(
    _ inputs: Tensor<Scalar>, outputs: Tensor<Scalar>
  ) -> [(name: String, activations: Tensor<Scalar>)] {
    let recurrent = layerNorm(matmul(delayed(outputs), gates.stateWeights), gain: stateGain)
    let (i, f, _, o) = (projected(inputs) + recurrent).chunked4()
    return [("input", sigmoid(i)), ("forget", sigmoid(f)), ("output", sigmoid(o))]
  }
}

extension GRUCell: GatedCell {
  /// Reset and update gate.
  public func gates(
    _ inputs: Tensor<Scalar>, outputs: Tensor<Scalar>
  ) -> [(name: String, activations: Tensor<Scalar>)] {
    // With the reset before the product, `projected` has the state's bias already.
    let bias = resetOrder == .afterProduct ? stateBias : .zeros(stateBias.shape)
    let (r, z, _) =
      (projected(inputs) + matmul(delayed(outputs), stateWeights) + bias).chunked3()
    return [("reset", sigmoid(r)), ("update", sigmoid(z))]
  }
}
