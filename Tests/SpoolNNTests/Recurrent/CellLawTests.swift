import Spool
import SpoolNN
import TestSupport
import Testing

/// What every recurrent cell must fulfil, whatever it computes.
@Suite struct CellLawTests {
  @Test(arguments: CellCase.all) func shapes(of cell: CellCase) {
    for batch in [1, 2, 5] {
      let (y, next) = cell.step(cell.input([batch, 3]), cell.initialState(batch))
      #expect(y.shape == [batch, 4])
      #expect(next.map(\.shape) == cell.initialState(batch).map(\.shape))
    }
    #expect(cell.initialState(2).allSatisfy { $0.scalars.allSatisfy { $0 == 0 } })
  }

  @Test(arguments: CellCase.all) func anEmptyBatch(through cell: CellCase) {
    let (y, next) = cell.step(cell.input([0, 3]), cell.initialState(0))
    #expect(y.shape == [0, 4])
    #expect(next.map(\.shape) == cell.initialState(0).map(\.shape))
  }

  @Test(arguments: CellCase.all) func rowsOfABatchAreIndependent(in cell: CellCase) {
    let x = cell.input([3, 3])
    let state = cell.state(3)
    let (y, next) = cell.step(x, state)
    for row in 0..<3 {
      let alone = cell.step(x[row..<(row + 1)], state.map { $0[row..<(row + 1)] })
      expectClose(alone.output[0], y[row], within: 1e-14)
      for (a, b) in zip(alone.state, next) { expectClose(a[0], b[row], within: 1e-14) }
    }
  }

  @Test(arguments: CellCase.all) func theHoistedProductChangesNothing(in cell: CellCase) {
    let x = cell.input([6, 2, 3])
    let projected = cell.projected(x)
    var (a, b) = (cell.state(2), cell.state(2))
    for t in 0..<6 {
      let whole = cell.step(x[t], a)
      let hoisted = cell.stepProjected(projected[t], b)
      expectClose(hoisted.output, whole.output, within: 1e-14)
      (a, b) = (whole.state, hoisted.state)
    }
  }

  @Test(arguments: CellCase.all) func aSequenceCanBeRunInPieces(by cell: CellCase) {
    let x = cell.input([7, 2, 3])
    let (all, last) = unroll(x, from: cell.state(2)) { cell.step($0, $1) }
    let (first, middle) = unroll(x[..<3], from: cell.state(2)) { cell.step($0, $1) }
    let (second, end) = unroll(x[3...], from: middle) { cell.step($0, $1) }
    #expect(concatenated([first, second]).scalars == all.scalars)
    #expect(end.map(\.scalars) == last.map(\.scalars))
  }

  /// The gradient of a sum over five steps, by every parameter, by the inputs and by the first state.
  @Test(arguments: CellCase.all) func gradients(of cell: CellCase) throws {
    let x = cell.input([5, 2, 3])
    let values = cell.parameters.values
    let state = cell.state(2)
    try checkGradients(at: values + [x] + state) { tensors in
      cell.parameters.withValues(Array(tensors.prefix(values.count))) {
        let first = Array(tensors.suffix(state.count))
        let (outputs, last) = unroll(tensors[values.count], from: first) { cell.step($0, $1) }
        return last.reduce(outputs.sum()) { $0 + square($1).sum() }
      }
    }
  }

  @Test(arguments: CellCase.all) func everyParameterMatters(to cell: CellCase) {
    let x = cell.input([2, 2, 3])
    let (_, found) = valueAndGradients(at: cell.parameters.values) { leaves in
      cell.parameters.withValues(leaves) {
        unroll(x, from: cell.state(2)) { cell.step($0, $1) }.outputs.sum()
      }
    }
    for (entry, gradient) in zip(cell.parameters, found) {
      #expect(abs(gradient ?? 0).max().scalar > 0, "\(entry.name)")
    }
  }

  /// Ba, Kiros & Hinton (2016), equations 20 to 22, written with sums.
  @Test func layerNormalisationActsOnBothProductsAndTheMemory() {
    let cell = LayerNormLSTMCell<Double>(inputSize: 3, hiddenSize: 2, key: RandomKey(seed: 1))
    for (place, entry) in cell.parameters().enumerated() {
      entry.parameter.value = .normal(entry.parameter.value.shape, key: RandomKey(seed: 2 + place))
    }
    func normalised(_ x: Tensor<Double>) -> Tensor<Double> {
      let centred = x - x.mean(-1, keepDims: true)
      return centred / sqrt(square(centred).mean(-1, keepDims: true) + 1e-5)
    }
    let x = Tensor<Double>.normal([4, 3], key: RandomKey(seed: 9))
    let state = cell.initialState(batch: 4).map { $0 + 0.3 }
    let gates =
      normalised(matmul(x, cell.gates.inputWeights)) * cell.inputGain
      + normalised(matmul(state.h, cell.gates.stateWeights)) * cell.stateGain + cell.gates.bias
    let (i, f, g, o) = gates.chunked4()
    let c = sigmoid(f) * state.c + sigmoid(i) * tanh(g)
    let h = sigmoid(o) * tanh(normalised(c) * cell.memoryNorm.gain + cell.memoryNorm.bias)
    let (output, next) = cell(x, state)
    expectClose(output, h, within: 1e-12)
    expectClose(next.c, c, within: 1e-12)
  }

  @Test func theForgetGateStartsOpen() {
    let cell = LSTMCell<Float>(inputSize: 3, hiddenSize: 2, key: RandomKey(seed: 1))
    #expect(cell.bias.scalars == [0, 0, 1, 1, 0, 0, 0, 0])
    let other = LSTMCell<Float>(
      inputSize: 3, hiddenSize: 2, forgetBias: -2, key: RandomKey(seed: 1))
    #expect(other.bias.scalars == [0, 0, -2, -2, 0, 0, 0, 0])
    let normalised = LayerNormLSTMCell<Float>(
      inputSize: 3, hiddenSize: 2, forgetBias: 0.5, key: RandomKey(seed: 1))
    #expect(normalised.gates.bias.scalars == [0, 0, 0.5, 0.5, 0, 0, 0, 0])
    let gru = GRUCell<Float>(inputSize: 3, hiddenSize: 2, updateBias: 3, key: RandomKey(seed: 1))
    #expect(gru.inputBias.scalars == [0, 0, 3, 3, 0, 0])
    let key = RandomKey(seed: 1)
    let longShort = LSTM<Float>(inputSize: 3, hiddenSizes: [1, 1], forgetBias: 2, key: key)
    let gated = GRU<Float>(inputSize: 3, hiddenSizes: [1, 1], updateBias: 3, key: key)
    for layer in longShort.layers { #expect(layer.forward.bias.scalars == [0, 2, 0, 0]) }
    for layer in gated.layers { #expect(layer.forward.inputBias.scalars == [0, 3, 0]) }
  }

  /// Tallec & Ollivier (2018): log u with u uniform in 1 ... longest − 1 for the gate that keeps, the opposite for
  /// the one that lets in, 0 for all others.
  @Test func chronoBiasesSpanTheTimeScales() {
    let (units, key) = (300, RandomKey(seed: 1))
    func expectSpans(_ bias: Tensor<Double>) {
      let spans = exp(bias)
      #expect(spans.min().scalar >= 1 && spans.max().scalar < 399)
      #expect(abs(spans.mean().scalar - 200) < 20, "the deviation of this mean is 6.6")
      #expect(spans.min().scalar < 5 && spans.max().scalar > 394)
    }
    let lstm = LSTMCell<Double>(
      inputSize: 1, hiddenSize: units, forgetBias: .chrono(longest: 400),
      inputWeights: .zeros, stateWeights: .zeros, key: key
    ).bias.split(sizes: [units, units, 2 * units], axis: 0)
    expectSpans(lstm[1])
    #expect(lstm[0] == -lstm[1])
    #expect(lstm[2] == .zeros([2 * units]))
    let cell = GRUCell<Double>(
      inputSize: 1, hiddenSize: units, updateBias: .chrono(longest: 400), inputWeights: .zeros,
      stateWeights: .zeros, key: key)
    let gru = cell.inputBias.chunked3()
    expectSpans(gru.1)
    #expect(gru.0 == .zeros([units]) && gru.2 == .zeros([units]))
    #expect(cell.stateBias == .zeros([3 * units]))
  }

  /// However the gates are signed: what a unit is to keep for u steps has fallen to about 1/e after them.
  @Test func chronoUnitsForgetInTheirTime() {
    let key = RandomKey(seed: 2)
    func expectDecay(_ spans: Tensor<Double>, _ memory: (Int) -> Tensor<Double>) {
      for (unit, span) in spans.scalars.enumerated() {
        let left = memory(Int(span.rounded()))[0, unit].scalar
        #expect((0.2...0.6).contains(left), "\(left) is left after \(span) steps")
      }
    }
    let lstm = LSTMCell<Double>(
      inputSize: 1, hiddenSize: 5, forgetBias: .chrono(longest: 50), inputWeights: .zeros,
      stateWeights: .zeros, key: key)
    expectDecay(exp(lstm.bias[5..<10])) { steps in
      let state = LSTMCell<Double>.State(h: .zeros([1, 5]), c: .ones([1, 5]))
      return (0..<steps).reduce(state) { state, _ in lstm(.zeros([1, 1]), state).state }.c
    }
    let gru = GRUCell<Double>(
      inputSize: 1, hiddenSize: 5, updateBias: .chrono(longest: 50), inputWeights: .zeros,
      stateWeights: .zeros, key: key)
    expectDecay(exp(gru.inputBias[5..<10])) { steps in
      (0..<steps).reduce(.ones([1, 5])) { h, _ in gru(.zeros([1, 1]), h).state }
    }
  }

  @Test func stateWeightsStartOrthogonalGateByGate() {
    let key = RandomKey(seed: 1)
    let weights = [
      RNNCell<Double>(inputSize: 3, hiddenSize: 6, key: key).stateWeights,
      LSTMCell<Double>(inputSize: 3, hiddenSize: 6, key: key).stateWeights,
      GRUCell<Double>(inputSize: 3, hiddenSize: 6, key: key).stateWeights,
    ]
    for (weights, gates) in zip(weights, [1, 4, 3]) {
      let blocks = weights.chunked(gates)
      for block in blocks {
        expectClose(matmul(block.transposed(), block), .identity(6), within: 1e-13)
      }
      for (a, b) in zip(blocks, blocks.dropFirst()) { #expect(a.scalars != b.scalars) }
    }
  }

  @Test func theIRNNRemembersWhatItSees() {
    let cell = RNNCell<Double>(
      inputSize: 2, hiddenSize: 2, activation: { relu($0) }, inputWeights: .identity(),
      stateWeights: .identity(), key: RandomKey(seed: 1))
    let x = Tensor<Double>.ones([10, 1, 2])
    let (_, last) = unroll(x, from: cell.initialState(batch: 1)) { cell($0, $1) }
    #expect(last.scalars == [10, 10])
  }

  @Test func mistakesTrap() async {
    let input = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let cell = LSTMCell<Float>(inputSize: 3, hiddenSize: 4, key: RandomKey(seed: 1))
      _ = cell(.zeros([2, 5]), cell.initialState(batch: 2))
    }
    expectMessage(input, "the input has shape [2, 5], but its last axis must be the 3 inputs")
    let sequence = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let cell = GRUCell<Float>(inputSize: 3, hiddenSize: 4, key: RandomKey(seed: 1))
      _ = cell(.zeros([7, 2, 3]), cell.initialState(batch: 2))
    }
    expectMessage(sequence, "a cell takes one step, [batch, inputs]")
    let state = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let cell = GRUCell<Float>(inputSize: 3, hiddenSize: 4, key: RandomKey(seed: 1))
      _ = unroll(.zeros([7, 2, 3]), from: cell.initialState(batch: 1)) { cell($0, $1) }
    }
    expectMessage(
      state,
      "the state h has shape [1, 4], but the input needs [2, 4], [batch, hidden] (in time step 0)")
  }
}

/// A cell of any type, with its state as a list of tensors.
struct CellCase: CustomTestStringConvertible, Sendable {
  let testDescription: String
  let parameters: Parameters<Double>
  let initialState: @Sendable (Int) -> [Tensor<Double>]
  let projected: @Sendable (Tensor<Double>) -> Tensor<Double>
  let step:
    @Sendable (Tensor<Double>, [Tensor<Double>]) -> (
      output: Tensor<Double>, state: [Tensor<Double>]
    )
  let stepProjected:
    @Sendable (Tensor<Double>, [Tensor<Double>]) -> (
      output: Tensor<Double>, state: [Tensor<Double>]
    )

  init<Cell: RecurrentCell>(_ name: String, _ cell: Cell) where Cell.Scalar == Double {
    testDescription = name
    parameters = cell.parameters()
    // Biases other than 0, so that one that is left out is noticed.
    for (place, entry) in parameters.enumerated() where entry.parameter.value.rank == 1 {
      entry.parameter.value =
        entry.parameter.value
        + .normal(entry.parameter.value.shape, standardDeviation: 0.3, key: RandomKey(seed: place))
    }
    initialState = { cell.initialState(batch: $0).tensors }
    projected = { cell.projected($0) }
    step = { x, state in
      let (output, next) = cell(x, cell.initialState(batch: 1).with(state))
      return (output, next.tensors)
    }
    stepProjected = { x, state in
      let (output, next) = cell.step(x, cell.initialState(batch: 1).with(state))
      return (output, next.tensors)
    }
  }

  /// Some input of that shape.
  func input(_ shape: Shape) -> Tensor<Double> { .normal(shape, key: RandomKey(seed: 11)) }

  /// Some state that is not zero.
  func state(_ batch: Int) -> [Tensor<Double>] {
    initialState(batch).enumerated().map { place, part in
      .normal(part.shape, standardDeviation: 0.5, key: RandomKey(seed: 20 + place))
    }
  }

  /// Fresh cells for each test: tests run at the same time, and two threads cannot differentiate by
  /// one parameter.
  static var all: [CellCase] {
    let key = RandomKey(seed: 5)
    return [
      CellCase("RNNCell, tanh", RNNCell(inputSize: 3, hiddenSize: 4, key: key)),
      CellCase(
        "RNNCell, relu",
        RNNCell(inputSize: 3, hiddenSize: 4, activation: { relu($0) }, key: key)),
      CellCase("LSTMCell", LSTMCell(inputSize: 3, hiddenSize: 4, key: key)),
      CellCase("LayerNormLSTMCell", LayerNormLSTMCell(inputSize: 3, hiddenSize: 4, key: key)),
      CellCase("GRUCell, reset after", GRUCell(inputSize: 3, hiddenSize: 4, key: key)),
      CellCase(
        "GRUCell, reset before",
        GRUCell(inputSize: 3, hiddenSize: 4, resetOrder: .beforeProduct, key: key)),
    ]
  }
}
