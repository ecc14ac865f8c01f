import Spool
import SpoolData
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct DeepTests {
  private let key = RandomKey(seed: 6)

  /// A small layer whose parameters are all other than 0.
  private func layer(_ cell: DeepCell, inputs: Int = 3) -> any SequenceLayer<Double> {
    let layer: any SequenceLayer<Double> = cell.layer(inputs: inputs, hidden: 3, key: key)
    for entry in layer.parameters() {
      entry.parameter.value = .normal(
        entry.parameter.value.shape, standardDeviation: 0.5, key: key.folding(in: 1))
    }
    return layer
  }

  private func checkGradients(_ layer: some SequenceLayer<Double>) throws {
    let x = Tensor<Double>.normal([4, 2, 3], key: key)
    try SpoolNN.checkGradients(of: layer) { square(layer(x, lengths: [4, 3]) - 0.3).sum() }
  }

  @Test func theRecipeIsAdamWithCosineDecayAndClipping() throws {
    let model = Slope()
    let trainer = DeepTagger.trainer(of: model, steps: 9)
    #expect(trainer.clippingLimit == 1 && trainer.optimizer is Adam<Float>)
    expectCosineDecay(
      try (0..<9).map { _ in try trainer.takeStep { model.x.sum() }.learningRate }, from: 0.01,
      warmUp: 0)
  }

  @Test(arguments: DeepCell.allCases) func gradientsAgreeWithDifferences(_ cell: DeepCell) throws {
    try checkGradients(layer(cell))
  }

  private func checkUnrolled<Cell: PlainCell>(_ cell: Cell) where Cell.Scalar == Double {
    let x = Tensor<Double>.normal([5, 2, 3], key: key)
    let first = cell.initialState(batch: 2)
    func values(_ run: () -> Tensor<Double>) -> [Tensor<Double>] {
      let (value, gradients) = valueAndGradient(of: cell) { square(run() - 0.1).sum() }
      return [value] + cell.parameters().map { gradients[$0.parameter]! }
    }
    let scanned = values { scan(x, from: first) { cell($0, $1) }.outputs }
    let unrolled = values { unroll(x, from: first) { cell($0, $1) }.outputs }
    for (a, b) in zip(scanned, unrolled) { expectClose(a, b, within: 1e-12, "\(Cell.self)") }
  }

  @Test func scanEqualsUnroll() {
    func gates(_ count: Int, state: Int? = nil) -> Gates<Double> {
      Gates(count, inputs: 3, hidden: 4, state: state, key: key)
    }
    checkUnrolled(AnyGateLSTM(gates: gates(4), outputSize: 4))
    checkUnrolled(AnyGateLSTM(gates: gates(4), outputSize: 4, gate: { hardSigmoid($0) }))
    checkUnrolled(PeepholeLSTM(gates: gates(4), peepholes: .normal([3, 4], key: key)))
    checkUnrolled(CoupledLSTM(gates: gates(3), outputSize: 4))
    checkUnrolled(
      ProjectedLSTM(gates: gates(4, state: 2), projection: .normal([4, 2], key: key)))
    checkUnrolled(MinimalGatedUnit(forget: gates(1), candidate: gates(1), outputSize: 4))
  }

  @Test func peepholesOfZeroAreNone() {
    let gates = Gates<Double>(4, inputs: 3, hidden: 4, key: key)
    let x = Tensor<Double>.normal([5, 2, 3], key: key)
    let plain = Over(AnyGateLSTM(gates: gates, outputSize: 4))(x)
    expectClose(
      Over(PeepholeLSTM(gates: gates, peepholes: .zeros([3, 4])))(x), plain, within: 1e-14)
    let peeping = Over(PeepholeLSTM(gates: gates, peepholes: .ones([3, 4])))(x)
    #expect(abs(peeping - plain).max().scalar > 1e-3)
  }

  @Test func coupledGatesKeepTheMemoryBetweenWhatItWasAndTheCandidate() {
    let cell = CoupledLSTM(gates: Gates<Double>(3, inputs: 2, hidden: 3, key: key), outputSize: 3)
    let x = Tensor<Double>.normal([200, 4, 2], key: key) * 5
    let (_, last) = scan(x, from: cell.initialState(batch: 4)) { cell($0, $1) }
    #expect(abs(last.c).max().scalar < 1)
  }

  private func bidirectional(
    _ a: some SequenceLayer<Double>, _ b: some SequenceLayer<Double>, _ merge: Merge
  ) -> any SequenceLayer<Double> { Bidirectional(a, b, merge: merge) }

  private func residual(_ layer: some SequenceLayer<Double>) -> any SequenceLayer<Double> {
    Residual(layer)
  }

  @Test(arguments: Merge.allCases) func mergesAreOfBothDirectionsAtTheirSteps(_ merge: Merge) {
    let (forward, backward) = (layer(.lstm), layer(.minimal))
    let x = Tensor<Double>.normal([5, 1, 3], key: key)
    let a = forward(x)
    let b = backward(x.flipped(0)).flipped(0)
    let expected =
      switch merge {
      case .concatenation: concatenated([a, b], axis: -1)
      case .sum: a + b
      case .mean: (a + b) * 0.5
      case .product: a * b
      }
    let both = bidirectional(forward, backward, merge)
    #expect(both.outputSize == expected.shape[2])
    expectClose(both(x), expected, within: 1e-14)
  }

  /// Whatever is put together, it runs backward as it runs forward on a sequence turned round.
  @Test func everyLayerRunsBackward() {
    let layers: [any SequenceLayer<Double>] = [
      layer(.lstm), residual(layer(.minimal)),
      bidirectional(layer(.lstm), layer(.minimal), .sum),
      Stack<Double>([bidirectional(layer(.coupled), layer(.lstm), .mean), layer(.peephole)]),
    ]
    let x = Tensor<Double>.normal([5, 2, 3], key: key)
    for layer in layers {
      let backward = layer(x, lengths: nil, reverse: true)
      expectClose(backward, layer(x.flipped(0)).flipped(0), within: 1e-14, "\(type(of: layer))")
      #expect(backward != layer(x))
    }
  }

  @Test func aResidualLayerPassesNoPaddingOn() {
    let x = Tensor<Double>.normal([4, 2, 3], key: key)
    let outputs = residual(layer(.lstm))(x, lengths: [4, 1])
    #expect(outputs[1..., 1].scalars.allSatisfy { $0 == 0 })
    #expect(outputs[.all, 0] == residual(layer(.lstm))(x)[.all, 0])
  }

  /// Padding has no effect on outputs, loss and gradients, and a batch is its items.
  @Test func raggedBatchesAreTheirItems() throws {
    let stack = Stack<Double>([
      residual(layer(.hardGates)),
      bidirectional(layer(.lstm), layer(.minimal), .sum),
      residual(bidirectional(layer(.peephole), layer(.coupled), .mean)),
      residual(layer(.minimal)),
    ])
    let lengths = [5, 2, 4]
    let mask = sequenceMask(lengths: lengths, time: 5).expandingAxis(at: -1)
    let x = Tensor<Double>.normal([5, 3, 3], key: key)
    func run(_ padding: Double) -> [Tensor<Double>] {
      let input = `where`(mask, x, Tensor(padding))
      let (loss, gradients) = valueAndGradient(of: stack) {
        square(stack(input, lengths: lengths) - 0.2).sum()
      }
      return [loss, stack(input, lengths: lengths)]
        + stack.parameters().map { gradients[$0.parameter]! }
    }
    let zeros = run(0)
    for (a, b) in zip(run(.nan), zeros) { expectClose(a, b, within: 1e-13) }
    for (item, length) in lengths.enumerated() {
      let alone = stack(x[..<length, item..<(item + 1)])
      expectClose(zeros[1][..<length, item..<(item + 1)], alone, within: 1e-13)
      #expect(zeros[1][length..., item].scalars.allSatisfy { $0 == 0 })
    }
  }

  @Test func whatCannotBePutTogetherTraps() async {
    let merge = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      func layer(_ hidden: Int) -> Over<MinimalGatedUnit<Float>> {
        let gates = Gates<Float>(1, inputs: 3, hidden: hidden, key: RandomKey(seed: 1))
        return Over(MinimalGatedUnit(forget: gates, candidate: gates, outputSize: hidden))
      }
      _ = Bidirectional(layer(3), layer(4), merge: .sum)
    }
    expectMessage(merge, "the sum of 3 and 4 features")
    let mask = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = sequenceMask(lengths: [2, 5], time: 4) }
    expectMessage(mask, "item 1 has length 5, outside 0 ... 4")
  }

  @Test func tagsTellBeforeFromAgain() {
    let (symbols, tags, lengths) = RepetitionTagging(symbols: 3, lengths: 1...6).batch(40, key: key)
    #expect(symbols.shape == [6, 40] && tags.shape == [6, 40])
    #expect(Set(lengths) == Set(1...6))
    for (item, length) in lengths.enumerated() {
      let sequence = symbols[..<length, item].scalars
      for (place, tag) in tags[..<length, item].scalars.enumerated() {
        #expect((tag >= 2) == sequence[..<place].contains(sequence[place]))
        #expect((tag % 2 == 1) == sequence[(place + 1)...].contains(sequence[place]))
      }
      #expect(symbols[length..., item].scalars.allSatisfy { $0 == 0 })
    }
  }

  /// Padding counts neither among the errors nor among the symbols.
  @Test(arguments: [0, 3] as [Int32]) func theErrorRateIsThatOfSymbols(always tag: Int32) {
    let layers = Stack<Float>([DeepCell.minimal.layer(inputs: 4, hidden: 3, key: key)])
    let network = DeepNetwork(
      symbols: DeepTagger.data.symbols, features: 4, layers: layers, tags: 4, key: key)
    network.readOut.weight = .zeros([3, 4])
    network.readOut.bias!.value = oneHot(Tensor([tag]), depth: 4)[0]
    let examples = DeepTagger.data.batch(500, key: RandomKey(seed: 0).folding(in: 1))
    var (wrong, count) = (0, 0)
    for (item, length) in examples.lengths.enumerated() {
      wrong += examples.tags[..<length, item].scalars.count { $0 != tag }
      count += length
    }
    #expect(abs(DeepTagger.errorRate(network) - Double(wrong) / Double(count)) < 1e-12)
  }

  /// What is drawn of the last layer is what tags are read off.
  @Test func everyLayerIsRecorded() {
    let layers = Stack<Float>([
      DeepCell.lstm.layer(inputs: 4, hidden: 3, key: key),
      DeepCell.minimal.layer(inputs: 3, hidden: 5, key: key),
    ])
    let network = DeepNetwork(symbols: 6, features: 4, layers: layers, tags: 4, key: key)
    let symbols: Tensor<Int32> = [[1], [5], [0], [5]]
    let recordings = network.recordings(symbols)
    #expect(recordings.map(\.name) == ["layer 1, outputs", "layer 2, outputs"])
    #expect(recordings[0].activations.shape == [4, 3])
    expectClose(
      network.readOut(recordings[1].activations), network(symbols, lengths: [4])[.all, 0],
      within: 1e-6)
  }

  private func errorRate(_ options: String) throws -> Double {
    let folder = try TemporaryFolder()
    let zoo = TestZoo([DeepTagger()])
    let trained = zoo(
      "train deep-tagger --steps 400 --hidden 32 --threads 1 --run \(folder.file("run")) \(options)"
    )
    #expect(trained.status == 0, "\(trained.errors)")
    let evaluated = zoo("evaluate --run \(folder.file("run"))").output
    #expect(trained.output.contains(": " + evaluated))
    return try #require(evaluated.firstMatch(of: /([0-9.]+)%/).flatMap { Double($0.output.1) })
  }

  @Test func bothDirectionsLearnWhatOneCannot() throws {
    let both = try errorRate("--merge sum --residual")
    let one = try errorRate("--forward --cell coupled")
    #expect(both < 10 && one > 20, "both \(both)%, one \(one)%")
  }
}
