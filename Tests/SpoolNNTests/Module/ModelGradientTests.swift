import Spool
import SpoolNN
import TestSupport
import Testing

private struct Line: Module {
  typealias Scalar = Double
  @Parameter var slope: Tensor<Double>
  @Parameter var offset: Tensor<Double>
  @Parameter var unused: Tensor<Double> = [1, 2]

  func callAsFunction(_ x: Tensor<Double>) -> Tensor<Double> { slope * x + offset }
}

private struct Failure: Error {}

@Suite struct ModelGradientTests {
  private let model = Line(slope: 3, offset: 1)

  @Test func valueAndGradientOfEachParameter() throws {
    let (value, gradients) = valueAndGradient(of: model) { square(model(2)) }
    #expect(value.scalar == 49)
    #expect(gradients[model.$slope]?.scalar == 28)
    #expect(gradients[model.$offset]?.scalar == 14)
    #expect(gradients[model.$unused] == nil, "no gradient is nil, not zero")
    #expect(model.slope.scalar == 3)
  }

  @Test func parametersAreRestoredWhenTheLossThrows() {
    #expect(throws: Failure.self) {
      try valueAndGradient(of: model) { () throws -> Tensor<Double> in
        _ = model(2)
        throw Failure()
      }
    }
    model.slope = 5
    #expect(model(1).scalar == 6)
  }

  @Test func frozenParametersGetNoGradient() {
    model.$offset.isTrainable = false
    let (_, gradients) = valueAndGradient(of: model) { square(model(2)) }
    #expect(gradients[model.$offset] == nil)
    #expect(gradients[model.$slope]?.scalar == 28)
    #expect(gradients.tensors.count == 3)
  }

  /// d/dw (dL/dw)² for L = (w x + b)²: dL/dw = 2 x (w x + b), so 8 x³ (w x + b) by w.
  @Test func gradientOfAGradient() {
    let (inner, outer) = valueAndGradient(of: model) {
      let (_, gradients) = valueAndGradient(of: model) { square(model(2)) }
      return square(gradients[model.$slope]!)
    }
    #expect(inner.scalar == 784)
    #expect(outer[model.$slope]?.scalar == 448)
    #expect(outer[model.$offset]?.scalar == 224)
  }

  @Test func aModelIsAFunctionOfItsParameters() {
    let parameters = model.parameters()
    let doubled = parameters.withValues(parameters.values.map { 2 * $0 }) { model(1).scalar }
    #expect(doubled == 8)
    #expect(model(1).scalar == 4)
  }

  @Test func tiedParametersAddTheirGradients() {
    struct Tied: Module {
      typealias Scalar = Double
      let first: Linear<Double>
      let second: Linear<Double>
    }
    let first = Linear<Double>(inputSize: 2, outputSize: 2, hasBias: false, key: RandomKey(seed: 1))
    let model = Tied(first: first, second: Linear(weight: first.$weight))
    let x: Tensor<Double> = [[1, 2]]
    #expect(model.parameters().map(\.name) == ["first.weight"])
    let w = first.weight
    let expected = gradient(at: w) { w in matmul(matmul(x, w), w).sum() }
    let (_, gradients) = valueAndGradient(of: model) { model.second(model.first(x)).sum() }
    expectClose(gradients[first.$weight]!, expected, within: 1e-14)
  }

  @Test func gradientsOfAModelAreChecked() throws {
    try checkGradients(of: model) { square(model(2)) }
    do {
      try checkGradients(of: model) { square(stopGradient(model.slope)) * model.offset }
      Issue.record("a gradient that is missing was not found")
    } catch let mismatch as ParameterGradientMismatch {
      #expect(mismatch.name == "slope")
      #expect(mismatch.description.hasPrefix("slope: "))
    }
  }

  @Test func accumulatingEqualsOneLargeBatch() {
    let (_, all) = valueAndGradient(of: model) { square(model([1, 2, 3, 4])).sum() }
    var sum = valueAndGradient(of: model) { square(model([1, 2])).sum() }.gradients
    sum +=
      valueAndGradient(of: model) { square(model([3, 4])).sum() + 0 * model.unused.sum() }.gradients
    expectClose(sum[model.$slope]!, all[model.$slope]!, within: 1e-14)
    #expect(sum[model.$unused]?.scalars == [0, 0], "nil and a gradient add up to the gradient")
    #expect(sum.scaled(by: 0.5)[model.$slope]!.scalar == all[model.$slope]!.scalar / 2)
  }

  @Test func askingForAnUnknownParameterTraps() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let model = Line(slope: 3, offset: 1)
      let other = Line(slope: 3, offset: 1)
      let (_, gradients) = valueAndGradient(of: model) { model(2) }
      _ = gradients[other.$slope]
    }
    expectMessage(
      trapped, "a parameter of shape [] is not one of those the gradients were taken by")
  }

  @Test func addingGradientsOfTwoModelsTraps() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      let model = Line(slope: 3, offset: 1)
      let other = Line(slope: 3, offset: 1)
      _ =
        valueAndGradient(of: model) { model(2) }.gradients
        + valueAndGradient(of: other) { other(2) }.gradients
    }
    expectMessage(trapped, "the two summands belong to different parameters")
  }
}
