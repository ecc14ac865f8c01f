import Spool
import TestSupport
import Testing

/// Cells whose state is a matrix for each item of the batch, of which they read a few numbers: what is kept for every
/// time step is the few, where it can be.
@Suite struct ScanMatrixMemoryTests {
  typealias D = Tensor<Double>

  private let time = 6
  private let batch = 3
  private let size = 32

  /// Inputs, a memory, and weights for keys, values, queries.
  private var tensors: [D] {
    let shapes: [Shape] = [
      [time, batch, 5], [batch, size, size], [5, size], [5, size], [5, size],
    ]
    return zip(shapes, RandomKey(seed: 4).split(5)).map {
      .normal($0, standardDeviation: 0.5, key: $1)
    }
  }

  /// The delta rule (Schlag, Irie & Schmidhuber, 2021).
  private func deltaRule(_ t: [D]) -> (D, D) -> (D, D) {
    { x, memory in
      let (k, v, q) = (softmax(matmul(x, t[2])), matmul(x, t[3]), softmax(matmul(x, t[4])))
      let error = v - einsum("bvk,bk->bv", memory, k)
      let next = memory + einsum("bv,bk->bvk", error, k)
      return (einsum("bvk,bk->bv", next, q), next)
    }
  }

  /// A memory that decays, with outer products of inputs alone and sums of its rows.
  private func decaying(_ t: [D]) -> (D, D) -> (D, D) {
    { x, memory in
      let (k, v, q) = (tanh(matmul(x, t[2])), matmul(x, t[3]), matmul(x, t[4]))
      let written = k.expandingAxis(at: 2) * v.expandingAxis(at: 1)
      let next = memory * sigmoid(q).expandingAxis(at: 2) + written
      let read = matmul(next.transposed(), q.expandingAxis(at: 2)).squeezingAxis(at: 2)
      return (read * next.sum(-1), next)
    }
  }

  @Test(arguments: [false, true], [false, true])
  func equalsUnroll(_ isDecaying: Bool, _ reverse: Bool) {
    func results(_ run: (outputs: D, state: D)) -> [D] { [run.outputs, run.state] }
    func cell(_ t: [D]) -> (D, D) -> (D, D) { isDecaying ? decaying(t) : deltaRule(t) }
    let a = resultsAndGradients(
      of: { results(scan($0[0], from: $0[1], reverse: reverse, cell($0))) }, at: tensors)
    let b = resultsAndGradients(
      of: { results(unroll($0[0], from: $0[1], reverse: reverse, cell($0))) }, at: tensors)
    for (a, b) in zip(a.results + a.gradients.map { $0! }, b.results + b.gradients.map { $0! }) {
      expectClose(a, b, within: 1e-11)
    }
  }

  /// Forward, no memory; for the gradient, the memory at each time step, but neither what is written to it nor its
  /// cotangent.
  @Test(arguments: [false, true])
  func keepsFewNumbersForEachStep(_ isDecaying: Bool) {
    let t = tensors
    let bytesOfMemory = batch * size * size * 8
    let cell = isDecaying ? decaying : deltaRule
    let forward = describeScan(t[0], from: t[1], cell(t))
    #expect(forward.reasonForUnrolling == nil)
    #expect(forward.bytesPerStep < bytesOfMemory, "\(forward)")
    _ = valueAndGradients(at: t) { t in
      let both = describeScan(t[0], from: t[1], cell(t))
      #expect(both.bytesPerStep < 2 * bytesOfMemory, "\(both)")
      return t[1].sum()
    }
  }
}
