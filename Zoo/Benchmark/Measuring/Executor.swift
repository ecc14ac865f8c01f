import Spool

/// What runs a cell over time.
enum Executor: String, CaseIterable {
  /// The compiled step.
  case scan
  /// One operation after another.
  case unroll

  /// The outputs of `cell` over `inputs`, `[time, batch, …]`.
  func outputs<State>(
    of inputs: Tensor<Float>, from state: State,
    _ cell: @escaping (Tensor<Float>, State) -> (Tensor<Float>, State)
  ) -> Tensor<Float> {
    switch self {
    case .scan: Spool.scan(inputs, from: state, cell).outputs
    case .unroll: Spool.unroll(inputs, from: state, cell).outputs
    }
  }
}
