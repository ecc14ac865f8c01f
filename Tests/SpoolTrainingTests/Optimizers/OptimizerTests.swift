import Spool
import SpoolNN
import SpoolTraining
import TestSupport
import Testing

private struct Pair<Scalar: RealScalar>: Module {
  @Parameter var weight: Tensor<Scalar>
  @Parameter var bias: Tensor<Scalar>
}

@Suite struct OptimizerTests {
  private func make(_ name: String, _ model: Pair<Double>, _ golden: Golden) throws
    -> any Optimizer<Double>
  {
    func setting(_ name: String) -> Double? { golden.attribute(name)?[0] }
    let rate = try #require(setting("lr"))
    let decay = setting("weight_decay") ?? 0
    guard let betas = golden.attribute("betas") else {
      return SGD(
        for: model, learningRate: rate, momentum: setting("momentum") ?? 0,
        nesterov: setting("nesterov") == 1, weightDecay: decay)
    }
    return Adam(
      for: model, learningRate: rate, beta1: betas[0], beta2: betas[1],
      epsilon: try #require(setting("eps")),
      weightDecay: name == "adamw" ? .decoupled(decay) : decay > 0 ? .coupled(decay) : .none)
  }

  @Test(arguments: [
    "sgd", "sgd_momentum", "sgd_nesterov", "sgd_weight_decay", "adam", "adam_weight_decay", "adamw",
  ])
  func agreesWithPyTorch(name: String) throws {
    let golden = try Golden("Optimizers/\(name)")
    let model = Pair<Double>(
      weight: try golden.tensor("weight.start"), bias: try golden.tensor("bias.start"))
    let optimizer = try make(name, model, golden)
    let labels = ["weight", "bias"]
    let gradients: [Tensor<Double>] = try labels.map { try golden.tensor("\($0).gradients") }
    let steps: [Tensor<Double>] = try labels.map { try golden.tensor("\($0).steps") }
    let parameters = model.parameters()
    for step in 0..<10 {
      optimizer.update(with: Gradients(of: parameters, gradients.map { $0[step] }))
      for (value, expected) in zip(parameters.values, steps) {
        expectClose(value, expected[step], within: 1e-12, "step \(step)")
      }
    }
  }

  @Test func parametersWithoutGradientStay() {
    let model = Pair<Float>(weight: [1, 2], bias: [3])
    let optimizer = Adam(for: model)
    optimizer.update(with: Gradients(of: model.parameters(), [[1, 1], nil]))
    #expect(model.bias.scalars == [3])
    #expect(optimizer.slots.map(\.stepCount) == [1, 0])
    #expect(model.weight.scalars != [1, 2])
  }

  @Test func anOptimiserMayHavePartOfAModel() {
    struct Outer: Module {
      let a: Pair<Float>
      let b: Pair<Float>
    }
    let outer = Outer(a: Pair(weight: [1], bias: [2]), b: Pair(weight: [3], bias: [4]))
    let optimizer = SGD(for: outer.b, learningRate: 1)
    optimizer.update(with: Gradients(of: outer.parameters(), [[1], [1], [1], [1]]))
    #expect(outer.parameters().values.map(\.scalars) == [[1], [2], [2], [3]])
  }

  @Test func changesInPlaceWithoutCopying() {
    let model = Pair<Float>(weight: .ones([1000]), bias: [1])
    let optimizer = Adam(for: model)
    func step() {
      let (_, gradients) = valueAndGradient(of: model) { square(model.weight).sum() }
      optimizer.update(with: gradients)
    }
    step()
    func addresses() -> [UnsafePointer<Float>?] {
      ([model.weight] + optimizer.slots[0].tensors).map { $0.withUnsafeScalars { $0.baseAddress } }
    }
    let before = addresses()
    step()
    #expect(addresses() == before)
  }

  @Test func aSnapshotIsNotChanged() {
    let model = Pair<Float>(weight: [1, 2], bias: [3])
    let snapshot = model.parameters().values
    let optimizer = SGD(for: model, learningRate: 1)
    optimizer.update(with: Gradients(of: model.parameters(), [[1, 1], [1]]))
    #expect(snapshot.map(\.scalars) == [[1, 2], [3]])
    #expect(model.weight.scalars == [0, 1])
  }

  @Test func learnsALine() {
    let layer = Linear<Float>(inputSize: 1, outputSize: 1, key: RandomKey(seed: 1))
    let x = Tensor<Float>.linspace(from: -1, to: 1, count: 16).reshaped(to: [16, 1])
    let y = 3 * x + 0.5
    let optimizer = Adam(for: layer, learningRate: 0.1)
    for step in 0..<200 {
      optimizer.learningRate = LearningRateSchedule.cosineDecay(from: 0.1, total: 200)(step)
      let (_, gradients) = valueAndGradient(of: layer) { meanSquaredError(layer(x), y) }
      optimizer.update(with: gradients)
    }
    #expect(abs(layer.weight.scalar - 3) < 1e-3)
    #expect(abs(layer.bias!.value.scalar - 0.5) < 1e-3)
  }

  @Test func settingsThatMakeNoSenseTrap() async {
    let rate = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = SGD(for: Pair<Float>(weight: [1], bias: [1]), learningRate: -1) }
    expectMessage(rate, "learningRate is -1.0, outside 0.0..<inf")
    let nesterov = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = SGD(for: Pair<Float>(weight: [1], bias: [1]), learningRate: 1, nesterov: true) }
    expectMessage(nesterov, "nesterov needs a momentum above 0")
  }

  @Test func gradientsOfAnotherModelTrap() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let (a, b) = (Pair<Float>(weight: [1], bias: [1]), Pair<Float>(weight: [1], bias: [1]))
      SGD(for: a, learningRate: 1).update(with: Gradients(of: b.parameters(), [[1], [1]]))
    }
    expectMessage(trapped, "is not one of those the gradients were taken by")
  }
}

@Suite struct LearningRateScheduleTests {
  @Test func constant() {
    #expect(LearningRateSchedule.constant(0.1)(0) == 0.1)
    #expect(LearningRateSchedule.constant(0.1)(1_000_000) == 0.1)
  }

  @Test func cosineDecayWithWarmUp() {
    let schedule = LearningRateSchedule.cosineDecay(from: 1, to: 0.1, warmUp: 4, total: 14)
    #expect((0..<4).map { schedule($0) } == [0.25, 0.5, 0.75, 1])
    #expect(abs(schedule(8) - 0.55) < 1e-15, "half-way")
    #expect(schedule(13) == 0.1 && schedule(500) == 0.1)
    let rates = (3..<14).map { schedule($0) }
    #expect(zip(rates, rates.dropFirst()).allSatisfy { $0 > $1 })
  }

  @Test func exponentialDecayAfterAConstantStart() {
    let schedule = LearningRateSchedule.exponentialDecay(from: 8, by: 2, every: 3, after: 6)
    #expect((0..<9).allSatisfy { schedule($0) == 8 })
    #expect((9..<12).allSatisfy { schedule($0) == 4 })
    #expect(schedule(12) == 2 && schedule(18) == 0.5)
  }

  @Test func cosineDecayWithoutWarmUp() {
    let schedule = LearningRateSchedule.cosineDecay(from: 1, total: 11)
    #expect(schedule(0) == 1)
    #expect(abs(schedule(5) - 0.5) < 1e-15)
    #expect(schedule(10) == 0)
  }
}
