import Spool
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

@Suite struct CheckpointTests {
  private func model(_ seed: Int, hidden: Int = 4) -> LSTM<Float> {
    LSTM<Float>(inputSize: 3, hiddenSizes: [hidden, 2], key: RandomKey(seed: seed))
  }

  private func train(_ model: LSTM<Float>, _ optimizer: Adam<Float>, steps: Int) throws {
    let x = Tensor<Float>.normal([5, 2, 3], key: RandomKey(seed: 9))
    for _ in 0..<steps {
      let (_, gradients) = valueAndGradient(of: model) { square(model(x).outputs - 0.5).mean() }
      optimizer.update(with: gradients)
    }
  }

  @Test func roundTrip() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("model.safetensors")
    let (a, b) = (model(1), model(2))
    try save(a, to: path, metadata: ["note": "ü"])
    try load(into: b, from: path)
    #expect(
      zip(a.parameters().values, b.parameters().values).allSatisfy { $0.scalars == $1.scalars })
    #expect(a.parameters().values[0].scalars != model(2).parameters().values[0].scalars)
  }

  @Test func continuesTrainingBitForBit() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("training.safetensors")
    let whole = model(1)
    try train(whole, Adam(for: whole, learningRate: 0.01), steps: 7)

    let first = model(1)
    let firstOptimizer = Adam(for: first, learningRate: 0.01)
    try train(first, firstOptimizer, steps: 3)
    var checkpoint = Checkpoint()
    checkpoint.add(first.parameters(), prefix: "model.")
    checkpoint.add(firstOptimizer, prefix: "adam.")
    try checkpoint.write(to: path)

    let second = model(5)
    let secondOptimizer = Adam(for: second, learningRate: 0.01)
    let file = try SafetensorsFile(path: path)
    try file.assign(to: second.parameters(), prefix: "model.")
    try file.assign(to: secondOptimizer, prefix: "adam.")
    try train(second, secondOptimizer, steps: 4)
    for (a, b) in zip(whole.parameters().values, second.parameters().values) {
      #expect(a.scalars == b.scalars)
    }
  }

  @Test func listsAllThatDoesNotFitAndChangesNothing() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("model.safetensors")
    try save(model(1, hidden: 5), to: path)
    let other = model(2)
    let before = other.parameters().values.map(\.scalars)
    let error = #expect(throws: CheckpointError.self) { try load(into: other, from: path) }
    #expect(error?.problems.count == 4)
    #expect(error?.description.contains("has shape [5, 20] instead of [4, 16]") == true)
    let gru = GRU<Float>(inputSize: 3, hiddenSizes: [4, 2], key: RandomKey(seed: 1))
    #expect(throws: CheckpointError.self) { try load(into: gru, from: path) }
    #expect(other.parameters().values.map(\.scalars) == before)
  }

  @Test func aDamagedFileChangesNothing() throws {
    let folder = try TemporaryFolder()
    let path = folder.file("model.safetensors")
    try folder.put(Array("not a model".utf8), in: "model.safetensors")
    #expect(throws: SafetensorsError.self) { try load(into: model(1), from: path) }
  }
}
