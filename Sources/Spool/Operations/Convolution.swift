import CKernels

/// How filters slide over images: all that convolution and its two gradients have in common.
///
/// The three are the partial derivatives of one form that is linear in each of input x, filter w and
/// output cotangent ȳ, φ(x, w, ȳ) = ⟨x ∗ w, ȳ⟩; so the derivatives of each are the other two, to any order.
struct ConvolutionGeometry: Hashable, Sendable {
  let height, width: SlidingWindow
  let groups: Int
  /// Whether tensors have a height axis, or are sequences: [batch, channels, width].
  let hasHeight: Bool

  private func shape(_ first: Int, _ second: Int, _ height: Int, _ width: Int) -> Shape {
    hasHeight ? [first, second, height, width] : [first, second, width]
  }

  func input(batch: Int, channels: Int) -> Shape {
    shape(batch, channels, height.size, width.size)
  }

  func filter(filters: Int, groupChannels: Int) -> Shape {
    shape(filters, groupChannels, height.count, width.count)
  }

  func output(batch: Int, filters: Int) -> Shape {
    shape(batch, filters, height.outputSize, width.outputSize)
  }

  func kernelShape(batch: Int, channels: Int, filters: Int) -> spool_convolution {
    spool_convolution(
      batch: batch, channels: channels, height: height.size, width: width.size,
      filters: filters, filter_height: height.count, filter_width: width.count, groups: groups,
      stride_height: height.stride, stride_width: width.stride,
      dilation_height: height.dilation, dilation_width: width.dilation,
      pad_top: height.padding, pad_left: width.padding,
      out_height: height.outputSize, out_width: width.outputSize)
  }
}

/// y = x ∗ w, a convolution (strictly, a cross-correlation).  x̄ = `ConvolutionInputGradient`(ȳ, w),
/// w̄ = `ConvolutionFilterGradient`(x, ȳ).
struct Convolution: Operation {
  static let name = "convolution"
  let geometry: ConvolutionGeometry

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(
      geometry.output(batch: inputs[0].shape[0], filters: inputs[1].shape[0]),
      inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (x, w) = (inputs[0].dense(), inputs[1].dense())
    var shape = geometry.kernelShape(
      batch: x.shape[0], channels: x.shape[1], filters: w.shape[0])
    withExtendedLifetime((x, w)) {
      spool_convolve(x.scalarType.kernel, &shape, x.data, w.data, output.data)
    }
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands[0].isRow && operands[1].isInvariant ? .row : Self.commonRowKind(operands)
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    input == 0
      ? Tensor(apply(ConvolutionInputGradient(geometry: geometry), ȳ.handle, at.y.handle))
      : Tensor(apply(ConvolutionFilterGradient(geometry: geometry), at.x.handle, ȳ.handle))
  }
}

/// y = ∂φ/∂x of (g, w): the gradient of a convolution's input, and the transposed convolution of g.
/// ḡ = ȳ ∗ w,  w̄ = `ConvolutionFilterGradient`(ȳ, g).
struct ConvolutionInputGradient: Operation {
  static let name = "convolutionInputGradient"
  let geometry: ConvolutionGeometry

  func result(of inputs: borrowing Operands) -> ResultType {
    let channels = inputs[1].shape[1] * geometry.groups
    return ResultType(
      geometry.input(batch: inputs[0].shape[0], channels: channels), inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (g, w) = (inputs[0].dense(), inputs[1].dense())
    var shape = geometry.kernelShape(
      batch: g.shape[0], channels: output.shape[1], filters: g.shape[1])
    withExtendedLifetime((g, w)) {
      spool_convolve_input_gradient(g.scalarType.kernel, &shape, g.data, w.data, output.data)
    }
  }

  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands[0].isRow && operands[1].isInvariant ? .row : Self.commonRowKind(operands)
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    input == 0
      ? Tensor(apply(Convolution(geometry: geometry), ȳ.handle, at.y.handle))
      : Tensor(apply(ConvolutionFilterGradient(geometry: geometry), ȳ.handle, at.x.handle))
  }
}

/// y = ∂φ/∂w of (x, g): the gradient of a convolution's filter.  x̄ = `ConvolutionInputGradient`(g, ȳ),
/// ḡ = x ∗ ȳ.
struct ConvolutionFilterGradient: Operation {
  static let name = "convolutionFilterGradient"
  let geometry: ConvolutionGeometry

  func result(of inputs: borrowing Operands) -> ResultType {
    let channels = inputs[0].shape[1] / geometry.groups
    return ResultType(
      geometry.filter(filters: inputs[1].shape[1], groupChannels: channels), inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let (x, g) = (inputs[0].dense(), inputs[1].dense())
    var shape = geometry.kernelShape(
      batch: x.shape[0], channels: x.shape[1], filters: g.shape[1])
    withExtendedLifetime((x, g)) {
      spool_convolve_filter_gradient(x.scalarType.kernel, &shape, x.data, g.data, output.data)
    }
  }

  /// A sum over images, so over those of all time steps, too.
  func rowKind(_ operands: [RowOperand], output: Shape) -> RowKind {
    operands.allSatisfy(\.isRow) ? .summed : Self.commonRowKind(operands)
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    input == 0
      ? Tensor(apply(ConvolutionInputGradient(geometry: geometry), at.y.handle, ȳ.handle))
      : Tensor(apply(Convolution(geometry: geometry), at.x.handle, ȳ.handle))
  }
}

/// Convolution of sequences (a cross-correlation, as everywhere in deep learning):
/// y[b, f, o] = bias[f] + Σ_{c,k} x[b, c, stride·o + dilation·k − padding] filter[f, c, k].
///
/// - Parameters:
///   - x: `[batch, channels, time]`.
///   - filter: `[filters, channels / groups, taps]`; group g of the filters sees group g of the channels.
///   - bias: `[filters]`; nil for 0.
/// - Returns: `[batch, filters, windows]`. Traps when the shapes don't fit each other, or no window
///   fits the padded sequence.
public func conv1d<S: RealScalar>(
  _ x: Tensor<S>, _ filter: Tensor<S>, bias: Tensor<S>? = nil, stride: Int = 1,
  padding: Padding = 0, dilation: Int = 1, groups: Int = 1
) -> Tensor<S> {
  let call = ConvolutionCall("conv1d", x.shape, filter.shape, axes: ["time"])
  call.requireChannels(groups)
  let geometry = ConvolutionGeometry(
    height: .single,
    width: SlidingWindow(
      over: x.shape[2], count: filter.shape[2], stride: stride, dilation: dilation,
      padding: padding, for: call.along("time")),
    groups: groups, hasHeight: false)
  let y = Tensor<S>(apply(Convolution(geometry: geometry), x.handle, filter.handle))
  return call.adding(bias, to: y)
}

/// Convolution of images: `conv1d` in two dimensions, for rows and for columns.
///
/// - Parameters:
///   - x: `[batch, channels, height, width]`.
///   - filter: `[filters, channels / groups, rows, columns]`; group g of the filters sees group g of the
///     channels.
///   - bias: `[filters]`; nil for 0.
/// - Returns: `[batch, filters, windows down, windows across]`. Traps when the shapes don't fit each
///   other, or no window fits the padded image.
public func conv2d<S: RealScalar>(
  _ x: Tensor<S>, _ filter: Tensor<S>, bias: Tensor<S>? = nil, stride: HeightWidth<Int> = 1,
  padding: HeightWidth<Padding> = 0, dilation: HeightWidth<Int> = 1, groups: Int = 1
) -> Tensor<S> {
  let call = ConvolutionCall("conv2d", x.shape, filter.shape, axes: ["height", "width"])
  call.requireChannels(groups)
  let geometry = ConvolutionGeometry(
    height: SlidingWindow(
      over: x.shape[2], count: filter.shape[2], stride: stride.height, dilation: dilation.height,
      padding: padding.height, for: call.along("height")),
    width: SlidingWindow(
      over: x.shape[3], count: filter.shape[3], stride: stride.width, dilation: dilation.width,
      padding: padding.width, for: call.along("width")),
    groups: groups, hasHeight: true)
  let y = Tensor<S>(apply(Convolution(geometry: geometry), x.handle, filter.handle))
  return call.adding(bias, to: y)
}

/// Transposed convolution of sequences: the adjoint of `conv1d` with the same filter, stride, padding,
/// dilation and groups, which makes a longer sequence of a shorter one:
/// y[b, f, stride·t + dilation·k − padding] is the sum of x[b, c, t] filter[c, f, k], plus bias[f].
///
/// - Parameters:
///   - x: `[batch, channels, time]`.
///   - filter: `[channels, filters / groups, taps]`.
///   - bias: `[filters]`; nil for 0.
///   - outputPadding: places added after the last; which of the lengths that a strided convolution makes
///     as short as `x` is meant. Less than the stride or the dilation.
/// - Returns: `[batch, filters, (time − 1)·stride − 2·padding + dilation·(taps − 1) + outputPadding + 1]`.
///   Traps when the shapes don't fit each other, or that is not positive.
public func convTranspose1d<S: RealScalar>(
  _ x: Tensor<S>, _ filter: Tensor<S>, bias: Tensor<S>? = nil, stride: Int = 1,
  padding: Int = 0, outputPadding: Int = 0, dilation: Int = 1, groups: Int = 1
) -> Tensor<S> {
  let call = ConvolutionCall("convTranspose1d", x.shape, filter.shape, axes: ["time"])
  call.requireTransposedChannels(groups)
  let geometry = ConvolutionGeometry(
    height: .single,
    width: SlidingWindow(
      spreading: x.shape[2], count: filter.shape[2], stride: stride, dilation: dilation,
      padding: padding, outputPadding: outputPadding, for: call.along("time")),
    groups: groups, hasHeight: false)
  let y = Tensor<S>(
    apply(ConvolutionInputGradient(geometry: geometry), x.handle, filter.handle))
  return call.adding(bias, to: y)
}

/// Transposed convolution of images: the adjoint of `conv2d` with the same filter, stride, padding,
/// dilation and groups; `convTranspose1d` in two dimensions.
///
/// - Parameters:
///   - x: `[batch, channels, height, width]`.
///   - filter: `[channels, filters / groups, rows, columns]`.
///   - bias: `[filters]`; nil for 0.
///   - outputPadding: rows and columns added after the last. Less than the stride or the dilation.
/// - Returns: `[batch, filters, height, width]`, sizes as for `convTranspose1d`. Traps when the shapes
///   don't fit each other, or a size is not positive.
public func convTranspose2d<S: RealScalar>(
  _ x: Tensor<S>, _ filter: Tensor<S>, bias: Tensor<S>? = nil, stride: HeightWidth<Int> = 1,
  padding: HeightWidth<Int> = 0, outputPadding: HeightWidth<Int> = 0,
  dilation: HeightWidth<Int> = 1, groups: Int = 1
) -> Tensor<S> {
  let call = ConvolutionCall("convTranspose2d", x.shape, filter.shape, axes: ["height", "width"])
  call.requireTransposedChannels(groups)
  let geometry = ConvolutionGeometry(
    height: SlidingWindow(
      spreading: x.shape[2], count: filter.shape[2], stride: stride.height,
      dilation: dilation.height, padding: padding.height, outputPadding: outputPadding.height,
      for: call.along("height")),
    width: SlidingWindow(
      spreading: x.shape[3], count: filter.shape[3], stride: stride.width,
      dilation: dilation.width, padding: padding.width, outputPadding: outputPadding.width,
      for: call.along("width")),
    groups: groups, hasHeight: true)
  let y = Tensor<S>(
    apply(ConvolutionInputGradient(geometry: geometry), x.handle, filter.handle))
  return call.adding(bias, to: y)
}

/// A call of a convolution, whose shapes must fit.
private struct ConvolutionCall {
  private let operation: String
  private let x, filter: Shape

  init(_ operation: String, _ x: Shape, _ filter: Shape, axes: [String]) {
    self.operation = operation
    self.x = x
    self.filter = filter
    guard x.rank == 2 + axes.count, filter.rank == 2 + axes.count else {
      let layout = (["batch", "channels"] + axes).joined(separator: ", ")
      fail("both need \(2 + axes.count) axes; the input is [\(layout)]")
    }
  }

  private var shapes: String { "input \(x), filter \(filter)" }

  private func fail(_ reason: String) -> Never { trap("\(operation): \(shapes): \(reason)") }

  func along(_ axis: String) -> SlidingCaller {
    SlidingCaller(operation: operation, shapes: shapes, axis: axis)
  }

  func requireChannels(_ groups: Int) {
    guard groups > 0, x[1] % groups == 0, filter[0] % groups == 0 else {
      fail("\(groups) groups do not divide \(x[1]) channels and \(filter[0]) filters")
    }
    guard filter[1] * groups == x[1] else {
      fail(
        "the filter has \(filter[1]) channels, but the input has \(x[1]) in \(groups) groups, which "
          + "makes \(x[1] / groups)")
    }
  }

  func requireTransposedChannels(_ groups: Int) {
    guard groups > 0, x[1] % groups == 0 else {
      fail("\(groups) groups do not divide \(x[1]) channels")
    }
    guard filter[0] == x[1] else {
      fail(
        "the first axis of the filter has size \(filter[0]), but the input has \(x[1]) channels (the "
          + "filter is [channels, filters / groups, …])")
    }
  }

  func adding<S: RealScalar>(_ bias: Tensor<S>?, to y: Tensor<S>) -> Tensor<S> {
    guard let bias else { return y }
    guard bias.shape == [y.shape[1]] else {
      fail("the bias has shape \(bias.shape); the result \(y.shape) needs [\(y.shape[1])]")
    }
    return y + bias.reshaped(to: Shape([y.shape[1]] + Shape(repeating: 1, rank: y.rank - 2)))
  }
}
