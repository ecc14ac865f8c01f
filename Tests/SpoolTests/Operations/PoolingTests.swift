import Spool
import Testing
import TestSupport

struct PoolingTests {
  @Test(arguments: [
    "max_pool1d", "max_pool1d_padded", "avg_pool1d", "avg_pool1d_padded_counted",
    "avg_pool1d_padded_uncounted",
  ])
  func sequencesAgreeWithPyTorch(name: String) throws {
    let golden = try Golden("Operations/" + name)
    let window = golden.integers("kernel_size", 0)[0]
    let stride = golden.integers("stride", window)[0]
    let padding = Padding.zeros(golden.integers("padding", 0)[0])
    try check(golden) { x in
      name.hasPrefix("max")
        ? maxPool1d(x, window: window, stride: stride, padding: padding)
        : averagePool1d(
          x, window: window, stride: stride, padding: padding,
          countingPadding: !name.hasSuffix("uncounted"))
    }
  }

  @Test(arguments: [
    "max_pool2d", "max_pool2d_padded", "avg_pool2d", "avg_pool2d_padded_counted",
    "avg_pool2d_padded_uncounted",
  ])
  func imagesAgreeWithPyTorch(name: String) throws {
    let golden = try Golden("Operations/" + name)
    let window = golden.pair("kernel_size", 0)
    let stride = golden.attribute("stride") == nil ? nil : golden.pair("stride", 1)
    let zeros = golden.pair("padding", 0)
    let padding = HeightWidth(height: Padding.zeros(zeros.height), width: .zeros(zeros.width))
    try check(golden) { x in
      name.hasPrefix("max")
        ? maxPool2d(x, window: window, stride: stride, padding: padding)
        : averagePool2d(
          x, window: window, stride: stride, padding: padding,
          countingPadding: !name.hasSuffix("uncounted"))
    }
  }

  private func check(_ golden: Golden, _ f: (Tensor<Double>) -> Tensor<Double>) throws {
    let (y, pullback) = try vjp(at: golden.tensor("input"), of: f)
    expectClose(y, try golden.tensor("output"), within: 1e-14)
    expectClose(
      pullback(try golden.tensor("cotangent.output")), try golden.tensor("grad.input"),
      within: 1e-14)
  }

  @Test func theFirstOfEqualMaximaGetsTheGradient() {
    let x = Tensor<Double>(shape: [1, 1, 6], [2, 2, 1, 5, 5, 5])
    let slope = gradient(at: x) { maxPool1d($0, window: 3).sum() }
    #expect(slope.scalars == [1, 0, 0, 1, 0, 0])
  }

  @Test func overlappingWindowsAddTheirGradients() {
    let x = Tensor<Double>(shape: [1, 1, 4], [1, 9, 3, 4])
    let weights = Tensor<Double>(shape: [1, 1, 3], [1, 10, 100])
    let slope = gradient(at: x) { (maxPool1d($0, window: 2, stride: 1) * weights).sum() }
    #expect(slope.scalars == [0, 11, 0, 100])
  }

  @Test func aNaNWinsAMaximum() {
    let y = maxPool1d(Tensor<Float>(shape: [1, 1, 4], [1, .nan, 3, 2]), window: 2).scalars
    #expect(y[0].isNaN && y[1] == 3)
  }

  @Test func paddingNeverWinsAMaximum() {
    let x = Tensor<Float>(shape: [1, 1, 2, 2], [-5, -6, -7, -8])
    let y = maxPool2d(x, window: 2, stride: 1, padding: 1)
    #expect(y.shape == [1, 1, 3, 3])
    #expect(y.scalars == [-5, -5, -6, -5, -5, -6, -7, -7, -8])
  }

  @Test func samePaddingKeepsTheSize() {
    let x = Tensor<Float>.ones([2, 3, 7, 5])
    #expect(maxPool2d(x, window: 3, stride: 1, padding: .same).shape == [2, 3, 7, 5])
    #expect(averagePool2d(x, window: 2, stride: [2, 3], padding: .same).shape == [2, 3, 4, 2])
    // Over what lies inside, the mean of ones is one.
    let means = averagePool2d(x, window: 3, stride: 1, padding: .same, countingPadding: false)
    #expect(means.scalars.allSatisfy { $0 == 1 })
  }

  @Test func theMeanOfAllIsTheMean() {
    let x = Tensor<Double>.normal([2, 3, 4, 5], key: RandomKey(seed: 1))
    expectClose(
      averagePool2d(x, window: [4, 5]), x.mean(2, 3, keepDims: true), within: 1e-14)
  }

  @Test func shapesThatDoNotFitTrap() async {
    let rank = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = maxPool2d(Tensor<Float>.zeros([2, 3, 4]), window: 2) }
    expectMessage(
      rank,
      "maxPool2d: the input has shape [2, 3, 4], but must be [batch, channels, height, width]")
    let window = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = averagePool1d(Tensor<Float>.zeros([2, 3, 4]), window: 5) }
    expectMessage(
      window,
      "averagePool1d: input [2, 3, 4]: along the time, a window of 5 with dilation 1 spans 5")
    let padding = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = maxPool1d(Tensor<Float>.zeros([2, 3, 4]), window: 2, padding: 2) }
    expectMessage(padding, "along the time, a window of 2 lies wholly in the padding")
  }
}
