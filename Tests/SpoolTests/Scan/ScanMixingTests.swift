import Spool
import TestSupport
import Testing

/// Steps a part of which the items of the batch share or mix: counters of steps that all read, losses and statistics that
/// nothing else reads.
@Suite struct ScanMixingTests {
  typealias D = Tensor<Double>

  private let x = D.normal([5, 3, 4], key: RandomKey(seed: 1))
  private let targets = D.normal([5, 3, 2], key: RandomKey(seed: 2))
  private let h = D.normal([3, 4], key: RandomKey(seed: 3))
  private let w = D.normal([4, 4], key: RandomKey(seed: 4))
  private let v = D.normal([4, 2], key: RandomKey(seed: 5))

  /// What a scan and an unroll make of the same tensors: values, and the gradients by all of them.
  private func expectEqual(
    _ name: String, at tensors: [D]? = nil, within tolerance: Double = 1e-12,
    scan: ([D]) -> [D], unroll: ([D]) -> [D],
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    let tensors = tensors ?? [x, targets, h, w, v]
    let a = resultsAndGradients(of: scan, at: tensors)
    let b = resultsAndGradients(of: unroll, at: tensors)
    for (i, (a, b)) in zip(a.results, b.results).enumerated() {
      expectClose(a, b, within: tolerance, "\(name): result \(i)", sourceLocation: sourceLocation)
    }
    for (i, (a, b)) in zip(a.gradients, b.gradients).enumerated() {
      let zeros = D.zeros((a ?? b ?? 0).shape)
      expectClose(
        a ?? zeros, b ?? zeros, within: tolerance, "\(name): gradient \(i)",
        sourceLocation: sourceLocation)
    }
  }

  /// The same of a cell, which a scan calls once.
  private func expectEqual<Output, State>(
    _ name: String, reverse: Bool, from first: ([D]) -> State,
    _ cell: @escaping ([D]) -> (D, State) -> (Output, State),
    results: (Output, State) -> [D], sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    var calls = 0
    expectEqual(
      name,
      scan: { t in
        let (outputs, last) = scan(t[0], from: first(t), reverse: reverse) {
          (x: D, state: State) -> (Output, State) in
          calls += 1
          return cell(t)(x, state)
        }
        #expect(calls == 1, sourceLocation: sourceLocation)
        return results(outputs, last)
      },
      unroll: { t in
        let (outputs, last) = unroll(t[0], from: first(t), reverse: reverse, cell(t))
        return results(outputs, last)
      }, sourceLocation: sourceLocation)
  }

  @Test(arguments: [nil, 2], [false, true])
  func losses(_ spacing: Int?, _ reverse: Bool) {
    var calls = 0
    // A loss for each step, a sum of losses as a state, rows as an output, and one that mixes parameters only.
    func cell(_ t: [D]) -> ((D, D), (D, D)) -> ((D, D, D, D), (D, D)) {
      { input, state in
        calls += 1
        let h = tanh(matmul(state.0, t[3]) + input.0)
        let loss = square(matmul(h, t[4]) - input.1).mean()
        return ((loss, h, h.max(0), sin(t[4])), (h, state.1 * 0.9 + loss))
      }
    }
    func results(_ outputs: (D, D, D, D), _ state: (D, D)) -> [D] {
      [outputs.0, outputs.1, outputs.2, outputs.3, state.0, state.1]
    }
    expectEqual(
      "losses",
      scan: { t in
        let (outputs, last) = scan(
          (t[0], t[1]), from: (t[2], D(0.5)), reverse: reverse, checkpointEvery: spacing, cell(t))
        #expect(calls == 1)
        return results(outputs, last)
      },
      unroll: { t in
        let (outputs, last) = unroll(
          (t[0], t[1]), from: (t[2], D(0.5)), reverse: reverse, cell(t))
        return results(outputs, last)
      })
  }

  /// What is mixed may read inputs and states before the step, and of states that are mixed one may become another.
  @Test func statesThatChangePlaces() {
    func cell(_ t: [D]) -> (D, (D, D, D)) -> (D, (D, D, D)) {
      { x, state in
        let (h, a, b) = state
        let mixed = (x * h).sum(0) + b
        return (mixed * a, (sigmoid(matmul(h, t[3])) + x, mixed, a))
      }
    }
    let first = (h, D.ones([4]), D.zeros([4]))
    expectEqual(
      "places",
      scan: { t in
        let (outputs, last) = scan(t[0], from: (t[2], first.1, first.2), cell(t))
        return [outputs, last.0, last.1, last.2]
      },
      unroll: { t in
        let (outputs, last) = unroll(t[0], from: (t[2], first.1, first.2), cell(t))
        return [outputs, last.0, last.1, last.2]
      })
  }

  /// Counters, and what is made of inputs alone, in every way in which rows can read it; parameters in the state.
  @Test(arguments: [false, true])
  func whatAllItemsShare(_ reverse: Bool) {
    typealias State = (h: D, clock: D, running: D, weights: D)
    func cell(_ t: [D]) -> (D, State) -> ((D, D, D), State) {
      { x, state in
        let mean = x.mean(0, keepDims: true)
        let running = state.running * 0.9 + x.sum(0) * 0.1
        let clock = state.clock * 0.8 + 0.1
        let centred = x - mean
        let drive = matmul(state.h, state.weights) * clock + centred - running
        let shared = exp(-clock).broadcasted(to: [3, 4])
        let h = `where`(mean .> 0, tanh(drive), tanh(drive) * shared)
        let outputs = (h * state.clock, running * 2, (h * running).sum(0) * clock + state.clock)
        return (outputs, (h, clock, running, state.weights))
      }
    }
    func results(_ outputs: (D, D, D), _ last: State) -> [D] {
      [outputs.0, outputs.1, outputs.2, last.h, last.clock, last.running, last.weights]
    }
    func first(_ t: [D]) -> State { (t[2], t[4].mean(), t[4].sum(1), t[3]) }
    expectEqual("shared", reverse: reverse, from: first, cell, results: results)
  }

  /// A state that has rows is not the loop's where they depend on others; with no other state, nothing is.
  @Test func statesThatMixItems() {
    var calls = 0
    func cell(_ t: [D]) -> (D, (D, D)) -> (D, (D, D)) {
      { x, state in
        calls += 1
        let h = tanh(matmul(state.0, t[3]) + x)
        return (state.1 * x, (h, h - h.mean(0) + 0.5 * state.1))
      }
    }
    expectEqual(
      "beside a loop", scan: { t in [scan(t[0], from: (t[2], h), cell(t)).outputs] },
      unroll: { t in
        #expect(calls == 1)
        return [unroll(t[0], from: (t[2], h), cell(t)).outputs]
      })
    func mixing(_ x: D, _ h: D) -> D { tanh(h - h.mean(0) + x) }
    expectEqual(
      "alone", scan: { t in [scan(t[0], from: t[2], mixing).outputs] },
      unroll: { t in [unroll(t[0], from: t[2], mixing).outputs] })
  }

  /// A statistic of the inputs that all of the loop's rows read, with one state and nothing else.
  @Test func statisticsOfInputs() {
    var calls = 0
    func cell(_ t: [D]) -> (D, D) -> D {
      { x, h in
        calls += 1
        return tanh(matmul(h, t[3]) + x.mean(0))
      }
    }
    expectEqual(
      "statistics",
      scan: { t in
        let outputs = scan(t[0], from: t[2], cell(t)).outputs
        #expect(calls == 1)
        return [outputs]
      },
      unroll: { t in [unroll(t[0], from: t[2], cell(t)).outputs] })
  }

  /// States that the loop does not make, whether something reads them or nothing does: from what is the same at all time
  /// steps, and from inputs of several items.
  @Test(arguments: [false, true])
  func statesThatNoStateMakes(_ reverse: Bool) {
    func cell(_ t: [D]) -> (D, (D, D, D, D)) -> (D, (D, D, D, D)) {
      { x, state in
        let h = tanh(matmul(state.0, t[3]) + x)
        return (state.2 + state.1.sum(0), (h, x.flipped(0), sin(t[2]), D.ones([3, 1])))
      }
    }
    func results(_ outputs: D, _ last: (D, D, D, D)) -> [D] {
      [outputs, last.0, last.1, last.2, last.3]
    }
    func first(_ t: [D]) -> (D, D, D, D) { (t[2], cos(t[2]), h, D.zeros([3, 1])) }
    expectEqual("no state", reverse: reverse, from: first, cell, results: results)
  }

  @Test func gradientsThatAreCutOff() {
    var calls = 0
    func cell(_ t: [D]) -> (D, D) -> (D, D) {
      { x, h in
        calls += 1
        let next = tanh(matmul(stopGradient(h), t[3]) + x)
        return ((next * stopGradient(next)).sum() + stopGradient(t[4]).sum(), next)
      }
    }
    expectEqual(
      "cut off", scan: { t in [scan(t[0], from: t[2], cell(t)).outputs] },
      unroll: { t in
        #expect(calls == 1)
        return [unroll(t[0], from: t[2], cell(t)).outputs]
      })
  }

  /// A derivative that is the user's own is not part of the graph by which a step is split.
  @Test func derivativesOfTheirOwn() {
    func cell(_ t: [D]) -> (D, D) -> (D, D) {
      { x, h in
        let next = withCustomVJP(matmul(h, t[3]) + x) { x in (tanh(x), { $0 * 2 }) }
        return (next.sum(), next)
      }
    }
    expectEqual(
      "own", scan: { t in [scan(t[0], from: t[2], cell(t)).outputs] },
      unroll: { t in [unroll(t[0], from: t[2], cell(t)).outputs] })
  }

  @Test func derivativesOfDerivatives() {
    func loss(_ v: D, _ run: (D, D, @escaping (D, D) -> (D, D)) -> D) -> D {
      square(
        run(x, h) { x, h in
          let next = tanh(matmul(h, v) + x)
          return (square(next).mean(), next)
        }
      ).sum()
    }
    let direction = D.normal([4, 4], key: RandomKey(seed: 6))
    let a = hessianVectorProduct(at: w, along: direction) {
      loss($0) { scan($0, from: $1, $2).outputs }
    }
    let b = hessianVectorProduct(at: w, along: direction) {
      loss($0) { unroll($0, from: $1, $2).outputs }
    }
    expectClose(a, b, within: 1e-11)
  }

  /// Random cells, with a counter that they read, a loss for each step and a sum of losses beside their own outputs and
  /// states. One has a value that only what nobody reads needs ahead.
  @Test(arguments: Array(0..<100) + [1589])
  func randomCells(_ seed: Int) {
    let cell = RandomCell(seed: seed)
    let count = cell.stateWidths.count
    let (time, batch) = (1 + seed % 4, 1 + seed % 3)
    let tensors = cell.tensors(time: time, batch: batch)
    func results(_ executor: ScanFuzzTests.Executor, _ t: [D]) -> [D] {
      let parameters = Array(t[(1 + count)...])
      var calls = 0
      func step(_ x: D, _ state: ([D], D, D)) -> ((D, D), ([D], D, D)) {
        calls += 1
        let clock = state.1 * 0.7 + (seed % 2 == 0 ? x : x * state.1).mean()
        let (output, new) = cell(x * clock, state.0.map { $0 + clock }, parameters)
        // Else some cells have no part that depends on their states.
        let next = zip(new, state.0).map { $0 + 0.1 * $1 }
        let loss = output.mean() + (next[0] * x.sum(-1, keepDims: true)).sum()
        let centred = seed % 3 == 0 ? output - output.mean(0) : output
        return ((centred, loss), (next, clock, state.2 + sin(loss)))
      }
      let first = (Array(t[1...count]), D(0.1), D(0))
      let (reverse, spacing) = (seed % 5 == 0, seed % 7 == 0 ? 2 : nil)
      let (outputs, last) =
        executor == .scan
        ? scan(t[0], from: first, reverse: reverse, checkpointEvery: spacing, step)
        : unroll(t[0], from: first, reverse: reverse, step)
      if executor == .scan { #expect(calls == 1, "seed \(seed)") }
      return [outputs.0, outputs.1] + last.0 + [last.1, last.2]
    }
    expectEqual(
      "seed \(seed)", at: tensors, within: 1e-10, scan: { results(.scan, $0) },
      unroll: { results(.unroll, $0) })
  }
}
