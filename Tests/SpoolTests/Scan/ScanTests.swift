import Spool
import Testing

@Suite struct ScanTests {
  typealias D = Tensor<Double>

  struct Sizes: CustomTestStringConvertible, Sendable {
    let time, batch, inputs, hidden: Int
    let reverse: Bool
    var testDescription: String {
      "T \(time) B \(batch) I \(inputs) H \(hidden) reverse \(reverse)"
    }
  }

  static let sizes = [1, 2, 5].flatMap { time in
    [(1, 3, 4), (3, 4, 6), (4, 1, 1)].flatMap { batch, inputs, hidden in
      [false, true].map {
        Sizes(time: time, batch: batch, inputs: inputs, hidden: hidden, reverse: $0)
      }
    }
  }

  /// Cells by name: from the input, two states and parameters [inputs, 4 hidden], [hidden, 4 hidden],
  /// [4 hidden] to the output and two states.
  typealias Cell = @Sendable (D, (D, D), [D]) -> (D, (D, D))
  static let cells: [(name: String, cell: Cell)] = [
    (
      "long short-term memory",
      { x, state, p in
        let (i, f, g, o) = (matmul(x, p[0]) + matmul(state.0, p[1]) + p[2]).chunked4()
        let c = sigmoid(f) * state.1 + sigmoid(i) * tanh(g)
        let h = sigmoid(o) * tanh(c)
        return (h, (h, c))
      }
    ),
    (
      "layer norm and softmax",
      { x, state, p in
        let z = layerNorm(matmul(x, p[0]) + matmul(state.0, p[1]), gain: p[2])
        let parts = z.chunked(4)
        let h = softmax(parts[0]) * state.1 + tanh(parts[1]) * state.0
        return (matmul(h, p[1]), (h, layerNorm(state.1 + parts[2], bias: p[2].chunked(4)[1])))
      }
    ),
    (
      "the output apart from the state, a state passed on, one from the input alone",
      { x, state, p in
        let h = tanh(matmul(x, p[0])).chunked(4)[2]
        return (square(state.0) + state.1.sum(-1, keepDims: true), (state.1 + h * p[2].sum(), h))
      }
    ),
    (
      "a state that never changes",
      { x, state, p in
        (matmul(x, p[0]).chunked(4)[0] * state.0, (state.0, tanh(state.1 + state.0)))
      }
    ),
  ]

  private func values(_ s: Sizes) -> [D] {
    let keys = RandomKey(seed: 7).split(6)
    let shapes: [Shape] = [
      [s.time, s.batch, s.inputs], [s.batch, s.hidden], [s.batch, s.hidden],
      [s.inputs, 4 * s.hidden], [s.hidden, 4 * s.hidden], [4 * s.hidden],
    ]
    return zip(shapes, keys).map { D.normal($0, standardDeviation: 0.5, key: $1) }
  }

  private func loss(_ outputs: D, _ state: (D, D)) -> D {
    let weights = D.normal(outputs.shape, key: RandomKey(seed: 3))
    return (outputs * weights).sum() + square(state.0).sum() + sin(state.1).sum()
  }

  private func compiled(_ s: Sizes, _ cell: @escaping Cell) -> (D, [D?]) {
    valueAndGradients(at: values(s)) { v in
      let (outputs, last) = scan(v[0], from: (v[1], v[2]), reverse: s.reverse) { x, state in
        cell(x, state, Array(v[3...]))
      }
      return loss(outputs, last)
    }
  }

  @Test(arguments: sizes, cells.indices)
  func equalsUnroll(_ s: Sizes, _ index: Int) throws {
    let cell = Self.cells[index].cell
    let (value, gradients) = compiled(s, cell)
    let (expected, expectedGradients) = valueAndGradients(at: values(s)) { v in
      let (outputs, last) = unroll(v[0], from: (v[1], v[2]), reverse: s.reverse) { x, state in
        cell(x, state, Array(v[3...]))
      }
      return loss(outputs, last)
    }
    #expect(abs(value.scalar - expected.scalar) < 1e-10 * (1 + abs(expected.scalar)))
    for (i, (a, b)) in zip(gradients, expectedGradients).enumerated() {
      #expect((a == nil) == (b == nil) || (a ?? b)!.scalars.allSatisfy { $0 == 0 })
      guard let a, let b else { continue }
      #expect(a.shape == b.shape)
      let difference = a.count == 0 ? 0 : abs(a - b).max().scalar
      #expect(difference < 1e-10, "gradient \(i) of \(Self.cells[index].name)")
    }
  }

  @Test(arguments: cells.indices)
  func callsTheCellOnce(_ index: Int) {
    let v = values(Sizes(time: 4, batch: 2, inputs: 3, hidden: 4, reverse: false))
    var calls = 0
    _ = gradient(at: v[1]) { h in
      scan(v[0], from: (h, v[2])) { x, state in
        calls += 1
        return Self.cells[index].cell(x, state, Array(v[3...]))
      }.outputs.sum()
    }
    #expect(calls == 1)
  }

  struct Memory {
    var rows: D
    var inner: (D, D)
  }

  @Test func takesStructsAsState() {
    let v = values(Sizes(time: 3, batch: 2, inputs: 3, hidden: 4, reverse: false))
    let zeros = D.zeros([2, 4])
    func cell(_ x: D, _ m: Memory) -> (D, Memory) {
      let h = tanh(matmul(x, v[3])[.all, ..<4] + m.inner.1)
      return (h * m.rows, Memory(rows: m.rows + h, inner: (m.inner.1, h)))
    }
    let start = Memory(rows: v[1], inner: (zeros, zeros))
    var calls = 0
    let (a, last) = scan(v[0], from: start) { x, m in
      calls += 1
      return cell(x, m)
    }
    let (b, expected) = unroll(v[0], from: start, cell)
    #expect(calls == 1)
    #expect(a.scalars == b.scalars)
    #expect(last.rows.scalars == expected.rows.scalars)
    #expect(last.inner.0.scalars == expected.inner.0.scalars)
    #expect(last.inner.1.scalars == expected.inner.1.scalars)
  }

  @Test func stepsThatMixTheBatchAreUnrolled() {
    let v = values(Sizes(time: 3, batch: 2, inputs: 3, hidden: 4, reverse: false))
    func cell(_ x: D, _ h: D) -> D { tanh(matmul(x, v[3])[.all, ..<4] + h - h.mean(0)) }
    let (a, ga) = valueAndGradient(at: v[1]) { square(scan(v[0], from: $0, cell).outputs).sum() }
    let (b, gb) = valueAndGradient(at: v[1]) { square(unroll(v[0], from: $0, cell).outputs).sum() }
    #expect(a.scalar == b.scalar && ga.scalars == gb.scalars)
  }

  @Test func secondDerivatives() {
    let v = values(Sizes(time: 4, batch: 2, inputs: 3, hidden: 4, reverse: false))
    func cell(_ x: D, _ h: D) -> D { tanh(matmul(x, v[3])[.all, ..<4] + h) }
    func compiled(_ h: D) -> D { square(scan(v[0], from: h, cell).outputs).sum() }
    func unrolled(_ h: D) -> D { square(unroll(v[0], from: h, cell).outputs).sum() }
    let a = hessianVectorProduct(at: v[1], along: v[2], of: compiled)
    let b = hessianVectorProduct(at: v[1], along: v[2], of: unrolled)
    #expect(abs(a - b).max().scalar < 1e-12)
    let c = jvp(at: v[1], along: v[2], of: compiled).derivative.scalar
    let d = jvp(at: v[1], along: v[2], of: unrolled).derivative.scalar
    #expect(abs(c - d) < 1e-12)
  }

  /// A pullback that is called again gives the same, and leaves alone what it gave before.
  @Test func pullbacksAreReusable() {
    let v = values(Sizes(time: 4, batch: 2, inputs: 3, hidden: 4, reverse: false))
    let gain = D.normal([4], key: RandomKey(seed: 10))
    let cotangent = D.normal([4, 2, 4], key: RandomKey(seed: 9))
    func outputs(_ x: D, _ h: D, _ w: D, _ gain: D, compiled: Bool) -> D {
      func cell(_ x: D, _ h: D) -> D {
        tanh(layerNorm(matmul(x, w)[.all, ..<4] + h, gain: gain) + h)
      }
      return compiled ? scan(x, from: h, cell).outputs : unroll(x, from: h, cell).outputs
    }
    func check(_ name: String, at x: D, _ f: (D, Bool) -> D) {
      let pullback = vjp(at: x, reusable: true) { f($0, true) }.pullback
      let expected = vjp(at: x, reusable: true) { f($0, false) }.pullback
      let (first, second) = (pullback(cotangent), pullback(2 * cotangent))
      #expect(abs(first - expected(cotangent)).max().scalar < 1e-12, "the first by \(name)")
      #expect(abs(second - expected(2 * cotangent)).max().scalar < 1e-12, "the second by \(name)")
    }
    check("a gain", at: gain) { outputs(v[0], v[1], v[3], $0, compiled: $1) }
    check("a matrix", at: v[3]) { outputs(v[0], v[1], $0, gain, compiled: $1) }
    check("a state", at: v[1]) { outputs(v[0], $0, v[3], gain, compiled: $1) }
    check("inputs", at: v[0]) { outputs($0, v[1], v[3], gain, compiled: $1) }
  }
}
