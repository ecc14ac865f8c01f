import Spool
import SpoolNN

/// A controller that remembers nothing, so that a machine has to use its memory: h = tanh(x W + b).
struct FeedForwardController<Scalar: RealScalar>: RecurrentCell {
  /// No tensors.
  struct State: RecurrentState, Sendable {
    func combined(
      with other: State, _ combine: (Tensor<Scalar>, Tensor<Scalar>) -> Tensor<Scalar>
    ) -> State { self }
  }

  let layer: Linear<Scalar>

  init(inputSize: Int, hiddenSize: Int, key: RandomKey) {
    layer = Linear(inputSize: inputSize, outputSize: hiddenSize, key: key)
  }

  var inputSize: Int { layer.inputSize }
  var hiddenSize: Int { layer.outputSize }

  func initialState(batch: Int) -> State { State() }

  func projected(_ inputs: Tensor<Scalar>) -> Tensor<Scalar> { layer(inputs) }

  func step(
    _ projected: Tensor<Scalar>, _ state: State
  ) -> (output: Tensor<Scalar>, state: State) { (tanh(projected), state) }
}
