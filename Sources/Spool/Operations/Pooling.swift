import CKernels

/// Windows over planes, the last one or two axes of [batch, channels, …].
struct PoolingGeometry: Hashable, Sendable {
  let height, width: SlidingWindow
  let hasHeight: Bool

  private func shape(_ x: Shape, _ height: Int, _ width: Int) -> Shape {
    hasHeight ? [x[0], x[1], height, width] : [x[0], x[1], width]
  }

  func input(like y: Shape) -> Shape { shape(y, height.size, width.size) }

  func output(like x: Shape) -> Shape { shape(x, height.outputSize, width.outputSize) }

  func kernelShape(of x: Shape) -> spool_pooling {
    spool_pooling(
      planes: x[0] * x[1], height: height.size, width: width.size,
      window_height: height.count, window_width: width.count,
      stride_height: height.stride, stride_width: width.stride,
      pad_top: height.padding, pad_left: width.padding,
      out_height: height.outputSize, out_width: width.outputSize)
  }
}

/// y = the place in its plane, in row-major order, of the greatest element of each window: the first of
/// equals; a NaN counts as greatest.
struct MaxPoolPositions: NondifferentiableOperation {
  static let name = "maxPoolPositions"
  let geometry: PoolingGeometry

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(geometry.output(like: inputs[0].shape), .int32)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let x = inputs[0].dense()
    var shape = geometry.kernelShape(of: x.shape)
    let maxima = TensorHandle(uninitialized: output.shape, x.scalarType)
    withExtendedLifetime(x) {
      spool_max_pool(
        x.scalarType.kernel, &shape, x.data, maxima.data,
        output.data.assumingMemoryBound(to: Int32.self))
    }
  }
}

/// y = the mean of each window of x.  x̄ = `AveragePoolGradient`(ȳ).
struct AveragePool: Operation {
  static let name = "averagePool"
  static let saves = Saved.nothing
  let geometry: PoolingGeometry
  let countsPadding: Bool

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(geometry.output(like: inputs[0].shape), inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let x = inputs[0].dense()
    var shape = geometry.kernelShape(of: x.shape)
    withExtendedLifetime(x) {
      spool_average_pool(x.scalarType.kernel, &shape, countsPadding, x.data, output.data)
    }
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let rule = AveragePoolGradient(geometry: geometry, countsPadding: countsPadding)
    return Tensor(apply(rule, ȳ.handle))
  }
}

/// y = g, each element spread evenly over its window: the transpose of `AveragePool`, which is the
/// transpose of this.
struct AveragePoolGradient: Operation {
  static let name = "averagePoolGradient"
  static let saves = Saved.nothing
  let geometry: PoolingGeometry
  let countsPadding: Bool

  func result(of inputs: borrowing Operands) -> ResultType {
    ResultType(geometry.input(like: inputs[0].shape), inputs[0].scalarType)
  }

  func run(_ inputs: borrowing Operands, into output: TensorHandle) {
    let g = inputs[0].dense()
    var shape = geometry.kernelShape(of: output.shape)
    withExtendedLifetime(g) {
      spool_average_pool_gradient(
        g.scalarType.kernel, &shape, countsPadding, g.data, output.data)
    }
  }

  func vjp<S>(_ ȳ: Tensor<S>, _ at: Recorded<S>, wrt input: Int) -> Tensor<S>? {
    let rule = AveragePool(geometry: geometry, countsPadding: countsPadding)
    return Tensor(apply(rule, ȳ.handle))
  }
}

/// The greatest element of each window: `[batch, channels, time]` → `[batch, channels, windows]`. Padding
/// never wins. The gradient goes to the first of equal greatest elements.
///
/// - Parameters:
///   - stride: from one window to the next; nil for the window's own size, so that windows adjoin.
///   - padding: less than the window at each end.
public func maxPool1d<S: RealScalar>(
  _ x: Tensor<S>, window: Int, stride: Int? = nil, padding: Padding = 0
) -> Tensor<S> {
  maxPool(x, PoolingGeometry("maxPool1d", x.shape, window, stride ?? window, padding))
}

/// The greatest element of each window: `[batch, channels, height, width]` → `[batch, channels, windows
/// down, windows across]`. Padding never wins. The gradient goes to the first of equal greatest
/// elements.
///
/// - Parameters:
///   - stride: from one window to the next; nil for the window's own size, so that windows adjoin.
///   - padding: less than the window at each end.
public func maxPool2d<S: RealScalar>(
  _ x: Tensor<S>, window: HeightWidth<Int>, stride: HeightWidth<Int>? = nil,
  padding: HeightWidth<Padding> = 0
) -> Tensor<S> {
  maxPool(x, PoolingGeometry("maxPool2d", x.shape, window, stride ?? window, padding))
}

/// The mean of each window: `[batch, channels, time]` → `[batch, channels, windows]`.
///
/// - Parameters:
///   - stride: from one window to the next; nil for the window's own size, so that windows adjoin.
///   - padding: less than the window at each end.
///   - countingPadding: whether zeros of the padding count as elements, as in PyTorch, or means are over
///     what lies inside the sequence.
public func averagePool1d<S: RealScalar>(
  _ x: Tensor<S>, window: Int, stride: Int? = nil, padding: Padding = 0,
  countingPadding: Bool = true
) -> Tensor<S> {
  let geometry = PoolingGeometry("averagePool1d", x.shape, window, stride ?? window, padding)
  return Tensor(apply(AveragePool(geometry: geometry, countsPadding: countingPadding), x.handle))
}

/// The mean of each window: `[batch, channels, height, width]` → `[batch, channels, windows down,
/// windows across]`.
///
/// - Parameters:
///   - stride: from one window to the next; nil for the window's own size, so that windows adjoin.
///   - padding: less than the window at each end.
///   - countingPadding: whether zeros of the padding count as elements, as in PyTorch, or means are over
///     what lies inside the image.
public func averagePool2d<S: RealScalar>(
  _ x: Tensor<S>, window: HeightWidth<Int>, stride: HeightWidth<Int>? = nil,
  padding: HeightWidth<Padding> = 0, countingPadding: Bool = true
) -> Tensor<S> {
  let geometry = PoolingGeometry("averagePool2d", x.shape, window, stride ?? window, padding)
  return Tensor(apply(AveragePool(geometry: geometry, countsPadding: countingPadding), x.handle))
}

/// The elements at the positions of the maxima, so that gradients of all orders go through those.
private func maxPool<S: RealScalar>(_ x: Tensor<S>, _ geometry: PoolingGeometry) -> Tensor<S> {
  let positions = Tensor<Int32>(apply(MaxPoolPositions(geometry: geometry), x.handle))
  let planes: Shape = [x.shape[0], x.shape[1]]
  let plane = geometry.height.size * geometry.width.size
  let windows = geometry.height.outputSize * geometry.width.outputSize
  return x.reshaped(to: Shape(planes + [plane]))
    .takeAlong(positions.reshaped(to: Shape(planes + [windows])), axis: -1)
    .reshaped(to: positions.shape)
}

extension PoolingGeometry {
  fileprivate init(
    _ operation: String, _ x: Shape, _ window: Int, _ stride: Int, _ padding: Padding
  ) {
    guard x.rank == 3 else {
      trap("\(operation): the input has shape \(x), but must be [batch, channels, time]")
    }
    height = .single
    width = SlidingWindow(pooling: x, axis: 2, "time", window, stride, padding, operation)
    hasHeight = false
  }

  fileprivate init(
    _ operation: String, _ x: Shape, _ window: HeightWidth<Int>, _ stride: HeightWidth<Int>,
    _ padding: HeightWidth<Padding>
  ) {
    guard x.rank == 4 else {
      trap("\(operation): the input has shape \(x), but must be [batch, channels, height, width]")
    }
    height = SlidingWindow(
      pooling: x, axis: 2, "height", window.height, stride.height, padding.height, operation)
    width = SlidingWindow(
      pooling: x, axis: 3, "width", window.width, stride.width, padding.width, operation)
    hasHeight = true
  }
}

extension SlidingWindow {
  /// Windows that each cover a place inside the axis, so that each has a maximum.
  fileprivate init(
    pooling x: Shape, axis: Int, _ name: String, _ window: Int, _ stride: Int, _ padding: Padding,
    _ operation: String
  ) {
    let caller = SlidingCaller(operation: operation, shapes: "input \(x)", axis: name)
    self.init(over: x[axis], count: window, stride: stride, padding: padding, for: caller)
    let lastStart = (outputSize - 1) * stride - self.padding
    guard outputSize == 0 || (self.padding < window && lastStart < size) else {
      caller.fail(
        "a window of \(window) lies wholly in the padding, which must be less than the window at each "
          + "end")
    }
  }
}
