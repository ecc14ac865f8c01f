import Spool

/// A convolution of images with a bias (strictly, a cross-correlation): y = x ∗ W + b.
public struct Conv2d<Scalar: RealScalar>: Module, Sendable {
  /// W, `[filters, channels, rows, columns]`, PyTorch's layout.
  @Parameter public var weight: Tensor<Scalar>
  /// b, `[filters]`.
  @Parameter public var bias: Tensor<Scalar>
  /// How far apart windows are.
  public let stride: Int
  /// The zeros around the image.
  public let padding: Padding

  /// A layer of square filters whose bias is 0 and whose weights are drawn with `key`.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1,
    padding: Padding = 0, weight: Initializer<Scalar> = .glorotUniform, key: RandomKey
  ) {
    self.weight = weight.filters(outputChannels, of: inputChannels, kernelSize, key: key)
    bias = .zeros([outputChannels])
    self.stride = stride
    self.padding = padding
  }

  /// `[batch, channels, height, width]` to `[batch, filters, windows down, windows across]`.
  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    conv2d(x, weight, bias: bias, stride: HeightWidth(stride), padding: HeightWidth(padding))
  }
}

/// A transposed convolution of images with a bias: the adjoint of `Conv2d` without its bias, which makes larger
/// images of smaller ones.
public struct ConvTranspose2d<Scalar: RealScalar>: Module, Sendable {
  /// W, `[channels, filters, rows, columns]`, PyTorch's layout.
  @Parameter public var weight: Tensor<Scalar>
  /// b, `[filters]`.
  @Parameter public var bias: Tensor<Scalar>
  /// How far apart the windows are that places of the input spread over.
  public let stride: Int
  /// How many places at each end the result does without.
  public let padding: Int

  /// A layer of square filters whose bias is 0 and whose weights are drawn with `key`.
  public init(
    inputChannels: Int, outputChannels: Int, kernelSize: Int, stride: Int = 1, padding: Int = 0,
    weight: Initializer<Scalar> = .glorotUniform, key: RandomKey
  ) {
    self.weight = weight.filters(inputChannels, of: outputChannels, kernelSize, key: key)
    bias = .zeros([outputChannels])
    self.stride = stride
    self.padding = padding
  }

  /// `[batch, channels, height, width]` to `[batch, filters, (height − 1) · stride − 2 · padding + rows, …]`.
  public func callAsFunction(_ x: Tensor<Scalar>) -> Tensor<Scalar> {
    convTranspose2d(
      x, weight, bias: bias, stride: HeightWidth(stride), padding: HeightWidth(padding))
  }
}
