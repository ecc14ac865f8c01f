import Spool

/// Something that `zoo benchmark` times.
struct Workload: Sendable {
  /// What a run of a workload is.
  enum Sample {
    /// Work to be timed.
    case work(() -> Void)
    /// Something that says how long it took, by a clock.
    case duration((BenchmarkClock) throws -> Duration)

    /// Runs it, and returns how long it took.
    func time(by clock: BenchmarkClock) throws -> Duration {
      switch self {
      case .work(let work): clock.time(of: work)
      case .duration(let duration): try duration(clock)
      }
    }
  }

  /// Words with dashes between them; any of them stands for a group.
  let name: String
  /// Its sizes.
  let summary: String
  /// Whether a cell is run over time, so that there is a choice of executors.
  let hasExecutors: Bool
  /// How often the work is done in a sample: more than once where the clock is too coarse for one.
  let repetitions: Int
  /// The floating-point operations of the matrix products, once through the work.
  let productOperations: Double
  /// What the work gets through, to be shown per second: a name and how many. Nil for the work itself.
  let items: (unit: String, count: Int)?
  /// Makes parameters and inputs, and returns what is timed.
  let prepare: @Sendable (Executor) -> Sample

  /// Work of which each sample is `repetitions` times the work.
  init(
    _ name: String, _ summary: String, hasExecutors: Bool = false, repetitions: Int = 1,
    productOperations: Double = 0, items: (unit: String, count: Int)? = nil,
    sampledBy prepare: @escaping @Sendable (Executor) -> Sample
  ) {
    self.name = name
    self.summary = summary
    self.hasExecutors = hasExecutors
    self.repetitions = repetitions
    self.productOperations = productOperations
    self.items = items
    self.prepare = prepare
  }

  /// Work that does not run a cell over time. What `prepare` returns does it once.
  init(
    _ name: String, _ summary: String, repetitions: Int = 1, productOperations: Double = 0,
    _ prepare: @escaping @Sendable () -> () -> Void
  ) {
    self.init(
      name, summary, repetitions: repetitions, productOperations: productOperations
    ) { _ in
      let work = prepare()
      return .work { for _ in 0..<repetitions { work() } }
    }
  }

  /// A step of training. What `prepare` returns does it once.
  static func training(
    _ name: String, _ summary: String, productOperations: Double,
    items: (unit: String, count: Int)? = nil,
    _ prepare: @escaping @Sendable (Executor) -> () -> Void
  ) -> Workload {
    Workload(
      name, summary, hasExecutors: true, productOperations: productOperations, items: items
    ) { executor in
      .work(prepare(executor))
    }
  }

  /// The gradients of the sum of outputs by all parameters: what is timed of a network on its own.
  static func gradientOfSum(
    at parameters: [Tensor<Float>], of outputs: @escaping ([Tensor<Float>]) -> Tensor<Float>
  ) -> () -> Void {
    { _ = valueAndGradients(at: parameters) { outputs($0).sum() } }
  }

  /// Whether `name` is this workload or words in a row of its name.
  func isNamed(_ name: String) -> Bool {
    "-\(self.name)-".contains("-\(name)-")
  }
}
