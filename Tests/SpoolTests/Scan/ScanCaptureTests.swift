import CKernels
import Spool
import TestSupport
import Testing

/// Steps that use tensors with rows of their own for each item of the batch, the same at all time steps.
@Suite struct ScanCaptureTests {
  typealias D = Tensor<Double>
  /// From input, state and captured tensors to the state.
  typealias Cell = @Sendable (D, D, [D]) -> D

  /// Captured: encoder states [batch, places, 4], weights [4, 4], [3, 4], a bias for each item [batch, 4].
  private static func captured(_ batch: Int) -> [D] {
    let shapes: [Shape] = [[batch, 5, 4], [4, 4], [3, 4], [batch, 4]]
    return zip(shapes, RandomKey(seed: 8).split(4)).map {
      D.normal($0, standardDeviation: 0.6, key: $1)
    }
  }

  private static let cells: [(name: String, cell: Cell)] = [
    (
      "attention over an encoder's states",
      { x, h, v in
        let query = matmul(h, v[1]).expandingAxis(at: 2)
        let weights = softmax(matmul(v[0], query).squeezingAxis(at: -1))
        let context = matmul(weights.expandingAxis(at: 1), v[0]).squeezingAxis(at: 1)
        return tanh(matmul(x, v[2]) + context)
      }
    ),
    (
      "additive attention with projected keys",
      { x, h, v in
        let keys = matmul(v[0], v[1])
        let scores = tanh(keys + matmul(h, v[1]).expandingAxis(at: 1)).sum(-1)
        let context = (softmax(scores).expandingAxis(at: 2) * v[0]).sum(1)
        return tanh(matmul(x, v[2]) + context * h)
      }
    ),
    (
      "added to what does not depend on the state",
      { x, h, v in tanh(tanh(matmul(x, v[2]) + v[3]) + h) * v[3] }
    ),
    (
      "one tensor row by row and as a whole",
      { x, h, v in tanh(matmul(x, v[2]) + v[3] + h * v[0].sum(1) + sin(v[3]).mean()) }
    ),
    (
      "made in the step",
      { x, h, v in
        let mask = D.ones([h.shape[0], 4]) * 0.5
        return `where`(mask .> 0, tanh(matmul(x, v[2]) + h), D.zeros([h.shape[0], 4]))
      }
    ),
    ("joined with the state", { x, h, v in tanh(concatenated([h, v[3]], axis: 1)[.all, 1..<5]) }),
    (
      // Its gradient comes by two ways, of which one has to copy rows.
      "rows in another order",
      { x, h, v in
        let matrices = v[3].reshaped(to: [h.shape[0], 2, 2]).transposed()
        return tanh(matrices.reshaped(to: h.shape) + tanh(v[3]) + matmul(x, v[2]) + h)
      }
    ),
  ]

  private func run(
    _ cell: @escaping Cell, batch: Int, reverse: Bool, every spacing: Int? = nil, isScan: Bool,
    calls: inout Int
  ) -> [D] {
    let x = D.normal([5, batch, 3], key: RandomKey(seed: 4))
    let h = D.normal([batch, 4], key: RandomKey(seed: 5))
    var results: [D] = []
    var made = 0
    let (_, gradients) = valueAndGradients(at: [x, h] + Self.captured(batch)) { v in
      func step(_ x: D, _ h: D) -> D {
        made += 1
        return cell(x, h, Array(v[2...]))
      }
      let (outputs, last) =
        isScan
        ? scan(v[0], from: v[1], reverse: reverse, checkpointEvery: spacing, step)
        : unroll(v[0], from: v[1], reverse: reverse, step)
      results = [stopGradient(outputs), stopGradient(last)]
      return square(outputs).sum() + sin(last).sum()
    }
    calls = made
    return results + gradients.map { $0 ?? 0 }
  }

  @Test(arguments: cells.indices, [1, 3, 4])
  func equalsUnrollAndIsCompiled(_ index: Int, _ batch: Int) {
    let (name, cell) = Self.cells[index]
    for reverse in [false, true] {
      var calls = 0
      let expected = run(cell, batch: batch, reverse: reverse, isScan: false, calls: &calls)
      for spacing in [nil, 2] {
        let actual = run(
          cell, batch: batch, reverse: reverse, every: spacing, isScan: true, calls: &calls)
        #expect(calls == 1, "\(name)")
        for (a, b) in zip(actual, expected) { expectClose(a, b, within: 1e-12, name) }
      }
    }
  }

  /// One gradient of a tensor could be written over a product, and another one is added to it.
  @Test func gradientsInOneAnothersPlace() {
    let x = D.normal([5, 3, 8], key: RandomKey(seed: 6))
    let w = D.normal([8, 8], key: RandomKey(seed: 7))
    let tensors = RandomKey(seed: 9).split(2).map { D.normal([3, 8], key: $0) }
    func cell(_ t: [D]) -> (D, D) -> (D, D) {
      { x, h in
        let outer = x.expandingAxis(at: 2) * tanh(t[1]).expandingAxis(at: 1)
        return (outer.sum(2), tanh(matmul(t[1], w) + h))
      }
    }
    func results(_ run: (outputs: D, state: D)) -> [D] { [run.outputs, run.state] }
    let a = resultsAndGradients(of: { results(scan(x, from: $0[0], cell($0))) }, at: tensors)
    let b = resultsAndGradients(of: { results(unroll(x, from: $0[0], cell($0))) }, at: tensors)
    for (a, b) in zip(a.results + a.gradients.map { $0! }, b.results + b.gradients.map { $0! }) {
      expectClose(a, b, within: 1e-12)
    }
  }

  /// The gradient of an encoder's states is summed as it comes, not kept for every time step.
  ///
  /// Memory in use belongs to the process, so this runs in one of its own.
  @Test func gradientsOfCapturesAreNotKeptOverTime() async {
    await #expect(processExitsWith: .success) {
      let time = 64
      let keys = D.normal([2, 64, 32], key: RandomKey(seed: 1))
      let x = D.normal([time, 2, 32], key: RandomKey(seed: 2))
      spool_memory_reset_peak()
      let before = spool_memory_in_use()
      _ = gradient(at: keys) { keys in
        scan(x, from: D.zeros([2, 32])) { x, h in
          let scores = matmul(keys, (x + h).expandingAxis(at: 2))
          return tanh(scores.squeezingAxis(at: 2)[.all, ..<32])
        }.state.sum()
      }
      let peak = Int(spool_memory_peak() - before)
      #expect(peak < time * keys.count * 8 / 4, "\(peak) bytes")
    }
  }

  /// With one item, a bias has the shape of a row, and what a product adds lies where a row would.
  @Test func capturesAreNotWrittenTo() {
    let weights = D.normal([3, 4], key: RandomKey(seed: 1))
    let bias = D.normal([1, 4], key: RandomKey(seed: 2))
    let before = bias.scalars
    let x = D.normal([5, 1, 3], key: RandomKey(seed: 3))
    func cell(_ x: D, _ h: D) -> D { tanh(matmul(h[.all, ..<3] * x, weights) + bias) }
    let (actual, _) = scan(x, from: D.ones([1, 4]), cell)
    #expect(bias.scalars == before)
    expectClose(actual, unroll(x, from: D.ones([1, 4]), cell).outputs, within: 1e-13)
  }
}
