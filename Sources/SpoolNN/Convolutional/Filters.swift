import Spool

extension Initializer {
  /// Filters `[blocks · count, channels, size, size]` in blocks, one for each gate of a cell, each drawn for
  /// itself as the matrix that it is to the numbers it sees, `[channels · size · size, count]`.
  func filters(
    _ count: Int, blocks: Int = 1, of channels: Int, _ size: Int, key: RandomKey
  ) -> Tensor<Scalar> {
    self.blocks(blocks, of: [channels * size * size, count], key: key).transposed()
      .reshaped(to: [blocks * count, channels, size, size])
  }
}

/// The bias of `gates` gates, `[gates · channels]`: 0 but for the given forget gates, which start open so that the
/// cell remembers at first (Jozefowicz, Zaremba & Sutskever, 2015).
func gateBias<S: RealScalar>(
  _ gates: Int, forgetGates: [Int], _ forgetBias: S, channels: Int
) -> Tensor<S> {
  var bias = Tensor<S>.zeros([gates, channels])
  for gate in forgetGates { bias[gate] = Tensor(forgetBias) }
  return bias.reshaped(to: [gates * channels])
}

/// The shape of `channels` maps of the size of those in `input`, `[batch, …, height, width]`.
func maps<S: RealScalar>(_ channels: Int, like input: Tensor<S>) -> Shape {
  guard input.rank == 4 else {
    trap(
      "the input has shape \(input.shape), but a cell over maps takes "
        + "[batch, channels, height, width]")
  }
  return [input.shape[0], channels, input.shape[2], input.shape[3]]
}
