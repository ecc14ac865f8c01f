import Spool
import SpoolNN
import TestSupport
import Testing

@Suite struct LayerTests {
  private let key = RandomKey(seed: 3)

  @Test func linearIsAProductAndABias() throws {
    let layer = Linear<Double>(inputSize: 3, outputSize: 2, key: key)
    #expect(layer.parameters().map(\.name) == ["weight", "bias"])
    #expect(layer.inputSize == 3 && layer.outputSize == 2)
    layer.bias!.value = [10, 20]
    let x: Tensor<Double> = [[[1, 2, 3]], [[4, 5, 6]]]
    let y = layer(x)
    #expect(y.shape == [2, 1, 2])
    let w = layer.weight.scalars
    #expect(abs(y[1, 0, 1].scalar - (4 * w[1] + 5 * w[3] + 6 * w[5] + 20)) < 1e-14)
    try checkGradients(of: layer) { layer(x) }
    let plain = Linear<Double>(inputSize: 3, outputSize: 2, hasBias: false, key: key)
    #expect(plain.parameterCount == 6)
    expectClose(plain(x) + [10, 20], y, within: 1e-14)
  }

  @Test func linearChecksTiedShapes() async {
    let trapped = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = Linear<Float>(
        weight: Parameter(wrappedValue: .zeros([3, 4])), bias: Parameter(wrappedValue: .zeros([3])))
    }
    expectMessage(trapped, "the weight has shape [3, 4]")
  }

  @Test func embeddingAgreesWithPyTorch() throws {
    let golden = try Golden("Operations/embedding")
    let layer = Embedding<Double>(vocabularySize: 7, featureSize: 3, key: key)
    layer.table = try golden.tensor("weight")
    let indices: Tensor<Int32> = try golden.tensor("indices")
    expectClose(layer(indices), try golden.tensor("output"), within: 0)
    let cotangent: Tensor<Double> = try golden.tensor("cotangent.output")
    let (_, gradients) = valueAndGradient(of: layer) { (layer(indices) * cotangent).sum() }
    expectClose(gradients[layer.$table]!, try golden.tensor("grad.weight"), within: 1e-12)
  }

  @Test(arguments: ["layer_norm", "layer_norm_2_axes"])
  func layerNormAgreesWithPyTorch(name: String) throws {
    let golden = try Golden("Operations/\(name)")
    let weight: Tensor<Double> = try golden.tensor("weight")
    let input: Tensor<Double> = try golden.tensor("input")
    let rows = Shape([input.count / weight.count, weight.count])
    let layer = LayerNorm<Double>(featureSize: weight.count)
    layer.gain = weight.flattened()
    layer.bias = try golden.tensor("bias", as: Double.self).flattened()
    let cotangent: Tensor<Double> = try golden.tensor("cotangent.output")
    func output(_ x: Tensor<Double>) -> Tensor<Double> {
      layer(x.reshaped(to: rows)).reshaped(to: input.shape)
    }
    expectClose(output(input), try golden.tensor("output"), within: 1e-12)
    let (_, gradients) = valueAndGradient(of: layer) { (output(input) * cotangent).sum() }
    expectClose(
      gradients[layer.$gain]!.reshaped(to: weight.shape), try golden.tensor("grad.weight"),
      within: 1e-12)
    expectClose(
      gradients[layer.$bias]!.reshaped(to: weight.shape), try golden.tensor("grad.bias"),
      within: 1e-12)
    let byInput = gradient(at: input) { (output($0) * cotangent).sum() }
    expectClose(byInput, try golden.tensor("grad.input"), within: 1e-12)
  }

  @Test func dropoutKeepsTheExpectation() {
    let dropout = Dropout(rate: 0.25)
    let y = dropout(Tensor<Double>.ones([200, 500]), key: key)
    let kept = y.scalars.filter { $0 != 0 }
    #expect(kept.allSatisfy { $0 == 1 / 0.75 })
    // 100,000 draws: the share that is kept has a standard deviation of 0.0014.
    #expect(abs(Double(kept.count) / 100_000 - 0.75) < 0.006)
    let again = dropout(Tensor<Double>.ones([200, 500]), key: key)
    #expect(again.scalars == y.scalars, "the key alone decides")
    let other = dropout(Tensor<Double>.ones([200, 500]), key: RandomKey(seed: 4))
    #expect(other.scalars != y.scalars)
  }

  @Test func dropoutAtTheEndsOfItsRange() {
    let x: Tensor<Float> = [1, -2, 3]
    #expect(Dropout(rate: 0)(x, key: key).scalars == [1, -2, 3])
    #expect(Dropout(rate: 1)(x, key: key).scalars == [0, 0, 0])
    let byX = gradient(at: x) { Dropout(rate: 0.5)($0, key: key).sum() }
    let mask = Dropout(rate: 0.5)(Tensor<Float>.ones([3]), key: key)
    #expect(byX.scalars == mask.scalars, "the gradient has the same mask")
  }

  @Test func badSettingsTrap() async {
    let rate = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Dropout(rate: 1.5) }
    expectMessage(rate, "Dropout: the rate 1.5 lies outside 0 ... 1")
    let size = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = Linear<Float>(inputSize: 0, outputSize: 2, key: RandomKey(seed: 1)) }
    expectMessage(size, "Linear<Float>: inputSize is 0; it must be positive")
  }
}
