import Spool

/// The structural similarity of images (SSIM; Wang, Bovik, Sheikh & Simoncelli, 2004), 1 for equal ones: the mean
/// over all windows that lie within the image of
///
///     (2 μₓ μᵧ + C₁) (2 σₓᵧ + C₂) / ((μₓ² + μᵧ² + C₁) (σₓ² + σᵧ² + C₂))    C₁ = (0.01 L)²    C₂ = (0.03 L)²
///
/// with the means, variances and covariance weighted by a Gaussian of deviation 1.5 over 11 × 11 pixels.
///
/// - Parameters:
///   - x: `[…, height, width]`; images with at least 11 rows and columns. Traps for smaller ones.
///   - y: images of the same shape.
///   - range: L, how far apart black and white are.
/// - Returns: a number for each image, `[…]`.
public func structuralSimilarity<S: RealScalar>(
  _ x: Tensor<S>, _ y: Tensor<S>, range: S = 1
) -> Tensor<S> {
  let size = 11
  let frame = x.shape.suffix(2)
  guard x.shape == y.shape, frame.count == 2, frame.allSatisfy({ $0 >= size }) else {
    trap(
      "structuralSimilarity: the images have shapes \(x.shape) and \(y.shape), but both must be the "
        + "same […, height, width] with height and width at least \(size)")
  }
  let places = Tensor<S>.range(size) - S(size / 2)
  let weights = softmax(-square(places) / Tensor(2 * 1.5 * 1.5))
  let window = (weights.expandingAxis(at: 1) * weights).reshaped(to: [1, 1, size, size])
  let images = Shape([x.count / frame.reduce(1, *), 1] + frame)
  func mean(_ values: Tensor<S>) -> Tensor<S> { conv2d(values.reshaped(to: images), window) }
  let (μx, μy) = (mean(x), mean(y))
  let (c1, c2) = (square(Tensor(0.01 * range)), square(Tensor(0.03 * range)))
  let covariance = mean(x * y) - μx * μy
  let variances = mean(square(x)) - square(μx) + mean(square(y)) - square(μy)
  let similarity =
    (2 * μx * μy + c1) * (2 * covariance + c2)
    / ((square(μx) + square(μy) + c1) * (variances + c2))
  return similarity.mean(1, 2, 3).reshaped(to: Shape(x.shape.dropLast(2)))
}
