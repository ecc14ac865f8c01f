import Spool
import TestSupport
import Testing

/// Scans inside gradient scopes, and what may be inside a step.
@Suite struct ScanNestingTests {
  typealias D = Tensor<Double>
  typealias Cell = (D, D) -> D
  /// Runs a cell over time and returns its outputs: through `scan` or `unroll`.
  typealias Runner = (_ x: D, _ h: D, _ cell: @escaping Cell) -> D

  private let x = D.normal([4, 2, 3], key: RandomKey(seed: 1))
  private let h = D.normal([2, 3], key: RandomKey(seed: 2))
  private let w = D.normal([3, 3], standardDeviation: 0.5, key: RandomKey(seed: 3))

  /// Expects that a function of x, h and w has the same value, and where it is differentiated the same
  /// gradients, with either runner; and that scan calls the cell `calls` times.
  private func expectEqual(
    calls: Int, isDifferentiated: Bool = true, _ f: (D, D, D, @escaping Runner) -> D,
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    func run(_ isScan: Bool) -> (tensors: [D], calls: Int) {
      var made = 0
      let runner: Runner = { x, h, cell in
        let counted: Cell = { x, h in
          made += 1
          return cell(x, h)
        }
        return (isScan ? scan(x, from: h, counted) : unroll(x, from: h, counted)).outputs
      }
      guard isDifferentiated else { return ([f(x, h, w, runner)], made) }
      let (value, gradients) = valueAndGradients(at: [x, h, w]) { f($0[0], $0[1], $0[2], runner) }
      return ([value] + gradients.map { $0 ?? 0 }, made)
    }
    let (actual, expected) = (run(true), run(false))
    for (a, b) in zip(actual.tensors, expected.tensors) {
      expectClose(a, b, within: 1e-12, sourceLocation: sourceLocation)
    }
    #expect(actual.calls == calls, sourceLocation: sourceLocation)
  }

  private func loss(_ x: D, _ h: D, _ w: D, _ run: Runner) -> D {
    square(run(x, h) { x, h in tanh(matmul(x, w) + h) }).sum()
  }

  @Test func aScopeThatTracksNothingOfIt() {
    expectEqual(calls: 1) { x, h, w, run in
      let fixed = (stopGradient(x), stopGradient(w))
      let inner = gradient(at: stopGradient(h)) { loss(fixed.0, $0, fixed.1, run) }
      return (inner * h).sum() + square(w).sum()
    }
  }

  /// Once to see that it is so; then step by step.
  @Test func aScopeThatTracksWhatItCaptures() {
    expectEqual(calls: 1 + 4) { x, h, w, run in
      square(gradient(at: h) { loss(x, $0, w, run) }).sum()
    }
  }

  /// The cotangents are tracked, nothing else: the sweep runs the cell anew to record itself.
  @Test func aSweepThatIsRecorded() {
    let (x, w) = (x, w)
    func derivative(_ run: @escaping Runner) -> D {
      let (_, pullback) = vjp(at: h, reusable: true) { h in
        run(x, h) { x, h in tanh(matmul(x, w) + h) }
      }
      let ȳ = D.normal([4, 2, 3], key: RandomKey(seed: 5))
      return gradient(at: ȳ) { square(pullback($0)).sum() }
    }
    expectClose(
      derivative { x, h, cell in scan(x, from: h, cell).outputs },
      derivative { x, h, cell in unroll(x, from: h, cell).outputs }, within: 1e-12)
  }

  @Test(arguments: [false, true]) func checkpointedScans(_ isDifferentiated: Bool) {
    expectEqual(calls: isDifferentiated ? 2 : 1, isDifferentiated: isDifferentiated) {
      x, h, w, run in
      checkpointed { square(run(x, h) { x, h in tanh(matmul(x, w) + h) }).sum() }
    }
  }

  @Test(arguments: [false, true]) func checkpointsInsideTheStep(_ isDifferentiated: Bool) {
    expectEqual(calls: 1, isDifferentiated: isDifferentiated) { x, h, w, run in
      run(x, h) { x, h in checkpointed { tanh(matmul(x, w) + h) } }.sum()
    }
  }

  @Test(arguments: [false, true]) func gradientsInsideTheStep(_ isDifferentiated: Bool) {
    expectEqual(calls: 1, isDifferentiated: isDifferentiated) { x, h, w, run in
      run(x, h) { x, h in
        h - 0.1 * gradient(at: h) { h in square(tanh(matmul(h, w)) - x).sum() }
      }.sum()
    }
  }

  @Test(arguments: [false, true]) func derivativesOfOnesOwnInsideTheStep(_ isDifferentiated: Bool) {
    expectEqual(calls: 1, isDifferentiated: isDifferentiated) { x, h, w, run in
      run(x, h) { x, h in
        withCustomVJP(matmul(x, w) + h) { z in (tanh(z), { ȳ in clamp(ȳ, to: -0.1...0.1) }) }
      }.sum()
    }
  }

  /// A scan inside a step is unrolled there; its operations are compiled with the outer step.
  @Test(arguments: [false, true]) func scansInsideTheStep(_ isDifferentiated: Bool) {
    expectEqual(calls: 1, isDifferentiated: isDifferentiated) { x, h, w, run in
      run(x, h) { x, h in
        scan(stack([x, h, x + h]), from: h) { y, g in tanh(matmul(y, w) + g) }.state
      }.sum()
    }
  }

  /// The inner scan's own inputs and state are known; what it captures is of the outer step.
  @Test(arguments: [false, true]) func innerScansOfKnownTensors(_ isDifferentiated: Bool) {
    let (known, zeros) = (D.normal([2, 2, 3], key: RandomKey(seed: 9)), D.zeros([2, 3]))
    expectEqual(calls: 1, isDifferentiated: isDifferentiated) { x, h, w, run in
      run(x, h) { x, h in
        scan(known, from: zeros) { y, g in tanh(matmul(y, w) + g + h * x) }.state
      }.sum()
    }
  }

  @Test(arguments: [false, true]) func constantsInsideTheStep(_ isDifferentiated: Bool) {
    expectEqual(calls: 1, isDifferentiated: isDifferentiated) { x, h, w, run in
      run(x, h) { x, h in
        let mask: Tensor<Bool> = [[true, false, true]]
        return `where`(mask, tanh(h + D.ones([2, 3])), stopGradient(h) * 0.5) + x
      }.sum()
    }
  }
}
