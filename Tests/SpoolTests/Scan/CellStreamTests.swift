import Spool
import TestSupport
import Testing

@Suite struct CellStreamTests {
  typealias F = Tensor<Float>

  private let keys = RandomKey(seed: 5).split(6)
  private let input = 7
  private let hidden = 12

  private var w: F { .normal([input, 4 * hidden], standardDeviation: 0.4, key: keys[0]) }
  private var u: F { .normal([hidden, 4 * hidden], standardDeviation: 0.4, key: keys[1]) }
  private var b: F { .normal([4 * hidden], key: keys[2]) }

  private func cell(_ x: F, _ state: (h: F, c: F)) -> (F, (h: F, c: F)) {
    let (i, f, g, o) = (matmul(x, w) + matmul(state.h, u) + b).chunked4()
    let c = sigmoid(f) * state.c + sigmoid(i) * tanh(g)
    let h = sigmoid(o) * tanh(c)
    return (layerNorm(h), (h, c))
  }

  private func inputs(_ batch: Int) -> F { .normal([9, batch, input], key: keys[3]) }

  @Test(arguments: [1, 3, 8])
  func equalsScanBitForBit(_ batch: Int) {
    let zeros = F.zeros([batch, hidden])
    let xs = inputs(batch)
    let (outputs, last) = scan(xs, from: (h: zeros, c: zeros), cell)
    let stream = CellStream(from: (h: zeros, c: zeros), cell)
    for t in 0..<9 { #expect(stream.step(xs[t]).scalars == outputs[t].scalars) }
    #expect(stream.state.h.scalars == last.h.scalars)
    #expect(stream.state.c.scalars == last.c.scalars)
  }

  /// A state of several rows for each item, all through the same weights.
  @Test func equalsScanOnSlots() {
    let slots = F.normal([3, 4, hidden], key: keys[4])
    let weight = F.normal([hidden, hidden], standardDeviation: 0.4, key: keys[5])
    var calls = 0
    func cell(_ x: F, _ slots: F) -> (F, F) {
      calls += 1
      let next = tanh(
        linear(slots, weight: weight, bias: b[..<hidden]) + x[.all, ..<1, .newAxis])
      return (next.mean(1), next)
    }
    let (outputs, last) = scan(inputs(3), from: slots, cell)
    let stream = CellStream(from: slots, cell)
    for t in 0..<9 { #expect(stream.step(inputs(3)[t]).scalars == outputs[t].scalars) }
    #expect(stream.state.scalars == last.scalars)
    #expect(calls == 2)
  }

  /// Several inputs and outputs, and states that come as arguments of their own, as `scan` takes them.
  @Test func takesWhatScanTakes() {
    let zeros = F.zeros([2, hidden])
    let tokens = Tensor<Int32>.uniform([9, 2], in: 0..<Int32(input), key: keys[3])
    let mask = F.uniform([9, 2, 1], key: keys[4]) .> 0.3
    var calls = 0
    func cell(_ x: (Tensor<Int32>, Tensor<Bool>), _ state: (F, F)) -> ((F, F), (F, F)) {
      calls += 1
      let drive = embedding(x.0, table: w[.all, ..<hidden])
      let h = `where`(x.1, tanh(drive + state.0 * state.1), state.0)
      return ((h, h.sum(1)), (h, sigmoid(state.1 + h)))
    }
    let (outputs, last) = scan((tokens, mask), from: (zeros, zeros), cell)
    let stream = CellStream(from: (zeros, zeros)) { x, h, c in cell(x, (h, c)) }
    for t in 0..<9 {
      let (h, sum) = stream.step((tokens[t], mask[t]))
      #expect(h.scalars == outputs.0[t].scalars && sum.scalars == outputs.1[t].scalars)
    }
    #expect(stream.state.0.scalars == last.0.scalars && stream.state.1.scalars == last.1.scalars)
    #expect(calls == 2)
    let sums = CellStream(from: zeros) { (x: [F], h: F) in (h, x.reduce(h, +)) }
    for count in [2, 0, 3, 1] { _ = sums.step([F](repeating: zeros + 1, count: count)) }
    #expect(sums.state.scalars == (zeros + 6).scalars)
    let three = CellStream(from: (zeros, zeros, zeros)) { (x: F, a: F, b: F, c: F) in
      (a + b + c, (x, a, b))
    }
    _ = three.step(F.ones([2, hidden]))
    #expect(three.step(zeros).scalars == F.ones([2, hidden]).scalars)
  }

  @Test func callsTheCellOnce() {
    var calls = 0
    let stream = CellStream(from: F.zeros([1, input])) { (x: F, h: F) in
      calls += 1
      return tanh(x + h)
    }
    for t in 0..<9 { _ = stream.step(inputs(1)[t]) }
    #expect(calls == 1)
  }

  /// Earlier outputs and states are the caller's: later steps do not write over them.
  @Test func resultsStay() {
    let stream = CellStream(from: F.zeros([1, input])) { (x: F, h: F) in tanh(x + h) }
    let first = stream.step(inputs(1)[0])
    let state = stream.state
    let kept = (first.scalars, state.scalars)
    _ = stream.step(inputs(1)[1])
    #expect(first.scalars == kept.0 && state.scalars == kept.1)
  }

  @Test func beginsAnewFromAStateThatIsSet() {
    let stream = CellStream(from: F.zeros([1, input])) { (x: F, h: F) in tanh(x + h) }
    let first = stream.step(inputs(1)[0]).scalars
    #expect(stream.step(inputs(1)[0]).scalars != first)
    stream.state = F.zeros([1, input])
    #expect(stream.step(inputs(1)[0]).scalars == first)
  }

  /// Counters that all items share, a loss that mixes them, and states beside those of the loop.
  @Test func equalsScanAroundItsLoop() {
    typealias State = (h: F, clock: F, loss: F)
    var calls = 0
    func cell(_ x: F, _ state: State) -> (F, State) {
      calls += 1
      let clock = state.clock * 0.9 + 1
      let h = tanh(matmul(x, w[.all, ..<12]) + state.h * exp(-clock))
      let loss = state.loss + square(h - clock).mean()
      return (h * loss + state.clock, (h, clock, loss))
    }
    let first: State = (F.zeros([3, hidden]), F(0.5), F(0))
    let xs = inputs(3)
    let (outputs, last) = scan(xs, from: first, cell)
    let stream = CellStream(from: first, cell)
    for t in 0..<9 { #expect(stream.step(xs[t]).scalars == outputs[t].scalars) }
    #expect(calls == 2)
    #expect(stream.state.h.scalars == last.h.scalars)
    #expect(stream.state.clock.scalars == last.clock.scalars)
    #expect(stream.state.loss.scalars == last.loss.scalars)
    stream.state = first
    #expect(stream.step(xs[0]).scalars == outputs[0].scalars)
  }

  /// A batch of another size needs a state of that size.
  @Test func takesInputsOfAnotherShape() {
    let stream = CellStream(from: F.zeros([1, 4])) { (x: F, h: F) in
      tanh(x.sum(-1, keepDims: true) + h)
    }
    let wide = F.ones([1, 5])
    let narrow = F.ones([1, 2])
    let expected = tanh(2 + tanh(F(repeating: 5, shape: [1, 4])))
    _ = stream.step(wide)
    expectClose(stream.step(narrow), expected, within: 1e-6)
  }

  @Test func runsStepsThatMixTheBatch() {
    let stream = CellStream(from: F.zeros([2, input])) { (x: F, h: F) in tanh(x + h - h.mean(0)) }
    let (outputs, _) = unroll(inputs(2), from: F.zeros([2, input])) { x, h in
      tanh(x + h - h.mean(0))
    }
    for t in 0..<9 { expectClose(stream.step(inputs(2)[t]), outputs[t], within: 1e-6) }
  }

  @Test func isDifferentiableInsideAScope() {
    let x = inputs(2)
    let h = F.zeros([2, input])
    let (value, gradient) = valueAndGradient(at: h) { h in
      let stream = CellStream(from: h) { (x: F, h: F) in tanh(x * h + x) }
      _ = stream.step(x[0])
      return stream.step(x[1]).sum()
    }
    let (expected, expectedGradient) = valueAndGradient(at: h) { h in
      unroll(x[0..<2], from: h) { x, h in tanh(x * h + x) }.outputs[1].sum()
    }
    expectClose(value, expected, within: 1e-6)
    expectClose(gradient, expectedGradient, within: 1e-6)
  }
}
