import Spool

/// Single steps without a gradient, the state kept from one to the next: what a cell takes that answers each
/// input as it comes.
enum StreamingWorkloads {
  private static let size = 128

  static let all = [
    Workload(
      "stream-lstm", "one step, batch 1, 128 inputs, hidden 128", hasExecutors: true,
      repetitions: 1000, productOperations: 2 * Double(4 * size * (size + size))
    ) { executor in
      let step = step(executor)
      return .work { for _ in 0..<1000 { step() } }
    }
  ]

  /// A step of the stream, or the same step operation by operation.
  private static func step(_ executor: Executor) -> () -> Void {
    let keys = RandomKey(seed: 1).split()
    let x = Tensor<Float>.normal([1, size], key: keys.0)
    let p = DrawnParameter.draw(
      PlainLayer.lstm.parameters(size, size), standardDeviation: 1 / Float(size).squareRoot(),
      key: keys.1)
    var state: LSTMState = (.zeros([1, size]), .zeros([1, size]))
    guard executor == .scan else { return { (_, state) = lstm(x, state, p[0], p[1], p[2]) } }
    let stream = CellStream(from: state) { x, state in lstm(x, state, p[0], p[1], p[2]) }
    return { _ = stream.step(x) }
  }
}
