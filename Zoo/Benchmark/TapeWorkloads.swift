import Spool

/// What an operation costs beside its arithmetic: pointwise operations on 64 numbers, recorded, run and
/// swept.
enum TapeWorkloads {
  private typealias Operation = @Sendable (Tensor<Float>, Tensor<Float>) -> Tensor<Float>

  private static let operations: [(name: String, operation: Operation)] = [
    ("add", { $0 + $1 }), ("multiply", { $0 * $1 }), ("tanh", { x, _ in tanh(x) }),
    ("sigmoid", { x, _ in sigmoid(x) }),
  ]

  private static let chainLength = 1000

  static let all = operations.flatMap { name, operation in
    [
      workload("tape-\(name)-run", operation) { _ = $1($0) },
      workload("tape-\(name)-record", operation) { _ = vjp(at: $0, of: $1) },
      workload("tape-\(name)-record-and-sweep", operation) { _ = vjp(at: $0, of: $1).pullback($0) },
    ]
  }

  /// A chain of operations, of which the time of one is told.
  private static func workload(
    _ name: String, _ operation: @escaping Operation,
    _ use: @escaping @Sendable (Tensor<Float>, (Tensor<Float>) -> Tensor<Float>) -> Void
  ) -> Workload {
    Workload(
      name, "64 floats", repetitions: chainLength,
      sampledBy: { _ in
        let x = Tensor<Float>(repeating: 0.5, shape: [64])
        let other = Tensor<Float>(repeating: 0.99, shape: [64])
        func chain(_ x: Tensor<Float>) -> Tensor<Float> {
          var y = x
          for _ in 0..<chainLength { y = operation(y, other) }
          return y
        }
        return .work { use(x, chain) }
      })
  }
}
