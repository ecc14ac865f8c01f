import Spool
import SpoolNN
import TestSupport
import Testing

private struct Block: Module {
  @Parameter var weight: Tensor<Float>
  @Parameter private var hidden: Tensor<Float> = [1]

  init(_ size: Int) { weight = .zeros([size]) }
}

private enum Choice { case one(Block), none }

private struct Model: Module {
  let numbers = [Float](repeating: 0, count: 1_000_000)
  var nested: [String: [[Block]]]
  let choice: Choice
  @Parameter var scale: Tensor<Float> = [1, 2]
  let pair: (Block, named: Block)
  let optional: Block?
  let absent: Block? = nil
  let plain: (Int, String) = (3, "text")
  let tied: Parameter<Float>
  let constant = Tensor<Float>.zeros([1000, 1000])
}

private struct Node: Module {
  let item: any Module
}

private final class ClassModule: Module {
  @Parameter var weight: Tensor<Float> = [1]
}

private struct DoubleModel: Module {
  @Parameter var weight: Tensor<Double> = [1]
  let inner = Scalar.self
  typealias Scalar = Double
}

private struct MixedModel: Module {
  @Parameter var weight: Tensor<Double> = [1]
}

@Suite struct ModuleTests {
  private func model() -> Model {
    let block = Block(3)
    return Model(
      nested: ["b": [[Block(1)], [Block(2), Block(3)]], "a": [[Block(4)]]],
      choice: .one(Block(5)), pair: (Block(6), named: Block(7)), optional: block,
      tied: block.$weight)
  }

  @Test func namesFollowTheDeclaration() {
    #expect(
      model().parameters().map(\.name) == [
        "nested.a.0.0.weight", "nested.a.0.0.hidden", "nested.b.0.0.weight", "nested.b.0.0.hidden",
        "nested.b.1.0.weight", "nested.b.1.0.hidden", "nested.b.1.1.weight", "nested.b.1.1.hidden",
        "choice.one.weight", "choice.one.hidden", "scale", "pair.0.weight", "pair.0.hidden",
        "pair.named.weight", "pair.named.hidden", "optional.weight", "optional.hidden",
      ])
  }

  @Test func tiedParametersAreListedOnce() {
    let parameters = model().parameters()
    #expect(parameters["optional.weight"]?.value.shape == [3])
    #expect(parameters["tied"] == nil)
    #expect(parameters.scalarCount == 41)
    #expect(model().parameterCount == parameters.scalarCount)
  }

  @Test func largeArraysAndTensorsAreNotWalked() {
    let model = model()
    let duration = ContinuousClock().measure { for _ in 0..<10 { _ = model.parameters() } }
    #expect(duration < .milliseconds(200))
  }

  @Test func existentialsAreLookedInto() {
    let node = Node(item: Node(item: Block(2)))
    #expect(node.parameters().map(\.name) == ["item.item.weight", "item.item.hidden"])
  }

  @Test func doublePrecision() {
    #expect(DoubleModel().parameters().map(\.name) == ["weight"])
  }

  @Test func theTableShowsShapesAndTotals() {
    let cell = LSTM<Float>(inputSize: 100, hiddenSizes: [200], key: RandomKey(seed: 1))
    #expect(
      cell.parameters().description == """
        layers.0.forward.inputWeights  [100, 800]   80,000
        layers.0.forward.stateWeights  [200, 800]  160,000
        layers.0.forward.bias          [800]           800
        total                                      240,800
        """)
  }

  @Test func valuesCanBeTakenAndGivenBack() {
    let (a, b) = (Block(3), Block(3))
    a.weight = [1, 2, 3]
    b.parameters().assign(a.parameters())
    #expect(b.weight.scalars == [1, 2, 3])
    let snapshot = a.parameters().values
    a.$weight.withMutableValue { value in value.withUnsafeMutableScalars { $0[0] = 9 } }
    #expect(b.weight.scalars == [1, 2, 3], "the copy is independent")
    a.parameters().assign(snapshot)
    #expect(a.weight.scalars == [1, 2, 3])
  }

  @Test func assigningAnotherModelsValuesTraps() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { Block(3).parameters().assign(Block(4).parameters()) }
    expectMessage(trapped, "assign: weight has shape [3], but its new value has shape [4]")
    let misnamed = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { Block(3).parameters().assign(Node(item: Block(3)).parameters()) }
    expectMessage(misnamed, "different parameters: hidden, item.hidden, item.weight, weight")
  }

  @Test func aClassTraps() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Node(item: ClassModule()).parameters() }
    expectMessage(trapped, "item is a ClassModule, a class; a Module must be a struct")
  }

  @Test func anotherScalarTypeTraps() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Node(item: MixedModel()).parameters() }
    expectMessage(
      trapped, "item.weight is a Parameter<Double>, but its model's parameters are Float")
  }
}
