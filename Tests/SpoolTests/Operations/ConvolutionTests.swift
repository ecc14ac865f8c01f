import Spool
import Testing
import TestSupport

/// A convolution by loops over its definition.
private struct NaiveConvolution: CustomStringConvertible {
  var batch, channels, height, width: Int
  var filters, rows, columns: Int
  var stride, padding, dilation: (height: Int, width: Int)
  var groups: Int

  static func random(_ generator: inout KeyedGenerator) -> NaiveConvolution {
    func pair(_ range: ClosedRange<Int>) -> (Int, Int) {
      (.random(in: range, using: &generator), .random(in: range, using: &generator))
    }
    let groups = Int.random(in: 1...3, using: &generator)
    let (batch, filters) = pair(1...3)
    let (rows, columns) = pair(1...3)
    let (stride, padding, dilation) = (pair(1...3), pair(0...3), pair(1...3))
    let (moreRows, moreColumns) = pair(0...4)
    return NaiveConvolution(
      batch: batch, channels: groups * .random(in: 1...3, using: &generator),
      height: Swift.max(1, dilation.0 * (rows - 1) + 1 - 2 * padding.0) + moreRows,
      width: Swift.max(1, dilation.1 * (columns - 1) + 1 - 2 * padding.1) + moreColumns,
      filters: groups * filters, rows: rows, columns: columns, stride: stride, padding: padding,
      dilation: dilation, groups: groups)
  }

  var description: String {
    """
    [\(batch), \(channels), \(height), \(width)] * [\(filters), \(channels / groups), \(rows), \
    \(columns)], stride \(stride), padding \(padding), dilation \(dilation), \(groups) groups
    """
  }

  func value(_ x: Tensor<Double>, _ filter: Tensor<Double>) -> Tensor<Double> {
    let (x, filter) = (x.scalars, filter.scalars)
    let down = (height + 2 * padding.height - dilation.height * (rows - 1) - 1) / stride.height + 1
    let across = (width + 2 * padding.width - dilation.width * (columns - 1) - 1) / stride.width + 1
    var y: [Double] = []
    for b in 0..<batch {
      for f in 0..<filters {
        for i in 0..<down {
          for j in 0..<across { y.append(sum(b, f, i, j, x, filter)) }
        }
      }
    }
    return Tensor(shape: [batch, filters, down, across], y)
  }

  private func sum(
    _ b: Int, _ f: Int, _ i: Int, _ j: Int, _ x: [Double], _ filter: [Double]
  ) -> Double {
    let perGroup = channels / groups
    let first = f / (filters / groups) * perGroup
    var sum = 0.0
    for c in 0..<perGroup {
      for r in 0..<rows {
        for s in 0..<columns {
          let row = i * stride.height + r * dilation.height - padding.height
          let column = j * stride.width + s * dilation.width - padding.width
          guard (0..<height).contains(row), (0..<width).contains(column) else { continue }
          sum +=
            x[((b * channels + first + c) * height + row) * width + column]
            * filter[((f * perGroup + c) * rows + r) * columns + s]
        }
      }
    }
    return sum
  }
}

struct ConvolutionTests {
  private func random<S: RealScalar>(_ shape: Shape, _ number: Int, as _: S.Type = S.self)
    -> Tensor<S>
  {
    .normal(shape, key: RandomKey(seed: 30).folding(in: number))
  }

  @Test func randomConvolutionsAgreeWithLoops() {
    var generator = KeyedGenerator(seed: 2)
    for _ in 0..<150 {
      let naive = NaiveConvolution.random(&generator)
      let x = random([naive.batch, naive.channels, naive.height, naive.width], 0, as: Double.self)
      let filter: Tensor<Double> = random(
        [naive.filters, naive.channels / naive.groups, naive.rows, naive.columns], 1)
      let padding = HeightWidth(
        height: Padding.zeros(naive.padding.height), width: .zeros(naive.padding.width))
      let y = conv2d(
        x, filter, stride: HeightWidth(height: naive.stride.height, width: naive.stride.width),
        padding: padding,
        dilation: HeightWidth(height: naive.dilation.height, width: naive.dilation.width),
        groups: naive.groups)
      expectClose(y, naive.value(x, filter), within: 1e-12, "\(naive)")
      checkSinglePrecision(naive, padding)
    }
  }

  private func checkSinglePrecision(_ naive: NaiveConvolution, _ padding: HeightWidth<Padding>) {
    // Small integers, whose sums are exact.
    let x = round(random([naive.batch, naive.channels, naive.height, naive.width], 2))
    let filter = round(
      random([naive.filters, naive.channels / naive.groups, naive.rows, naive.columns], 3))
    let y = conv2d(
      Tensor<Float>(shape: x.shape, x.scalars.map(Float.init)),
      Tensor<Float>(shape: filter.shape, filter.scalars.map(Float.init)),
      stride: HeightWidth(height: naive.stride.height, width: naive.stride.width),
      padding: padding,
      dilation: HeightWidth(height: naive.dilation.height, width: naive.dilation.width),
      groups: naive.groups)
    let expected = naive.value(x, filter)
    #expect(y.scalars.map(Double.init) == expected.scalars, "\(naive)")
  }

  private func round(_ x: Tensor<Double>) -> Tensor<Double> {
    Tensor(shape: x.shape, x.scalars.map { (3 * $0).rounded() })
  }

  @Test(arguments: [
    "conv1d", "conv1d_strided", "conv1d_dilated", "conv1d_grouped", "conv1d_combined",
    "conv_transpose1d", "conv_transpose1d_strided", "conv_transpose1d_combined",
  ])
  func sequencesAgreeWithPyTorch(name: String) throws {
    let golden = try Golden("Operations/" + name)
    let stride = golden.integers("stride", 1)[0]
    let padding = golden.integers("padding", 0)[0]
    let outputPadding = golden.integers("output_padding", 0)[0]
    let dilation = golden.integers("dilation", 1)[0]
    let groups = golden.integers("groups", 1)[0]
    try check(golden) { x, filter, bias in
      name.contains("transpose")
        ? convTranspose1d(
          x, filter, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding,
          dilation: dilation, groups: groups)
        : conv1d(
          x, filter, bias: bias, stride: stride, padding: .zeros(padding), dilation: dilation,
          groups: groups)
    }
  }

  @Test(arguments: [
    "conv2d", "conv2d_pointwise", "conv2d_strided", "conv2d_dilated", "conv2d_depthwise",
    "conv2d_combined", "conv_transpose2d", "conv_transpose2d_strided", "conv_transpose2d_combined",
  ])
  func imagesAgreeWithPyTorch(name: String) throws {
    let golden = try Golden("Operations/" + name)
    let stride = golden.pair("stride", 1)
    let padding = golden.pair("padding", 0)
    let outputPadding = golden.pair("output_padding", 0)
    let dilation = golden.pair("dilation", 1)
    let groups = golden.integers("groups", 1)[0]
    try check(golden) { x, filter, bias in
      name.contains("transpose")
        ? convTranspose2d(
          x, filter, bias: bias, stride: stride, padding: padding, outputPadding: outputPadding,
          dilation: dilation, groups: groups)
        : conv2d(
          x, filter, bias: bias, stride: stride,
          padding: HeightWidth(height: .zeros(padding.height), width: .zeros(padding.width)),
          dilation: dilation, groups: groups)
    }
  }

  private func check(
    _ golden: Golden, _ f: (Tensor<Double>, Tensor<Double>, Tensor<Double>) -> Tensor<Double>
  ) throws {
    let (y, pullback) = try vjp(
      at: golden.tensor("input"), golden.tensor("weight"), golden.tensor("bias"), of: f)
    expectClose(y, try golden.tensor("output"), within: 1e-13)
    let (x, filter, bias) = pullback(try golden.tensor("cotangent.output"))
    expectClose(x, try golden.tensor("grad.input"), within: 1e-13)
    expectClose(filter, try golden.tensor("grad.weight"), within: 1e-13)
    expectClose(bias, try golden.tensor("grad.bias"), within: 1e-13)
  }

  @Test func transposedConvolutionIsTheAdjoint() {
    let x: Tensor<Double> = random([2, 4, 9, 8], 0)
    let filter: Tensor<Double> = random([6, 2, 3, 2], 1)
    let y = conv2d(x, filter, stride: [2, 3], padding: [2, 1], dilation: [1, 2], groups: 2)
    let z: Tensor<Double> = random(y.shape, 2)
    // Of the sizes that give as many windows, output padding picks the one of x.
    let back = convTranspose2d(
      z, filter, stride: [2, 3], padding: [2, 1], outputPadding: [0, 1], dilation: [1, 2],
      groups: 2)
    expectClose((y * z).sum(), (x * back).sum(), within: 1e-12)
  }

  @Test(arguments: 1...4, 1...3) func samePaddingKeepsTheSize(taps: Int, dilation: Int) {
    for stride in 1...3 {
      for size in 0...7 {
        let x = Tensor<Float>.ones([1, 1, size])
        let y = conv1d(
          x, Tensor.ones([1, 1, taps]), stride: stride, padding: .same, dilation: dilation)
        #expect(y.shape == [1, 1, (size + stride - 1) / stride])
      }
    }
  }

  @Test func samePaddingPutsTheOddZeroAtTheEnd() {
    let x = Tensor<Double>(shape: [1, 1, 3], [1, 10, 100])
    let y = conv1d(x, Tensor.ones([1, 1, 2]), padding: .same)
    #expect(y.scalars == [11, 110, 100])
    let image = conv2d(
      x.reshaped(to: [1, 1, 3, 1]), Tensor.ones([1, 1, 4, 1]), padding: .same)
    #expect(image.scalars == [111, 111, 110])
  }

  @Test func causalPaddingSeesNothingLater() {
    let filter: Tensor<Double> = random([1, 1, 3], 1)
    for time in 0..<6 {
      let slope = gradient(at: random([1, 1, 6], 0)) { x in
        conv1d(x, filter, padding: .causal, dilation: 2)[0, 0, time]
      }
      let seen = slope.scalars.indices.filter { slope.scalars[$0] != 0 }
      #expect(seen == [time - 4, time - 2, time].filter { $0 >= 0 })
    }
  }

  @Test func shapesThatDoNotFitTrap() async {
    let channels = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = conv1d(Tensor<Float>.zeros([2, 4, 5]), Tensor<Float>.zeros([6, 3, 2]), groups: 2) }
    expectMessage(
      channels,
      """
      conv1d: input [2, 4, 5], filter [6, 3, 2]: the filter has 3 channels, but the input has 4 in 2 \
      groups, which makes 2
      """)
    let groups = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = conv2d(Tensor<Float>.zeros([2, 4, 5, 5]), Tensor<Float>.zeros([6, 1, 2, 2]), groups: 3)
    }
    expectMessage(groups, "3 groups do not divide 4 channels and 6 filters")
    let span = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = conv2d(
        Tensor<Float>.zeros([2, 1, 9, 4]), Tensor<Float>.zeros([1, 1, 3, 3]), dilation: 3)
    }
    expectMessage(
      span, "along the width, a window of 3 with dilation 3 spans 7, which does not fit the size 4")
    let rank = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = conv2d(Tensor<Float>.zeros([2, 4, 5]), Tensor<Float>.zeros([6, 4, 2])) }
    expectMessage(rank, "both need 4 axes; the input is [batch, channels, height, width]")
    let bias = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = conv1d(
        Tensor<Float>.zeros([2, 4, 5]), Tensor<Float>.zeros([6, 4, 2]), bias: Tensor.zeros([4]))
    }
    expectMessage(bias, "the bias has shape [4]; the result [2, 6, 4] needs [6]")
    let stride = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) { _ = conv1d(Tensor<Float>.zeros([2, 4, 5]), Tensor<Float>.zeros([6, 4, 2]), stride: 0) }
    expectMessage(stride, "along the time, the stride 0 is not positive")
    let outputPadding = await #expect(
      processExitsWith: .failure, observing: [\.standardErrorContent]
    ) {
      _ = convTranspose1d(
        Tensor<Float>.zeros([2, 4, 5]), Tensor<Float>.zeros([4, 1, 2]), stride: 2,
        outputPadding: 2)
    }
    expectMessage(outputPadding, "the output padding 2 must not be negative, and less than")
  }

  /// An output of dilated convolutions one above the other depends on 1 + Σ (taps − 1) · dilation inputs (Yu & Koltun,
  /// 2016): the gradient of one output says on which.
  @Test(arguments: [
    (3, [1], 3), (3, [4], 9), (3, [1, 2, 4], 15), (2, [1, 2, 4, 8], 16), (5, [3, 3], 25),
  ])
  func dilationWidensTheReceptiveField(taps: Int, dilations: [Int], field: Int) {
    let formula = dilations.reduce(1) { $0 + (taps - 1) * $1 }
    #expect(formula == field)
    let filter = Tensor<Double>.ones([1, 1, taps])
    let x = Tensor<Double>.normal([1, 1, field + 6], key: RandomKey(seed: 1))
    for place in [0, 2, 6] {
      let gradient = gradient(at: x) { x in
        let y = dilations.reduce(x) { conv1d($0, filter, dilation: $1) }
        #expect(y.shape == [1, 1, 7])
        return y[0, 0, place]
      }
      let reached = gradient.scalars.indices.filter { gradient.scalars[$0] != 0 }
      let expected = dilations.reduce(Set([place])) { places, dilation in
        Set(places.flatMap { start in (0..<taps).map { start + $0 * dilation } })
      }
      #expect(Set(reached) == expected)
      #expect(reached.first == place && reached.last == place + field - 1)
    }
  }
}
