import CKernels
import Spool
import TestSupport
import Testing

/// Scan equals unroll for cells drawn at random.
@Suite struct ScanFuzzTests {
  typealias D = Tensor<Double>

  static let seeds = 0..<240

  /// The ways of running a cell over time.
  enum Executor { case scan, unroll }

  /// How one cell is run, and by which tensors it is differentiated.
  struct Case {
    let cell: RandomCell
    let time, batch: Int
    let reverse: Bool
    /// Of a third of the cells; the padding is NaN for the one executor and numbers for the other.
    let lengths: [Int]?
    let checkpointSpacing: Int?
    /// Whether outputs, states and inputs take part in the loss.
    let useOfOutputs, useOfStates, differentiatesInputs: Bool

    init(seed: Int, time: Int, isFlipped: Bool = false) {
      cell = RandomCell(seed: seed)
      self.time = time
      batch = 1 + (seed + time) % 4
      reverse = (seed / 2 + time) % 2 == (isFlipped ? 1 : 0)
      let (items, steps) = (0..<batch, time + 1)
      lengths = seed % 3 == 1 ? items.map { (seed / 7 + time + 3 * $0) % steps } : nil
      checkpointSpacing = seed % 4 == 2 ? 1 + seed % 3 : nil
      useOfOutputs = seed % 5 != 0
      useOfStates = seed % 5 != 1
      differentiatesInputs = seed % 4 != 0
    }

    /// The outputs and the last states.
    func results(_ executor: Executor, _ tensors: [D], calls: inout Int) -> [D] {
      let count = cell.stateWidths.count
      let (x, first) = (tensors[0], Array(tensors[1...count]))
      let parameters = Array(tensors[(1 + count)...])
      var made = 0
      func step(_ x: D, _ states: [D]) -> (D, [D]) {
        made += 1
        let (output, next) = cell(x, states, parameters)
        return (output, next)
      }
      defer { calls = made }
      let (outputs, last) =
        executor == .scan
        ? scan(
          x, from: first, reverse: reverse, lengths: lengths, checkpointEvery: checkpointSpacing,
          step)
        : unroll(x, from: first, reverse: reverse, lengths: lengths, step)
      return [outputs] + last
    }

    /// The outputs, the last states, and the gradients of a loss that depends on them.
    func run(_ executor: Executor) -> (results: [D], gradients: [D?], calls: Int) {
      var tensors = cell.tensors(time: time, batch: batch)
      if executor == .scan, let lengths {
        for (item, length) in lengths.enumerated() { tensors[0][length..., item] = D(.nan) }
      }
      let inputs = tensors[0]
      if !differentiatesInputs { tensors.removeFirst() }
      var results: [D] = []
      var calls = 0
      let (_, gradients) = valueAndGradients(at: tensors) { leaves in
        let all = differentiatesInputs ? leaves : [inputs] + leaves
        let found = self.results(executor, all, calls: &calls)
        results = found.map { stopGradient($0) }
        var loss: D = 0
        for (i, result) in found.enumerated() where i == 0 ? useOfOutputs : useOfStates {
          let weights = D.normal(result.shape, key: RandomKey(seed: i))
          loss = loss + (sin(result) * weights).sum()
        }
        return loss
      }
      return (results, gradients, calls)
    }

    var description: String {
      """
      seed \(cell.seed), time \(time), batch \(batch), reverse \(reverse), \
      lengths \(lengths ?? []), checkpoints \(checkpointSpacing ?? 0), \
      states \(cell.stateWidths): \(cell.names.joined(separator: ", "))
      """
    }
  }

  @Test(arguments: seeds)
  func equalsUnroll(_ seed: Int) {
    for (time, isFlipped) in [(1, false), (2, false), (5, false), (5, true)] {
      let test = Case(seed: seed, time: time, isFlipped: isFlipped)
      let name = test.description
      let (actual, expected) = (test.run(.scan), test.run(.unroll))
      for (i, (a, b)) in zip(actual.results, expected.results).enumerated() {
        expectClose(a, b, within: 1e-10, "result \(i) of \(name)")
      }
      for (i, (a, b)) in zip(actual.gradients, expected.gradients).enumerated() {
        let zeros = D.zeros((a ?? b ?? 0).shape)
        expectClose(a ?? zeros, b ?? zeros, within: 1e-10, "gradient \(i) of \(name)")
      }
    }
  }

  /// A step that cannot be compiled is unrolled, silently; none of these may be.
  @Test func allAreCompiled() {
    let unrolled = Self.seeds.filter { Case(seed: $0, time: 3).run(.scan).calls != 1 }
    #expect(unrolled.isEmpty)
  }

  /// The number of threads belongs to the process, so this runs in one of its own.
  @Test func threadsDoNotChangeABit() async {
    await #expect(processExitsWith: .success) {
      for seed in Self.seeds {
        let test = Case(seed: seed, time: 3)
        spool_set_thread_count(1)
        let one = test.run(.scan)
        spool_set_thread_count(2)
        let two = test.run(.scan)
        #expect(one.results.map(\.scalars) == two.results.map(\.scalars), "seed \(seed)")
        #expect(
          one.gradients.map { $0?.scalars } == two.gradients.map { $0?.scalars }, "seed \(seed)")
      }
    }
  }
}
