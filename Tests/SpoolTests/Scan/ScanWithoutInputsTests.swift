import Spool
import TestSupport
import Testing

/// Cells that have a state alone: scan equals unroll.
@Suite struct ScanWithoutInputsTests {
  typealias D = Tensor<Double>

  private let h = D.normal([3, 4], key: RandomKey(seed: 1))
  private let w = D.normal([4, 4], key: RandomKey(seed: 2))
  private let memory = D.normal([3, 4], key: RandomKey(seed: 3))

  /// Expects the results of both, and the gradients of the state, a weight and what each item has of its own, to
  /// be equal.
  private func expectEqual(
    _ compiled: (D, D, D) -> [D], _ unrolled: (D, D, D) -> [D],
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    let actual = resultsAndGradients(of: compiled, at: h, w, memory)
    let expected = resultsAndGradients(of: unrolled, at: h, w, memory)
    #expect(actual.results.count == expected.results.count)
    for (a, b) in zip(actual.results, expected.results) {
      expectClose(a, b, within: 1e-13, sourceLocation: sourceLocation)
    }
    for (a, b) in zip(actual.gradients, expected.gradients) {
      expectClose(a!, b!, within: 1e-13, "gradient", sourceLocation: sourceLocation)
    }
  }

  @Test(arguments: [nil, [5, 0, 2]], [nil, 2]) func aState(_ lengths: [Int]?, _ spacing: Int?) {
    var calls = 0
    expectEqual(
      { h, w, memory in
        let (outputs, last) = scan(
          steps: 5, from: h, lengths: lengths, checkpointEvery: spacing
        ) { h in
          calls += 1
          return tanh(matmul(h, w) + memory)
        }
        #expect(outputs.shape == [5, 3, 4])
        return [outputs, last]
      },
      { h, w, memory in
        let (outputs, last) = unroll(steps: 5, from: h, lengths: lengths) { h in
          tanh(matmul(h, w) + memory)
        }
        return [outputs, last]
      })
    #expect(calls == 1, "compiled")
  }

  @Test func twoStatesAndTwoOutputs() {
    var calls = 0
    func cell(_ a: D, _ b: D, _ w: D, _ memory: D) -> ((D, D), (D, D)) {
      calls += 1
      let next = tanh(matmul(a, w) + b)
      return ((next.sum(-1), a * b), (next, b * memory))
    }
    expectEqual(
      { h, w, memory in
        let (outputs, (a, b)) = scan(steps: 4, from: (h, memory)) { a, b in
          cell(a, b, w, memory)
        }
        #expect(outputs.0.shape == [4, 3])
        return [outputs.0, outputs.1, a, b]
      },
      { h, w, memory in
        let (outputs, (a, b)) = unroll(steps: 4, from: (h, memory)) { a, b in
          cell(a, b, w, memory)
        }
        return [outputs.0, outputs.1, a, b]
      })
    #expect(calls == 1 + 4)
  }

  @Test func aStructOfArrays() {
    struct Layers {
      var states: [D]
    }
    var calls = 0
    func cell(_ state: Layers, _ w: D, _ memory: D) -> (D, Layers) {
      calls += 1
      var (x, next) = (memory, state)
      for i in next.states.indices {
        x = tanh(matmul(next.states[i], w) + x)
        next.states[i] = x
      }
      return (x, next)
    }
    expectEqual(
      { h, w, memory in
        let (outputs, last) = scan(steps: 3, from: Layers(states: [h, h])) { cell($0, w, memory) }
        return [outputs] + last.states
      },
      { h, w, memory in
        let (outputs, last) = unroll(steps: 3, from: Layers(states: [h, h])) { cell($0, w, memory) }
        return [outputs] + last.states
      })
    #expect(calls == 1 + 3)
  }

  /// Without a batch there is nothing to compile for; the values are the same.
  @Test func aScalarIsUnrolled() {
    let (powers, last) = scan(steps: 4, from: 1 as D) { $0 * 3 }
    #expect(powers.scalars == [3, 9, 27, 81])
    #expect(last.scalar == 81)
    #expect(describeScan(steps: 4, from: 1 as D) { $0 * 3 }.reasonForUnrolling != nil)
  }

  @Test func noSteps() {
    let (outputs, last) = scan(steps: 0, from: h) { h in (h.sum(-1), tanh(h)) }
    #expect(outputs.shape == [0, 3])
    #expect(last.scalars == h.scalars)
  }

  @Test func description() {
    let description = describeScan(steps: 4, from: h) { h in tanh(matmul(h, w)) }
    #expect(description.reasonForUnrolling == nil)
    #expect(description.productFlopsPerStep == 2 * 3 * 4 * 4)
    #expect(description.description.hasPrefix("compiled for a batch of 3, forward only\n"))
  }

  @Test func errors() async {
    let negative = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = scan(steps: -1, from: D.zeros([2, 3])) { h in h }
    }
    expectMessage(negative, "scan: -1 steps; their number cannot be negative")
    let lengths = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = unroll(steps: 4, from: D.zeros([2, 3]), lengths: [1]) { h in h }
    }
    expectMessage(lengths, "lengths: 1 lengths for a batch of 2 items")
    let spacing = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = scan(steps: 4, from: D.zeros([2, 3]), checkpointEvery: 0) { h in h }
    }
    expectMessage(spacing, "scan: checkpointEvery is 0 time steps; it must be positive")
    let budget = await #expect(processExitsWith: .failure, observing: [\.standardErrorContent]) {
      _ = scan(steps: 4, from: D.zeros([2, 3]), memoryBudget: 1) { h in h + 1 }
    }
    expectMessage(budget, "scan: 4 time steps do not fit memoryBudget: 1 bytes")
  }
}
