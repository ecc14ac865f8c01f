import Spool

/// One time step of a recurrent network: `(input, state) -> (output, state)`.
///
/// A step has two parts: what depends on the input only (`projected`), which a layer computes for all time
/// steps in one product, and the rest (`step`). Calling the cell does both.
public protocol RecurrentCell<Scalar>: Module, Sendable {
  /// What is carried from step to step.
  associatedtype State: RecurrentState<Scalar>

  /// The number of features of an input.
  var inputSize: Int { get }
  /// The number of features of an output.
  var hiddenSize: Int { get }

  /// The state before the first step: zeros.
  func initialState(batch: Int) -> State

  /// The part of the step that depends on the input only: `[…, inputs]` to `[…, gates · hidden]`.
  func projected(_ inputs: Tensor<Scalar>) -> Tensor<Scalar>

  /// The rest of the step, of one projected input, `[batch, gates · hidden]`.
  func step(_ projected: Tensor<Scalar>, _ state: State) -> (output: Tensor<Scalar>, state: State)
}

extension RecurrentCell {
  /// One step: an input `[batch, inputs]` and the state before it to an output `[batch, hidden]` and the
  /// state after it.
  public func callAsFunction(
    _ input: Tensor<Scalar>, _ state: State
  ) -> (output: Tensor<Scalar>, state: State) {
    guard input.rank == 2 else {
      trap(
        "\(Self.self): the input has shape \(input.shape), but a cell takes one step, "
          + "[batch, inputs]")
    }
    return step(projected(input), state)
  }

  func requireInput(_ inputs: Tensor<Scalar>) {
    guard inputs.shape.last == inputSize else {
      trap(
        "\(Self.self): the input has shape \(inputs.shape), but its last axis must be the "
          + "\(inputSize) inputs")
    }
  }

  func requireState(_ state: Tensor<Scalar>, _ name: String, for projected: Tensor<Scalar>) {
    guard state.shape == [projected.shape[0], hiddenSize] else {
      trap(
        "\(Self.self): the state \(name) has shape \(state.shape), but the input needs "
          + "[\(projected.shape[0]), \(hiddenSize)], [batch, hidden]")
    }
  }
}

/// Traps when a layer would have a size that is not positive.
func requirePositive(_ size: Int, _ name: String, of layer: Any.Type) {
  guard size > 0 else { trap("\(layer): \(name) is \(size); it must be positive") }
}
