import Spool
import TestSupport
import Testing

/// States, inputs and outputs of many types.
@Suite struct ScanStateTests {
  typealias D = Tensor<Double>

  private let x = D.normal([4, 2, 3], key: RandomKey(seed: 1))
  private let y = D.normal([4, 2, 3], key: RandomKey(seed: 2))
  private let h = D.normal([2, 3], key: RandomKey(seed: 3))
  private let zeros = D.zeros([2, 3])

  /// The values and gradients of what a scan and an unroll make of two sequences and a state.
  private func expectEqual(
    _ compiled: (D, D, D) -> [D], _ unrolled: (D, D, D) -> [D],
    sourceLocation: Testing.SourceLocation = #_sourceLocation
  ) {
    let actual = resultsAndGradients(of: compiled, at: x, y, h)
    let expected = resultsAndGradients(of: unrolled, at: x, y, h)
    for (a, b) in zip(actual.results, expected.results) {
      expectClose(a, b, within: 1e-13, sourceLocation: sourceLocation)
    }
    for (a, b) in zip(actual.gradients, expected.gradients) {
      expectClose(
        a ?? zeros, b ?? zeros, within: 1e-13, "gradient", sourceLocation: sourceLocation)
    }
  }

  @Test func twoStates() {
    var calls = 0
    func cell(_ x: D, _ a: D, _ b: D) -> (D, (D, D)) {
      calls += 1
      return (a * b, (tanh(x + b), a - x))
    }
    expectEqual(
      { x, _, h in
        let (outputs, (a, b)) = scan(x, from: (h, zeros), cell)
        return [outputs, a, b]
      },
      { x, _, h in
        let (outputs, (a, b)) = unroll(x, from: (h, zeros), cell)
        return [outputs, a, b]
      })
    #expect(calls == 1 + 4)
  }

  @Test func threeStates() {
    var calls = 0
    func cell(_ x: D, _ a: D, _ b: D, _ c: D) -> (D, (D, D, D)) {
      calls += 1
      return (a * b, (tanh(x + c), a - x, sin(b)))
    }
    expectEqual(
      { x, _, h in
        let (outputs, (a, b, c)) = scan(x, from: (h, zeros, h), reverse: true, cell)
        return [outputs, a, b, c]
      },
      { x, _, h in
        let (outputs, (a, b, c)) = unroll(x, from: (h, zeros, h), reverse: true, cell)
        return [outputs, a, b, c]
      })
    #expect(calls == 1 + 4)
  }

  struct Layer {
    var name: String
    var parts: [D]
    var memory: (D, D)
  }

  @Test func arraysInsideStructs() {
    var calls = 0
    func cell(_ x: D, _ layers: [Layer]) -> (D, [Layer]) {
      calls += 1
      var input = x
      let next = layers.map { layer -> Layer in
        input = tanh(input + layer.parts[0] - layer.memory.1)
        return Layer(
          name: layer.name, parts: [input, layer.parts[0] + layer.parts[1]],
          memory: (layer.memory.1, input))
      }
      return (input, next)
    }
    func start(_ h: D) -> [Layer] {
      [
        Layer(name: "lower", parts: [h, zeros], memory: (h, h)),
        Layer(name: "upper", parts: [zeros, h], memory: (zeros, h)),
      ]
    }
    func tensors(_ result: (outputs: D, state: [Layer])) -> [D] {
      #expect(result.state.map(\.name) == ["lower", "upper"])
      return [result.outputs] + result.state.flatMap { $0.parts + [$0.memory.0, $0.memory.1] }
    }
    expectEqual(
      { x, _, h in tensors(scan(x, from: start(h), cell)) },
      { x, _, h in tensors(unroll(x, from: start(h), cell)) })
    #expect(calls == 1 + 4)
  }

  @Test func severalInputsAndOutputs() {
    struct Output {
      var sum: D
      var rest: [D]
    }
    var calls = 0
    func cell(_ step: (D, D), _ h: D) -> (Output, D) {
      calls += 1
      let next = tanh(step.0 * h + step.1)
      return (Output(sum: next.sum(-1), rest: [next, step.0]), next)
    }
    expectEqual(
      { x, y, h in
        let (outputs, last) = scan((x, y), from: h, cell)
        return [outputs.sum, outputs.rest[0], outputs.rest[1], last]
      },
      { x, y, h in
        let (outputs, last) = unroll((x, y), from: h, cell)
        #expect(outputs.sum.shape == [4, 2])
        return [outputs.sum, outputs.rest[0], outputs.rest[1], last]
      })
    #expect(calls == 1 + 4)
  }

  /// Sequences of different scalar types, with lengths.
  @Test func tokensBesideNumbers() {
    let tokens: Tensor<Int32> = [[0, 1], [1, 1], [2, 0], [0, -5]]
    func cell(_ step: (Tensor<Int32>, D), _ h: D) -> (D, D) {
      let next = tanh(y[0, 0].gathered(step.0).expandingAxis(at: 1) + step.1 + h)
      return (next, next)
    }
    expectEqual(
      { x, _, h in
        let (outputs, last) = scan((tokens, x), from: h, lengths: [4, 3], cell)
        return [outputs, last]
      },
      { x, _, h in
        let (outputs, last) = unroll((tokens, x), from: h, lengths: [4, 3], cell)
        return [outputs, last]
      })
  }

  /// What is not a tensor may change from step to step in unroll; scan must not freeze it.
  @Test func countersAreNotFrozen() {
    struct Counting {
      var h: D
      var steps = 0
    }
    func cell(_ x: D, _ state: Counting) -> (D, Counting) {
      let next = state.h + x * Tensor(Double(state.steps))
      return (next, Counting(h: next, steps: state.steps + 1))
    }
    let (outputs, last) = scan(x, from: Counting(h: h), cell)
    let (expected, end) = unroll(x, from: Counting(h: h), cell)
    #expect(outputs.scalars == expected.scalars)
    #expect(last.steps == 4 && end.steps == 4)
  }

  /// A tensor inside an object cannot be replaced; such steps are unrolled.
  @Test func objectsAreUnrolled() {
    final class Box {
      let h: D
      init(_ h: D) { self.h = h }
    }
    let (outputs, last) = scan(x, from: Box(h)) { x, box in
      let next = tanh(x + box.h)
      return (next, Box(next))
    }
    let (expected, end) = unroll(x, from: h) { x, h in tanh(x + h) }
    #expect(outputs.scalars == expected.scalars)
    #expect(last.h.scalars == end.scalars)
  }
}
