import Spool
import TestSupport
import Testing

/// What is said of the program that a scan makes of a cell.
@Suite struct ScanDescriptionTests {
  typealias D = Tensor<Double>

  private let x = D.normal([6, 4, 3], key: RandomKey(seed: 1))
  private let h = D.zeros([4, 5])
  private let w = D.normal([3, 20], key: RandomKey(seed: 2))
  private let u = D.normal([5, 20], key: RandomKey(seed: 3))

  private func cell(_ w: D, _ u: D) -> (D, D, D) -> (D, (D, D)) {
    { x, h, c in
      let (i, f, g, o) = (matmul(x, w) + matmul(h, u)).chunked4()
      let next = sigmoid(f) * c + sigmoid(i) * tanh(g)
      let output = sigmoid(o) * tanh(next)
      return (output, (output, next))
    }
  }

  @Test func theForwardPass() {
    let description = describeScan(x, from: (h, h), cell(w, u))
    #expect(description.reasonForUnrolling == nil)
    #expect(description.productFlopsPerStep == 2 * 4 * 20 * (3 + 5))
    // The products with the inputs, and the output; of the memory the last two values are enough.
    #expect(description.bytesPerStep == 4 * 8 * (20 + 5))
    let text = description.description
    #expect(text.hasPrefix("compiled for a batch of 4, forward only\n"))
    #expect(
      text.contains("before the forward loop, all time steps at once:\n  matmul of [4, 3], [3, 20]")
    )
    #expect(text.contains("forward, at each time step:\n  matmulAdd of [4, 5], [5, 20], [4, 20]"))
    #expect(text.contains("sigmoid"))
    #expect(!text.contains("backward, at each time step"))
  }

  @Test func bothPasses() {
    var description: ScanDescription?
    _ = valueAndGradients(at: [w, u]) { v in
      description = describeScan(x, from: (h, h), cell(v[0], v[1]))
      return v[0].sum()
    }
    let text = description!.description
    // Forward both products; backward that with the state, and the gradients of both weights.
    #expect(description!.productFlopsPerStep == 2 * 4 * 20 * (3 + 5 + 5 + 3 + 5))
    #expect(text.hasPrefix("compiled for a batch of 4, forward and backward\n"))
    #expect(text.contains("backward, at each time step:\n"))
    #expect(text.contains("after the backward loop, all time steps at once:\n"))
    // The gates and their cotangents, both states, and tanh of the memory.
    #expect(description!.bytesPerStep == 4 * 8 * (2 * 20 + 3 * 5))
  }

  /// 2 operations for each weight of a filter and place of its output: with padding, as if it were there.
  @Test func convolutionsCount() {
    let (x, h) = (D.ones([6, 4, 2, 5, 5]), D.zeros([4, 3, 5, 5]))
    let filters = [D.ones([3, 2, 3, 3]), D.ones([3, 3, 3, 3]), D.ones([3, 1, 3, 3])]
    var description: ScanDescription?
    func describe(_ v: [D]) {
      description = describeScan(x, from: h) { x, h in
        conv2d(x, v[0], padding: .same) + conv2d(h, v[1], padding: .same)
          + conv2d(h, v[2], padding: .same, groups: 3)
      }
    }
    describe(filters)
    let places = 4 * 5 * 5
    #expect(description!.productFlopsPerStep == 2 * places * 3 * 9 * (2 + 3 + 1))
    _ = valueAndGradients(at: filters) { v in
      describe(v)
      return v[0].sum()
    }
    // Backward the gradients of all filters, and those of the state through two of them.
    #expect(
      description!.productFlopsPerStep == 2 * places * 3 * 9 * (2 * (2 + 3 + 1) + (3 + 1)))
    #expect(description!.description.contains(" operations in matrix products and convolutions"))
    let up = describeScan(D.ones([6, 4, 2, 5]), from: D.zeros([4, 1, 7])) { x, h in
      h + convTranspose1d(x, .ones([2, 1, 3]))
    }
    #expect(up.productFlopsPerStep == 2 * 4 * 2 * 5 * 3)
  }

  @Test func standardizedRowsTakeTheProductsMemory() {
    var description: ScanDescription?
    let recurrent = D.normal([5, 5], key: RandomKey(seed: 4))
    _ = valueAndGradients(at: [w[.all, ..<5], recurrent]) { v in
      description = describeScan(x, from: h) { x, h in
        tanh(layerNorm(matmul(x, v[0]) + matmul(h, v[1])))
      }
      return v[0].sum()
    }
    // The rows, their deviation, the state, and the cotangents of the products.
    #expect(description!.bytesPerStep == 4 * 8 * (5 + 1 + 5 + 5))
  }

  @Test func whatTheItemsShareAndMix() {
    let description = describeScan(x, from: (h, D(0), D(0))) { x, state in
      let clock = state.1 + 1
      let h = tanh(matmul(state.0, u[.all, ..<5]) * clock + x.sum(-1, keepDims: true))
      return (h, (h, clock, state.2 + square(h).sum()))
    }
    #expect(description.reasonForUnrolling == nil)
    #expect(description.productFlopsPerStep == 2 * 4 * 5 * 5)
    // Within each item the sum is part of the loop.
    let lines = description.description.split(separator: "\n")
    #expect(lines[0] == "compiled for a batch of 4, forward only")
    #expect(lines.contains { $0.contains("block of") && $0.contains("sum") })
    #expect(
      lines.suffix(6) == [
        "ahead of the loops, one operation at a time, what all items share:",
        "  add of [], [] → []",
        "behind the loops, one operation at a time, what mixes the items:",
        "  sum of [4, 1] → [1, 1]", "  reshape of [1, 1] → []", "  add of [], [] → []",
      ])
  }

  @Test func reasonsForUnrolling() {
    func reason(_ description: ScanDescription) -> String { description.reasonForUnrolling ?? "" }
    let mixing = describeScan(x, from: h) { x, h in tanh(h - cumulativeSum(h, axis: 0)) }
    #expect(reason(mixing).hasSuffix("mixes the items of the batch"))
    #expect(mixing.description == "unrolled: " + reason(mixing))
    let decay = describeScan(x, from: (h, D(1))) { x, state in
      (state.0, (matmul(state.0, u[.all, ..<5] * state.1), state.1 * 0.9))
    }
    #expect(
      reason(decay).hasPrefix("matmul of [4, 5], [5, 5] takes what all items share and changes"))
    let statistic = describeScan(x, from: D.zeros([2])) { x, s in s + 1 }
    #expect(
      reason(statistic) == "an input or a state of shape [2] does not have the batch as first axis")
    let empty = describeScan(x[..<0], from: h) { x, h in h }
    #expect(reason(empty) == "there are no time steps, or no items")
    struct Counting {
      var h: D
      var steps = 0
    }
    let counter = describeScan(x, from: Counting(h: h)) { x, state in
      (state.h, Counting(h: state.h, steps: state.steps + 1))
    }
    #expect(reason(counter).contains("the step changes something in it that is not a tensor"))
    var nested: ScanDescription?
    _ = gradient(at: h) { h in
      gradient(at: self.h) { inner in
        nested = describeScan(x, from: h) { x, h in h + x.sum(-1, keepDims: true) }
        return inner.sum()
      }.sum() + h.sum()
    }
    #expect(reason(nested!) == "gradient scopes around the innermost one track what the scan uses")
  }
}
