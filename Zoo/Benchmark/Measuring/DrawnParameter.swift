import Spool

/// How a parameter of a workload is drawn: normal numbers.
struct DrawnParameter: Sendable {
  let shape: Shape
  /// 0 for weights and biases, 1 for gains.
  var mean: Float = 0

  /// A tensor for each of `parameters`.
  static func draw(
    _ parameters: [DrawnParameter], standardDeviation: Float, key: RandomKey
  ) -> [Tensor<Float>] {
    zip(parameters, key.split(parameters.count)).map { parameter, key in
      .normal(
        parameter.shape, mean: parameter.mean, standardDeviation: standardDeviation, key: key)
    }
  }
}

extension DrawnParameter: ExpressibleByArrayLiteral {
  /// A parameter of this shape with mean 0.
  init(arrayLiteral sizes: Int...) { shape = Shape(sizes) }
}
