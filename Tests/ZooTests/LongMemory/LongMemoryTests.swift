import Spool
import SpoolData
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@testable import SpoolZoo

@Suite struct LongMemoryTests {
  private let key = RandomKey(seed: 4)

  private func checkGradients(_ model: some SequenceModel<Double>) throws {
    let x = Tensor<Double>.normal([4, 2, 3], key: key)
    for entry in model.parameters() {
      entry.parameter.value = .normal(
        entry.parameter.value.shape, standardDeviation: 0.5, key: key.folding(in: 1))
    }
    try SpoolNN.checkGradients(of: model) { square(model(x, answers: 2) - 0.3).sum() }
  }

  @Test(arguments: MemoryCell.allCases) func gradientsAgreeWithDifferences(_ cell: MemoryCell)
    throws
  {
    try checkGradients(cell.network(inputs: 3, hidden: 3, outputs: 2, time: 4, key: key))
  }

  private func checkRows(_ model: some SequenceModel<Float>) {
    let x = Tensor<Float>.normal([6, 3, 2], key: key)
    let together = model(x, answers: 2)
    #expect(together.shape == [2, 3, 4])
    for row in 0..<3 {
      let alone = model(x[.all, row..<(row + 1)], answers: 2)
      expectClose(alone[.all, 0], together[.all, row], within: 1e-6)
    }
  }

  @Test(arguments: MemoryCell.allCases) func aBatchIsItsItems(_ cell: MemoryCell) {
    checkRows(cell.network(inputs: 2, hidden: 8, outputs: 4, time: 6, key: key))
  }

  @Test func theIRNNStartsAsAMemory() {
    let network: any SequenceModel<Float> = MemoryCell.irnn.network(
      inputs: 1, hidden: 5, outputs: 1, time: 2, key: key)
    let parameters = network.parameters()
    #expect(parameters["layer.layers.0.forward.stateWeights"]?.value == .identity(5))
    #expect(parameters["layer.layers.0.forward.bias"]?.value == .zeros([5]))
    let weights = parameters["layer.layers.0.forward.inputWeights"]!.value
    #expect((0.0001..<0.01).contains(abs(weights).max().scalar))
    // It adds up what is positive, with no bound, and forgets nothing.
    parameters["layer.layers.0.forward.inputWeights"]!.value = .ones([1, 5])
    let inputs = Tensor<Float>(shape: [4, 1, 1], [3, 2, 0, 0])
    let readOut = parameters["readOut.weight"]!.value
    expectClose(network(inputs, answers: 1)[0], 5 * readOut.sum(0, keepDims: true), within: 1e-5)
  }

  /// The gates that keep start open for up to as many steps as the sequences have.
  @Test(arguments: [(MemoryCell.chronoLSTM, "bias"), (.chronoGRU, "inputBias")])
  func theChronoCellsStartWithTheSequencesTimeScales(
    _ cell: MemoryCell, name: String
  ) throws {
    let network: any SequenceModel<Float> = cell.network(
      inputs: 1, hidden: 100, outputs: 1, time: 1000, key: key)
    let bias = try #require(network.parameters()["layer.layers.0.forward.\(name)"]?.value)
    let spans = exp(bias[100..<200])
    #expect((900..<999.1).contains(spans.max().scalar) && spans.min().scalar >= 1)
  }

  /// What a run reports at its end, and what `zoo evaluate` says of its folder.
  private func run(_ line: String) throws -> (reported: String, evaluated: String) {
    let folder = try TemporaryFolder()
    let zoo = TestZoo([Adding(), CopyMemory(), SequentialMNIST()])
    let trained = zoo("train \(line) --threads 1 --run \(folder.file("run"))")
    #expect(trained.status == 0, "\(trained.errors)")
    let last = try #require(trained.output.split(separator: "\n").dropLast().last)
    let evaluated = zoo("evaluate --run \(folder.file("run"))")
    return (String(last), evaluated.output)
  }

  private func expectLearned(_ line: String, loss limit: Double) throws {
    let (reported, evaluated) = try run(line)
    let figures = try #require(reported.firstMatch(of: /: (.*)/)?.output.1)
    #expect(evaluated == figures + "\n")
    let loss = try #require(
      reported.firstMatch(of: /: [a-z ]+ ([0-9.]+)/).flatMap { Double($0.output.1) })
    #expect(loss < limit, "\(reported)")
  }

  @Test func addingIsLearned() throws {
    try expectLearned(
      "adding --time 12 --steps 300 --hidden 32 --cell gru --learning-rate 0.01", loss: 0.02)
  }

  @Test(arguments: [("lstm", 3, 0.2), ("rnn", 2, 0.2), ("irnn", 2, 1)])
  func copyingIsLearned(cell: String, delay: Int, loss: Double) throws {
    try expectLearned(
      "copy-memory --cell \(cell) --delay \(delay) --symbols 2 --steps 150 --hidden 32 "
        + "--learning-rate 0.02", loss: loss)
  }

  @Test func dottedDigitsAreLearned() throws {
    try expectLearned(
      "sequential-mnist --pixels 10 --steps 150 --hidden 32 --cell lnlstm --learning-rate 0.02",
      loss: 0.4)
  }

  @Test func whatDoesNotFitIsOneLine() throws {
    let zoo = TestZoo([Adding(), SequentialMNIST()])
    let folder = try TemporaryFolder()
    for (line, word) in [
      ("sequential-mnist --pixels 7", "--pixels 7 does not divide the 100 pixels"),
      ("sequential-mnist --data \(folder.path)", folder.path), ("adding --time 1", "--time"),
    ] {
      let result = zoo("train \(line) --run \(folder.file("run"))")
      #expect(result.status == 1 && result.errors.contains(word), "\(result.errors)")
      #expect(result.errors.split(separator: "\n").count == 1)
    }
  }

  @Test func digitsLieWithinTheCanvasAndDiffer() {
    let (images, labels) = DottedDigits.images(200, key: key)
    #expect(images.shape == [200, 10, 10] && Set(labels.scalars) == Set(0..<10))
    #expect(images.min().scalar >= 0 && images.max().scalar <= 1)
    let dots = (images .> 0.5).scalars
    for image in 0..<200 {
      let count = dots[(image * 100)..<((image + 1) * 100)].count { $0 }
      #expect((9...19).contains(count))
    }
  }
}
