import Testing

@testable import Spool

/// A cell that gives the compiler of steps something to rewrite.
struct RewriteCell: CustomTestStringConvertible, Sendable {
  typealias D = Tensor<Double>
  typealias Step =
    @Sendable (_ x: D, _ state: [D], _ parameters: [D]) -> (output: D, state: [D])

  let testDescription: String
  /// The numbers of inputs and of elements of each state, for a batch of three.
  let input: Int
  let state: [Int]
  let parameters: [Shape]
  let step: Step

  init(
    _ description: String, input: Int = 5, state: [Int], parameters: [Shape], _ step: @escaping Step
  ) {
    testDescription = description
    self.input = input
    self.state = state
    self.parameters = parameters
    self.step = step
  }

  static let batch = 3

  /// An input sequence, the first states and the parameters.
  func tensors(time: Int) -> [D] {
    let shapes =
      [[time, Self.batch, input]] + state.map { [Self.batch, $0] as Shape } + parameters
    let keys = RandomKey(seed: 5).split(shapes.count)
    return zip(shapes, keys).map { .normal($0, standardDeviation: 0.5, key: $1) }
  }

  /// One step as the compiler has rewritten it, with gradients for state and parameters, and for the input
  /// where asked.
  func program(hasInputGradient: Bool = false) -> StepProgram {
    let tensors = tensors(time: 1)
    let x = tensors[0].reshaped(to: [Self.batch, input]).handle
    let states = tensors[1...state.count].map(\.handle)
    var graph: StepGraph?
    let (tape, _, _) = GradientScope.record(tensors[(1 + state.count)...].map(\.handle)) { leaves in
      let traced = TracedStep(
        inputs: [x], state: states, outer: GradientScope.current!.tape,
        isDifferentiated: [hasInputGradient]
      ) { inputs, state in
        let (output, next) = step(
          Tensor(inputs[0]), state.map { Tensor($0) }, leaves.map { Tensor($0) })
        return ([output.handle], next.map(\.handle))
      }
      graph = traced.withPullback()
      return leaves[0]
    }
    tape.close()
    return StepProgram(graph!, batch: Self.batch)!
  }
}

extension StepProgram {
  /// The names of the operations that run in `phase`, in order; views left out.
  func names(in phase: Phase) -> [String] {
    layout.operations(in: phase).compactMap { i in
      guard case .operation(let operation, _) = graph.values[i].source,
        !(operation is any ViewOperation && layout.kinds[i] == .summed)
      else { return nil }
      return type(of: operation).name
    }
  }

  /// How many products of matrices run in `phase`.
  func productCount(_ phase: Phase) -> Int {
    names(in: phase).count { $0 == MatrixProduct.name || $0 == ProductSum.name }
  }
}

extension RewriteCell {
  static let packedLSTM = RewriteCell(
    "packed LSTM", state: [4, 4], parameters: [[5, 16], [4, 16], [16]]
  ) { x, state, p in
    let (i, f, g, o) = (matmul(x, p[0]) + matmul(state[0], p[1]) + p[2]).chunked4()
    let c = sigmoid(f) * state[1] + sigmoid(i) * tanh(g)
    let h = sigmoid(o) * tanh(c)
    return (h, [h, c])
  }

  static let perGateLSTM = RewriteCell(
    "LSTM with eight matrices and four biases", state: [4, 4],
    parameters: Array(repeating: [5, 4], count: 4) + Array(repeating: [4, 4], count: 4)
      + Array(repeating: [4], count: 4)
  ) { x, state, p in
    func gate(_ i: Int) -> D { matmul(x, p[i]) + matmul(state[0], p[4 + i]) + p[8 + i] }
    let c = sigmoid(gate(1)) * state[1] + sigmoid(gate(0)) * tanh(gate(2))
    let h = sigmoid(gate(3)) * tanh(c)
    return (h, [h, c])
  }

  static let transposedLSTM = RewriteCell(
    "LSTM with transposed matrices and two biases for each gate", state: [4, 4],
    parameters: Array(repeating: [4, 5], count: 4) + Array(repeating: [4, 4], count: 4)
      + Array(repeating: [4], count: 8)
  ) { x, state, p in
    func gate(_ i: Int) -> D {
      (matmul(x, p[i].transposed()) + p[8 + i])
        + (matmul(state[0], p[4 + i].transposed()) + p[12 + i])
    }
    let c = sigmoid(gate(1)) * state[1] + sigmoid(gate(0)) * tanh(gate(2))
    let h = sigmoid(gate(3)) * tanh(c)
    return (h, [h, c])
  }

  static let peepholeLSTM = RewriteCell(
    "LSTM with peepholes", state: [4, 4],
    parameters: Array(repeating: [5, 4], count: 4) + Array(repeating: [4, 4], count: 4)
      + Array(repeating: [4], count: 7)
  ) { x, state, p in
    func gate(_ i: Int) -> D { matmul(x, p[i]) + matmul(state[0], p[4 + i]) + p[8 + i] }
    let f = sigmoid(gate(1) + state[1] * p[12])
    let c = f * state[1] + sigmoid(gate(0) + state[1] * p[13]) * tanh(gate(2))
    let h = sigmoid(gate(3) + c * p[14]) * tanh(c)
    return (h, [h, c])
  }

  static let perGateGRU = RewriteCell(
    "GRU with six matrices, reset after", state: [4],
    parameters: Array(repeating: [5, 4], count: 3) + Array(repeating: [4, 4], count: 3)
      + Array(repeating: [4], count: 4)
  ) { x, state, p in
    let h = state[0]
    let r = sigmoid(matmul(x, p[0]) + matmul(h, p[3]) + p[6])
    let z = sigmoid(matmul(x, p[1]) + matmul(h, p[4]) + p[7])
    let n = tanh(matmul(x, p[2]) + p[8] + r * (matmul(h, p[5]) + p[9]))
    let next = (1 - z) * n + z * h
    return (next, [next])
  }

  static let resetBeforeGRU = RewriteCell(
    "GRU with six matrices, reset before", state: [4],
    parameters: Array(repeating: [5, 4], count: 3) + Array(repeating: [4, 4], count: 3)
      + Array(repeating: [4], count: 3)
  ) { x, state, p in
    let h = state[0]
    let r = sigmoid(matmul(x, p[0]) + matmul(h, p[3]) + p[6])
    let z = sigmoid(matmul(x, p[1]) + matmul(h, p[4]) + p[7])
    let n = tanh(matmul(x, p[2]) + matmul(r * h, p[5]) + p[8])
    let next = (1 - z) * n + z * h
    return (next, [next])
  }

  static let mixedSum = RewriteCell(
    "a sum of terms of every kind", state: [4, 4],
    parameters: [[5, 4], [4, 4], [4], [1, 4], [4, 4]]
  ) { x, state, p in
    let first = state[1] - matmul(state[0], p[1]) - p[2]
    let z = first + matmul(x, p[0]) - (p[3] - state[0]) + matmul(state[1], p[4]) - 0.5
    let h = tanh(-(-z + sin(x.sum(-1, keepDims: true))))
    return (h * p[2], [h, state[1] - (h - (p[3] - z))])
  }

  static let productsUsedTwice = RewriteCell(
    "products used twice", state: [4], parameters: [[5, 4], [4, 4], [4]]
  ) { x, state, p in
    let (a, b) = (matmul(x, p[0]), matmul(state[0], p[1]))
    let h = tanh(a + b + p[2]) * sigmoid(b) + a
    let next = tanh(h - b) + matmul(h, p[1])
    return (matmul(h, p[1]) + next, [next])
  }

  static let sharedOperands = RewriteCell(
    "products of one operand, of several ranks and at several times", input: 4, state: [4],
    parameters: [[4, 4], [4, 2], [4, 4], [4, 3]]
  ) { x, state, p in
    let h = state[0]
    let (rows, columns) = (h.reshaped(to: [3, 2, 2]), x.reshaped(to: [3, 2, 2]))
    let deep = (matmul(rows, columns) + matmul(rows, tanh(columns))).reshaped(to: [3, 4])
    let next = tanh(matmul(h, p[0]) + matmul(h, p[1]).sum(-1, keepDims: true) + matmul(x, p[2]))
    return (matmul(h, p[3]) * matmul(x, p[1])[.all, ..<1], [next + deep])
  }

  static let sharedParts = RewriteCell(
    "parts of two matrices that fit only partly", state: [4, 4],
    parameters: [[5, 8], [4, 8], [4], [8]]
  ) { x, state, p in
    let (a, b) = (matmul(x, p[0]), matmul(state[0], p[1]) + p[3])
    let first = a[.all, ..<4] + b[.all, ..<4] + p[2]
    let second = a[.all, 4...] + b[.all, ..<4] + p[2]
    let third = a[.all, 2..<6] + b[.all, 4...] + state[1]
    let h = tanh(first) * sigmoid(second)
    return (h, [h, tanh(third) + state[1] * p[2]])
  }

  static let packedGRU = RewriteCell(
    "packed GRU, reset after", state: [4], parameters: [[5, 12], [4, 12], [12], [12]]
  ) { x, state, p in
    let (xr, xz, xn) = (matmul(x, p[0]) + p[2]).chunked3()
    let (hr, hz, hn) = (matmul(state[0], p[1]) + p[3]).chunked3()
    let (r, z) = (sigmoid(xr + hr), sigmoid(xz + hz))
    let next = (1 - z) * tanh(xn + r * hn) + z * state[0]
    return (next, [next])
  }

  static let layerNormLSTM = RewriteCell(
    "LSTM with layer norm of each gate and of the cell", state: [4, 4],
    parameters: [[5, 16], [4, 16]] + Array(repeating: [4], count: 10)
  ) { x, state, p in
    let z = (matmul(x, p[0]) + matmul(state[0], p[1])).chunked(4)
    func norm(_ x: D, _ i: Int) -> D { layerNorm(x, gain: p[2 + 2 * i], bias: p[3 + 2 * i]) }
    let kept = sigmoid(norm(z[1], 1)) * state[1]
    let c = kept + sigmoid(norm(z[0], 0)) * tanh(norm(z[2], 2))
    let h = sigmoid(norm(z[3], 3)) * tanh(norm(c, 4))
    return (h, [h, c])
  }

  /// A head on a memory of five slots of three: by content, kept, shifted, sharpened; then erase and add.
  static let memoryHead = RewriteCell(
    "a head on a memory", state: [4, 15, 5], parameters: [[5, 4], [4, 4], [3, 4], [4, 15]]
  ) { x, state, p in
    let memory = state[1].reshaped(to: [3, 5, 3])
    let h = tanh(matmul(x, p[0]) + matmul(state[0], p[1]))
    let parts = matmul(h, p[3]).split(sizes: [3, 1, 1, 3, 1, 3, 3], axis: 1)
    let key = tanh(parts[0])
    let match = matmul(memory, key.expandingAxis(at: 2)).squeezingAxis(at: 2)
    let lengths = memory.norm(-1) * key.norm(-1, keepDims: true) + 1e-6
    let content = softmax(softplus(parts[1]) * (match / lengths))
    let gate = sigmoid(parts[2])
    let gated = gate * content + (1 - gate) * state[2]
    let (back, stay, ahead) = softmax(parts[3]).chunked3()
    let moved = back * gated.rolled(by: -1, axis: 1) + ahead * gated.rolled(by: 1, axis: 1)
    let sharpened = pow(square(stay * gated + moved) + 0.1, 1 + softplus(parts[4]))
    let weights = sharpened / sharpened.sum(1, keepDims: true)
    let read = matmul(weights.expandingAxis(at: 1), memory).squeezingAxis(at: 1)
    let written = weights.expandingAxis(at: 2)
    let kept = memory * (1 - written * sigmoid(parts[5]).expandingAxis(at: 1))
    let next = kept + written * tanh(parts[6]).expandingAxis(at: 1)
    let state = tanh(matmul(read, p[2]) + h)
    return (read, [state, next.reshaped(to: [3, 15]), weights])
  }

  /// Two heads with keys and strengths of their own, of which one reads alone and both together, from four features
  /// of five slots.
  static let twoHeads = RewriteCell(
    "two heads on a memory", state: [20, 10], parameters: [[5, 12], [8, 20]]
  ) { x, state, p in
    let memory = state[0].reshaped(to: [3, 4, 5])
    let heads = matmul(x, p[0]).reshaped(to: [3, 2, 6]).split(sizes: [4, 1, 1], axis: 2)
    let content = softmax(tanh(heads[1]) * matmul(heads[0], memory))
    let gate = sigmoid(heads[2])
    let weights = gate * content + (1 - gate) * state[1].reshaped(to: [3, 2, 5])
    let reads = matmul(weights, memory.transposed()).reshaped(to: [3, 8])
    let alone = matmul(weights[.all, ..<1], memory.transposed())
    let next = tanh(memory + matmul(reads, p[1]).reshaped(to: [3, 4, 5]))
    return (alone, [next.reshaped(to: [3, 20]), weights.reshaped(to: [3, 10])])
  }

  static let inputProduct = RewriteCell(
    "a product of the input added to the state", state: [4], parameters: [[5, 4]]
  ) { x, state, p in
    let next = tanh(matmul(x, p[0]) + state[0])
    return (next, [next])
  }

  static let views = RewriteCell(
    "views of views and parts of joined values", state: [4], parameters: [[5, 4], [4, 4]]
  ) { x, state, p in
    let joined = concatenated([state[0], matmul(x, p[0]), tanh(state[0])], axis: -1)
    let inner = joined[.all, 5..<8][.all, .every(2)]
    let whole = joined[.all, 4..<8] + joined[.all, 8..<12]
    let turned = (-whole).reshaped(to: [3, 2, 2]).permuted(0, 2, 1).reshaped(to: [3, 2, 2])
    let back = turned.permuted(0, 2, 1).permuted(0, 2, 1).reshaped(to: [3, 4])
    let next = back * matmul(state[0], p[1].transposed().transposed())
    return (inner, [tanh(next - inner.sum(-1, keepDims: true).broadcasted(to: [3, 4]))])
  }

  /// Two permutations after one another that do not commute.
  static let rotations = RewriteCell("rotated matrices", state: [12], parameters: [[5, 12]]) {
    x, state, p in
    let cube = (state[0] + matmul(x, p[0])).reshaped(to: [3, 2, 3, 2])
    let rotated = cube.permuted(0, 2, 3, 1).permuted(0, 2, 1, 3).reshaped(to: [3, 12])
    let next = tanh(rotated + 0.5 * state[0])
    return (next, [next])
  }

  /// A matrix for each item, summed with weights for its rows and with weights for its columns.
  static func weightedSums(rows: Int, columns: Int) -> RewriteCell {
    RewriteCell(
      "weighted sums of \(rows) rows and \(columns) columns",
      state: [rows * columns, rows, columns],
      parameters: [[5, rows], [columns], [5, rows * columns]]
    ) { x, state, p in
      let matrix = state[0].reshaped(to: [3, rows, columns])
      let ofRows = 0.2 * (state[1].expandingAxis(at: 2) * matrix).sum(1)
      let ofColumns = 0.2 * (matrix * state[2].expandingAxis(at: 1)).sum(2, keepDims: true)
      let shared = (matrix * p[1]).sum(2)
      let next = tanh(matrix + ofColumns * ofRows.expandingAxis(at: 1))
      return (
        shared,
        [
          next.reshaped(to: [3, rows * columns]) + matmul(x, p[2]),
          tanh(ofColumns.squeezingAxis(at: 2) + matmul(x, p[0])), sin(ofRows),
        ]
      )
    }
  }

  static let all = [
    weightedSums(rows: 8, columns: 9), weightedSums(rows: 7, columns: 9),
    inputProduct, views, rotations, packedLSTM, perGateLSTM, transposedLSTM, peepholeLSTM,
    perGateGRU,
    resetBeforeGRU, mixedSum,
    productsUsedTwice, sharedOperands, sharedParts, packedGRU, layerNormLSTM, memoryHead,
    twoHeads,
  ]
}
