import CKernels
import Spool
import TestSupport
import Testing

/// Scans that keep their state at some time steps only.
@Suite struct ScanCheckpointTests {
  typealias D = Tensor<Double>

  /// A long short-term memory with an output of its own, and its loss.
  struct Problem: Sendable {
    let time, batch, inputs, hidden: Int

    var tensors: [D] {
      let keys = RandomKey(seed: 3).split(6)
      let shapes: [Shape] = [
        [time, batch, inputs], [batch, hidden], [batch, hidden], [inputs, 4 * hidden],
        [hidden, 4 * hidden], [hidden, 1],
      ]
      return zip(shapes, keys).map { D.normal($0, standardDeviation: 0.4, key: $1) }
    }

    func run(
      _ tensors: [D], every spacing: Int? = nil, budget: Int? = nil, reverse: Bool = false,
      lengths: [Int]? = nil, calls: inout Int
    ) -> (D, [D?]) {
      var made = 0
      defer { calls = made }
      return valueAndGradients(at: tensors) { v in
        let (outputs, last) = scan(
          v[0], from: (v[1], v[2]), reverse: reverse, lengths: lengths,
          checkpointEvery: spacing, memoryBudget: budget
        ) { x, state in
          made += 1
          let (i, f, g, o) = (matmul(x, v[3]) + matmul(state.0, v[4])).chunked4()
          let c = sigmoid(f) * state.1 + sigmoid(i) * tanh(g)
          let h = sigmoid(o) * tanh(c)
          return (matmul(h, v[5]), (h, c))
        }
        return square(outputs).sum() + sin(last.0).sum() + cos(last.1).sum()
      }
    }
  }

  @Test(arguments: [1, 2, 3, 6, 7, 100], [nil, [7, 0, 4]])
  func changesNothing(_ spacing: Int, _ lengths: [Int]?) {
    let problem = Problem(time: 7, batch: 3, inputs: 2, hidden: 4)
    for reverse in [false, true] {
      var calls = 0
      let (value, gradients) = problem.run(
        problem.tensors, every: spacing, reverse: reverse, lengths: lengths, calls: &calls)
      #expect(calls == 1)
      let (expected, expectedGradients) = problem.run(
        problem.tensors, reverse: reverse, lengths: lengths, calls: &calls)
      #expect(value.scalar == expected.scalar)
      for (a, b) in zip(gradients, expectedGradients) { expectClose(a!, b!, within: 1e-13) }
    }
  }

  @Test func theSameWithoutGradients() {
    let x = D.normal([7, 2, 3], key: RandomKey(seed: 1))
    let (a, last) = scan(x, from: D.zeros([2, 3]), checkpointEvery: 2) { x, h in tanh(x + h) }
    let (b, end) = scan(x, from: D.zeros([2, 3])) { x, h in tanh(x + h) }
    #expect(a.scalars == b.scalars)
    #expect(last.scalars == end.scalars)
  }

  /// The pullback of a reusable tape sweeps as often as it is called.
  @Test func jacobians() {
    let x = D.normal([5, 1, 2], key: RandomKey(seed: 1))
    func last(_ h: D, _ spacing: Int?) -> D {
      scan(x, from: h, checkpointEvery: spacing) { x, h in tanh(x + 2 * h) }.state
    }
    let h = D.normal([1, 2], key: RandomKey(seed: 2))
    let checkpointed = jacobian(at: h) { last($0, 2) }
    expectClose(checkpointed, jacobian(at: h) { last($0, nil) }, within: 1e-14)
  }

  @Test func secondDerivatives() {
    let x = D.normal([5, 1, 2], key: RandomKey(seed: 1))
    func loss(_ h: D, _ spacing: Int?) -> D {
      square(scan(x, from: h, checkpointEvery: spacing) { x, h in tanh(x + h) }.outputs).sum()
    }
    let h = D.normal([1, 2], key: RandomKey(seed: 2))
    let a = hessianVectorProduct(at: h, along: h) { loss($0, 2) }
    expectClose(a, hessianVectorProduct(at: h, along: h) { loss($0, nil) }, within: 1e-13)
  }

  /// The greatest number of bytes in use in a run, above those before it.
  private static func peak(of problem: Problem, every spacing: Int?, budget: Int? = nil) -> Int {
    let tensors = problem.tensors
    let before = spool_memory_in_use()
    spool_memory_reset_peak()
    var calls = 0
    _ = problem.run(tensors, every: spacing, budget: budget, calls: &calls)
    return Int(spool_memory_peak() - before)
  }

  /// Memory in use belongs to the process, so these run in processes of their own.
  @Test func memoryGrowsWithTheSquareRootOfTime() async {
    await #expect(processExitsWith: .success) {
      spool_set_thread_count(1)
      let long = Problem(time: 2500, batch: 4, inputs: 1, hidden: 16)
      let whole = Self.peak(of: long, every: nil)
      let checkpointed = Self.peak(of: long, every: 50)
      #expect(checkpointed * 15 < whole, "\(checkpointed) of \(whole) bytes")
    }
  }

  @Test func budgetsAreKept() async {
    await #expect(processExitsWith: .success) {
      spool_set_thread_count(1)
      let problem = Problem(time: 2500, batch: 4, inputs: 1, hidden: 64)
      let whole = Self.peak(of: problem, every: nil)
      // What no budget is for: the loss, the tapes and the kernels' scratch memory.
      let besides = 600_000
      for part in [2, 5, 10] {
        let peak = Self.peak(of: problem, every: nil, budget: whole / part)
        #expect(peak <= whole / part + besides, "\(peak) bytes of \(whole / part)")
        #expect(peak > whole / part / 2, "\(peak) bytes of \(whole / part)")
      }
      #expect(Self.peak(of: problem, every: nil, budget: 2 * whole) == whole)
    }
  }

  @Test func mistakesTrap() async {
    let small = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      var calls = 0
      let problem = Problem(time: 1000, batch: 4, inputs: 1, hidden: 16)
      _ = problem.run(problem.tensors, budget: 50_000, calls: &calls)
    }
    expectMessage(small, "scan: 1000 time steps do not fit memoryBudget: 50000 bytes; they need ")
    expectMessage(small, "with checkpoints every ")
    let zero = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = scan(D.zeros([2, 1, 1]), from: D.zeros([1, 1]), checkpointEvery: 0) { x, h in x + h }
    }
    expectMessage(zero, "scan: checkpointEvery is 0 time steps; it must be positive")
    let both = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = scan(
        D.zeros([2, 1, 1]), from: D.zeros([1, 1]), checkpointEvery: 1, memoryBudget: 1000
      ) { x, h in x + h }
    }
    expectMessage(both, "both checkpointEvery and memoryBudget are given; give one of them")
  }
}
