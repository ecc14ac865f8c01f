import Spool
import TestSupport

/// A cell drawn at random: a graph of operations on rows of the batch, one to three states, captured
/// parameters. The same seed gives the same cell.
///
/// Where an operation has a kink, a random parameter shifts its operand, so that rounding cannot decide on
/// which side of it a value lies.
struct RandomCell {
  typealias D = Tensor<Double>

  /// Computes a value `[batch, width]` from those before it and the parameters.
  private typealias Instruction = @Sendable (_ values: [D], _ parameters: [D]) -> D

  let seed: Int
  let inputWidth: Int
  private(set) var stateWidths: [Int] = []
  /// The shapes of the parameters; those of each item of the batch come without its axis.
  private var parameters: [(shape: Shape, isPerItem: Bool)] = []
  /// The operations in order, for messages.
  private(set) var names: [String] = []
  private var instructions: [Instruction] = []
  /// The width of each value: the input, the states, the instructions' results.
  private var widths: [Int] = []
  private var output = 0
  private var nextStates: [Int] = []
  private var generator: SeededGenerator

  init(seed: Int) {
    self.seed = seed
    generator = SeededGenerator(seed: UInt64(seed))
    inputWidth = Int.random(in: 1...5, using: &generator)
    let states = Int.random(in: 1...3, using: &generator)
    for _ in 0..<states { stateWidths.append(Int.random(in: 1...6, using: &generator)) }
    widths = [inputWidth] + stateWidths
    for _ in 0..<Int.random(in: 3...9, using: &generator) { appendOperation() }
    output = Int.random(in: 0..<widths.count, using: &generator)
    nextStates = stateWidths.indices.map { nextState($0) }
  }

  /// One time step.
  func callAsFunction(_ x: D, _ states: [D], _ parameters: [D]) -> (output: D, states: [D]) {
    var values = [x] + states
    for instruction in instructions { values.append(instruction(values, parameters)) }
    return (values[output], nextStates.map { values[$0] })
  }

  /// An input sequence, the first states and the parameters, in this order.
  func tensors(time: Int, batch: Int) -> [D] {
    let states: [Shape] = stateWidths.map { [batch, $0] }
    let captured = parameters.map { $0.isPerItem ? $0.shape.inserting(batch, at: 0) : $0.shape }
    let shapes = [[time, batch, inputWidth]] + states + captured
    let keys = RandomKey(seed: seed).split(shapes.count)
    return zip(shapes, keys).map { .normal($0, standardDeviation: 0.7, key: $1) }
  }

  // MARK: Drawing

  private mutating func append(
    _ name: String, width: Int, _ instruction: @escaping Instruction
  ) -> Int {
    names.append(name)
    instructions.append(instruction)
    widths.append(width)
    return widths.count - 1
  }

  private mutating func parameter(_ shape: Shape, isPerItem: Bool = false) -> Int {
    parameters.append((shape, isPerItem))
    return parameters.count - 1
  }

  /// A value, later ones more often, so that graphs grow deep.
  private mutating func value() -> Int {
    let a = Int.random(in: 0..<widths.count, using: &generator)
    return max(a, Int.random(in: 0..<widths.count, using: &generator))
  }

  private mutating func value(width: Int) -> Int {
    let candidates = widths.indices.filter { widths[$0] == width }
    if let found = candidates.randomElement(using: &generator) { return found }
    return product(value(), width: width)
  }

  private mutating func product(_ a: Int, width: Int) -> Int {
    let isTransposed = Bool.random(using: &generator)
    let w = parameter(isTransposed ? [width, widths[a]] : [widths[a], width])
    return append(isTransposed ? "matmul transposed" : "matmul", width: width) {
      matmul($0[a], isTransposed ? $1[w].transposed() : $1[w])
    }
  }

  private mutating func nextState(_ state: Int) -> Int {
    let width = stateWidths[state]
    switch Int.random(in: 0..<8, using: &generator) {
    case 0: return 1 + state
    case 1: return append("tanh", width: width) { [a = value(width: width)] v, _ in tanh(v[a]) }
    default:
      let a = product(value(), width: width)
      let b = value(width: width)
      return append("tanh of a sum", width: width) { v, _ in tanh(v[a] + v[b]) }
    }
  }

  private mutating func appendOperation() {
    let a = value()
    let width = widths[a]
    switch Int.random(in: 0..<16, using: &generator) {
    case 0...2: _ = product(a, width: Int.random(in: 1...6, using: &generator))
    case 3: appendUnary(a)
    case 4: appendBinary(a)
    case 5:
      let (b, c) = (value(width: width), value(width: width))
      _ = append("gate", width: width) { v, _ in
        let gate = sigmoid(v[a])
        return gate * v[b] + (1 - gate) * v[c]
      }
    case 6: appendShifted(a)
    case 7: appendNormalization(a)
    case 8, 9: appendReduction(a)
    case 10, 11: appendPart(a)
    case 12, 13:
      let b = value()
      _ = append("concatenated", width: width + widths[b]) { v, _ in
        concatenated([v[a], v[b]], axis: -1)
      }
    case 14: appendOfParameters(a)
    default: appendMatrices(a)
    }
  }

  private mutating func appendUnary(_ a: Int) {
    let functions: [(String, @Sendable (D) -> D)] = [
      ("tanh", { tanh($0) }), ("sigmoid", { sigmoid($0) }), ("sin", { sin($0) }),
      ("softplus", { softplus($0) }), ("gelu", { gelu($0) }), ("exp", { exp(-square($0)) }),
      ("sqrt", { sqrt(1 + square($0)) }), ("log", { log(2 + tanh($0)) }),
      ("negated", { -$0 }), ("flipped", { $0.flipped(1) }),
      ("padded", { x in x.padded(axis: 1, before: 1)[.all, ..<x.shape[1]] }),
      ("the greatest", { x in x * oneHot(x.argmax(-1), depth: x.shape[1]) }),
      ("stopGradient", { $0 + stopGradient($0) }),
    ]
    let (name, function) = functions.randomElement(using: &generator)!
    _ = append(name, width: widths[a]) { v, _ in function(v[a]) }
  }

  private mutating func appendBinary(_ a: Int) {
    let b = Bool.random(using: &generator) ? value(width: widths[a]) : value(width: 1)
    let functions: [(String, @Sendable (D, D) -> D)] = [
      ("+", { $0 + $1 }), ("-", { $0 - $1 }), ("*", { $0 * tanh($1) }),
      ("/", { $0 / (1 + square($1)) }),
    ]
    let (name, function) = functions.randomElement(using: &generator)!
    _ = append(name, width: widths[a]) { v, _ in function(v[a], v[b]) }
  }

  /// A parameter added or multiplied, and perhaps a function with a kink.
  private mutating func appendShifted(_ a: Int) {
    let width = widths[a]
    let shape: Shape = [[width], [], [1, width]].randomElement(using: &generator)!
    let isPerItem = shape == [width] && Bool.random(using: &generator)
    let p = parameter(shape, isPerItem: isPerItem)
    let b = value(width: width)
    let functions: [(String, @Sendable (D, D, D) -> D)] = [
      ("bias", { $0 + $1 + $2 }), ("scale", { tanh($0) * $1 + $2 }),
      ("relu", { x, p, _ in relu(x + p) }), ("abs", { x, p, y in abs(x + p) * sigmoid(y) }),
      ("max", { max($0 + $1, tanh($2)) }), ("min", { min($0, $1 * $2) }),
      ("where", { `where`($0 .> $1, $0, $2) }),
      ("mask", { ($0 .> $1).converted(to: Double.self) * $2 + $0 }),
    ]
    let (name, function) = functions.randomElement(using: &generator)!
    _ = append(name, width: width) { v, q in function(v[a], q[p], v[b]) }
  }

  /// The likelihood of the greatest element, in a column of its own.
  private mutating func appendLikelihood(_ a: Int) {
    _ = append("logLikelihood", width: 1) { v, _ in
      logLikelihood(of: v[a].argmax(-1), under: v[a]).expandingAxis(at: -1)
    }
  }

  private mutating func appendNormalization(_ a: Int) {
    let width = widths[a]
    switch Int.random(in: 0..<5, using: &generator) {
    case 0: _ = append("softmax", width: width) { v, _ in softmax(v[a]) }
    case 1: _ = append("logSoftmax", width: width) { v, _ in logSoftmax(v[a]) }
    case 2: appendLikelihood(a)
    case 3: _ = append("layerNorm", width: width) { v, _ in layerNorm(v[a], epsilon: 0.1) }
    default:
      let (gain, bias) = (parameter([width]), parameter([width]))
      _ = append("layerNorm with gain and bias", width: width) { v, p in
        layerNorm(v[a], gain: p[gain], bias: p[bias], epsilon: 0.1)
      }
    }
  }

  private mutating func appendReduction(_ a: Int) {
    let p = parameter([widths[a]])
    let functions: [(String, @Sendable (D, D) -> D)] = [
      ("sum", { x, _ in x.sum(-1, keepDims: true) }),
      ("mean", { x, _ in x.mean(-1, keepDims: true) }),
      ("mean, expanded", { x, _ in x.mean(-1).expandingAxis(at: 1) }),
      ("maximum", { ($0 + $1).max(-1, keepDims: true) }),
      ("minimum", { ($0 + $1).min(-1, keepDims: true) }),
      ("logSumExp", { x, _ in x.logSumExp(-1, keepDims: true) }),
      ("norm", { ($0 + 3 * $1).norm(-1, keepDims: true) }),
      ("variance", { ($0 * $1).variance(-1, keepDims: true) }),
      ("product", { x, _ in tanh(x).product(-1, keepDims: true) }),
    ]
    let (name, function) = functions.randomElement(using: &generator)!
    _ = append(name, width: 1) { v, q in function(v[a], q[p]) }
  }

  private mutating func appendPart(_ a: Int) {
    let width = widths[a]
    let start = Int.random(in: 0..<width, using: &generator)
    let end = Int.random(in: (start + 1)...width, using: &generator)
    switch Int.random(in: 0..<4, using: &generator) {
    case 0: _ = append("reversed", width: width) { v, _ in v[a][.all, .every(-1)] }
    case 1:
      _ = append("every second", width: (width + 1) / 2) { v, _ in v[a][.all, .every(2)] }
    case 2 where width % 2 == 0:
      let part = Int.random(in: 0...1, using: &generator)
      _ = append("chunk", width: width / 2) { v, _ in v[a].chunked(2)[part] }
    default: _ = append("slice", width: end - start) { v, _ in v[a][.all, start..<end] }
    }
  }

  private mutating func appendOfParameters(_ a: Int) {
    let width = widths[a]
    let p = parameter([width, width])
    switch Int.random(in: 0..<3, using: &generator) {
    case 0:
      _ = append("matmul with softmax of a parameter", width: width) { v, q in
        matmul(v[a], softmax(q[p]))
      }
    case 1:
      _ = append("a parameter's rows summed", width: width) { v, q in v[a] * tanh(q[p]).sum(0) }
    default:
      let constant = D.normal([width], key: RandomKey(seed: seed))
      _ = append("a constant", width: width) { v, q in
        v[a] * constant + matmul(constant, tanh(q[p]))
      }
    }
  }

  /// Each row of the batch as rows that go through the same weights.
  private mutating func appendSlots(
    _ x: Int, _ rows: Int, _ columns: Int, _ name: String,
    _ product: @escaping @Sendable (D, D) -> D
  ) {
    let width = Int.random(in: 1...3, using: &generator)
    let w = parameter([columns, width])
    _ = append(name, width: rows * width) { v, q in
      let slots = v[x].reshaped(to: [v[x].shape[0], rows, columns])
      return tanh(product(slots, q[w])).reshaped(to: [v[x].shape[0], rows * width])
    }
  }

  /// Each row of the batch as a small matrix.
  private mutating func appendMatrices(_ a: Int) {
    let (rows, columns) = (2, Int.random(in: 1...3, using: &generator))
    let x = product(a, width: rows * columns)
    switch Int.random(in: 0..<6, using: &generator) {
    case 4: appendSlots(x, rows, columns, "matmul of slots") { matmul($0, $1) }
    case 5: appendSlots(x, rows, columns, "einsum of slots") { einsum("bsi,io->bso", $0, $1) }
    case 0:
      _ = append("transposed matrices", width: rows * columns) { v, _ in
        let matrices = v[x].reshaped(to: [v[x].shape[0], rows, columns])
        return matrices.transposed().reshaped(to: v[x].shape)
      }
    case 1:
      _ = append("attention", width: columns) { v, _ in
        let keys = v[x].reshaped(to: [v[x].shape[0], rows, columns])
        let scores = softmax(matmul(keys, tanh(keys).transposed()))
        return matmul(scores, keys).sum(1)
      }
    case 2:
      _ = append("outer products", width: rows * columns) { v, _ in
        let (b, c) = (v[x][.all, ..<rows], v[x][.all, (-columns)...])
        let products = b.expandingAxis(at: 2) * c.expandingAxis(at: 1)
        return products.reshaped(to: [b.shape[0], rows * columns])
      }
    default:
      _ = append("cumulative sums", width: rows * columns) { v, _ in
        tanh(cumulativeSum(v[x], axis: -1))
      }
    }
  }
}
