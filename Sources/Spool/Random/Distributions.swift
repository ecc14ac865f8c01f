import CKernels

extension Tensor where Scalar: RealScalar {
  /// Independent numbers, uniform in the half-open `range`: the lower bound can occur, the upper one
  /// cannot. Built from 24 random bits for `Float`, 53 for `Double`.
  ///
  /// Traps when the range is empty or its width is not finite.
  public static func uniform(
    _ shape: Shape, in range: Range<Scalar> = 0..<1, key: RandomKey
  ) -> Tensor {
    let (lower, upper) = (range.lowerBound, range.upperBound)
    guard !range.isEmpty, (upper - lower).isFinite else {
      trap("uniform: the range \(range) must not be empty, and its width must be finite")
    }
    let unit = TensorHandle(uninitialized: shape, Scalar.scalarType)
    spool_random_uniform(Scalar.scalarType.kernel, key.bits, unit.count, unit.data)
    if range == 0..<1 { return Tensor(unit) }
    let scaled = lower + (upper - lower) * Tensor(unit)
    // The sum may round up to the bound.
    return Spool.min(scaled, Tensor(upper.nextDown))
  }

  /// Independent normal numbers, N(mean, standardDeviation²), by the method of Box & Muller (1958). They
  /// reach at most 5.77 standard deviations from the mean for `Float`, 8.57 for `Double`.
  ///
  /// Traps when the standard deviation is negative or not finite.
  public static func normal(
    _ shape: Shape, mean: Scalar = 0, standardDeviation: Scalar = 1, key: RandomKey
  ) -> Tensor {
    require(standardDeviation, for: "normal")
    return mean + standardDeviation * standardNormal(shape, key)
  }

  /// Independent normal numbers without those that lie further than two of the distribution's standard
  /// deviations from its mean: each of them is drawn again until it does not. What remains has a
  /// standard deviation of 0.8796 `standardDeviation`.
  ///
  /// Traps when the standard deviation is negative or not finite.
  public static func truncatedNormal(
    _ shape: Shape, mean: Scalar = 0, standardDeviation: Scalar = 1, key: RandomKey
  ) -> Tensor {
    require(standardDeviation, for: "truncatedNormal")
    var result = standardNormal([shape.elementCount], key)
    var round = 0
    while true {
      let isOutside = abs(result) .> 2
      let places = isOutside.trueIndices
      if places.count == 0 { break }
      let fresh = standardNormal([places.count], key.folding(in: round))
      let replacements = scatterAdd(fresh, at: places, count: result.count)
      result = `where`(isOutside, replacements, result)
      round += 1
    }
    return mean + standardDeviation * result.reshaped(to: shape)
  }

  private static func standardNormal(_ shape: Shape, _ key: RandomKey) -> Tensor {
    let result = TensorHandle(uninitialized: shape, Scalar.scalarType)
    spool_random_normal(Scalar.scalarType.kernel, key.bits, result.count, result.data)
    return Tensor(result)
  }

  private static func require(_ standardDeviation: Scalar, for operation: String) {
    guard (0..<Scalar.infinity).contains(standardDeviation) else {
      trap("\(operation): the standard deviation \(standardDeviation) is not a finite number ≥ 0")
    }
  }
}

extension Tensor where Scalar == Int32 {
  /// Independent integers, each of the half-open `range` as probable as the others (to within 2⁻³²
  /// of its probability). Traps when the range is empty.
  public static func uniform(_ shape: Shape, in range: Range<Int32>, key: RandomKey) -> Tensor {
    guard !range.isEmpty else { trap("uniform: the range \(range) is empty") }
    let width = UInt64(Int64(range.upperBound) - Int64(range.lowerBound))
    let words = RandomWords(count: shape.elementCount, key: key)
    return Tensor(
      shape: shape,
      (0..<words.count).map { i in
        Int32(Int64(range.lowerBound) + Int64(words.below(width, at: i)))
      })
  }

  /// The numbers 0 ..< `count` in random order, all orders equally probable (Durstenfeld, 1964). Traps
  /// when the count is negative or more than `Int32` can number.
  public static func permutation(_ count: Int, key: RandomKey) -> Tensor {
    guard (0...Int(Int32.max)).contains(count) else {
      trap("permutation: the count \(count) is outside 0 ... \(Int32.max)")
    }
    let words = RandomWords(count: count, key: key)
    var result = range(count)
    result.withUnsafeMutableScalars { order in
      for i in stride(from: count - 1, to: 0, by: -1) {
        order.swapAt(i, Int(words.below(UInt64(i + 1), at: i)))
      }
    }
    return result
  }
}

/// The first 64-bit words of a key's stream.
private struct RandomWords {
  private let words: [UInt32]
  let count: Int

  init(count: Int, key: RandomKey) {
    self.count = count
    words = [UInt32](unsafeUninitializedCapacity: 2 * count) { buffer, initializedCount in
      spool_random_bits(key.bits, 2 * count, buffer.baseAddress)
      initializedCount = 2 * count
    }
  }

  /// Word `i` scaled to 0 ..< `bound`: the upper half of the 128-bit product.
  func below(_ bound: UInt64, at i: Int) -> UInt64 {
    let word = UInt64(words[2 * i]) << 32 | UInt64(words[2 * i + 1])
    return word.multipliedFullWidth(by: bound).high
  }
}

extension Tensor where Scalar == Bool {
  /// Independent truth values, each true with `probability` (to within 2⁻²⁴). Traps when it is not in
  /// 0 ... 1.
  public static func bernoulli(_ shape: Shape, probability: Double, key: RandomKey) -> Tensor {
    guard (0...1).contains(probability) else {
      trap("bernoulli: the probability \(probability) is outside 0 ... 1")
    }
    return Tensor<Float>.uniform(shape, key: key) .< Tensor<Float>(Float(probability))
  }
}
