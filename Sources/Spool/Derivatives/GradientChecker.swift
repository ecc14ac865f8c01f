import CKernels

/// Central differences against the tape, for functions of handles.
struct GradientChecker {
  typealias Function = ([TensorHandle]) throws -> TensorHandle
  typealias Map = ([TensorHandle]) throws -> [TensorHandle]

  let absoluteTolerance: Double
  let relativeTolerance: Double
  let step: Double
  let elementLimit: Int
  let seed: UInt64

  init(
    isDouble: Bool, _ absoluteTolerance: Double? = nil, _ relativeTolerance: Double? = nil,
    _ step: Double? = nil, elementLimit: Int = 512, seed: UInt64 = 0
  ) {
    self.absoluteTolerance = absoluteTolerance ?? (isDouble ? 1e-7 : 1e-3)
    self.relativeTolerance = relativeTolerance ?? (isDouble ? 1e-5 : 1e-2)
    self.step = step ?? (isDouble ? 0x1p-13 : 0x1p-5)
    self.elementLimit = elementLimit
    self.seed = seed
    guard self.step > 0, elementLimit > 0 else {
      trap("checkGradients: step \(self.step) and element limit \(elementLimit) must be positive")
    }
  }

  /// Checks the gradient of `f`, and in second order that of the gradient as well.
  func check(order: Int, at inputs: [TensorHandle], of f: Function) throws {
    guard order == 1 || order == 2 else {
      trap("checkGradients: order \(order) is neither 1 nor 2")
    }
    guard try Self.isEqual(f(inputs), f(inputs)) else { throw UnrepeatableFunction() }
    try checkGradient(at: inputs, of: f)
    if order == 2 { try checkSecondOrder(at: inputs, of: f) }
  }

  /// Checks the gradient of `f` by differences of `f`.
  func checkGradient(at inputs: [TensorHandle], of f: Function) throws {
    try compare(order: 1, at: inputs) { [try f($0)] }
  }

  /// Checks the gradient of the gradient of ⟨ȳ, f⟩ by differences of that gradient.
  func checkSecondOrder(at inputs: [TensorHandle], of f: Function) throws {
    let cotangent = try randomCotangent(like: f(inputs), 0)
    try compare(order: 2, at: inputs + [cotangent]) {
      try Self.gradients(of: f, at: Array($0.dropLast()), along: $0[$0.count - 1])
        .map { $0.gradient ?? .zeros($0.leaf.shape, $0.leaf.scalarType) }
    }
  }

  /// The gradients of ⟨ȳ, f⟩, and the leaves whose they are.
  static func gradients(of f: Function, at inputs: [TensorHandle], along ȳ: TensorHandle) rethrows
    -> [(leaf: TensorHandle, gradient: TensorHandle?)]
  {
    try gradients(of: { [try f($0)] }, at: inputs, along: { _ in [ȳ] })
  }

  /// The gradients of Σ ⟨ȳₖ, fₖ⟩ for a function with several results.
  static func gradients(
    of map: Map, at inputs: [TensorHandle], along cotangents: ([TensorHandle]) -> [TensorHandle]
  ) rethrows -> [(leaf: TensorHandle, gradient: TensorHandle?)] {
    let (tape, leaves, results) = try GradientScope.record(inputs, map)
    let pullback = TapePullback(tape: tape, inputs: leaves, outputs: results, isReusable: false)
    return Array(zip(leaves, pullback(cotangents(results))))
  }

  private func compare(order: Int, at inputs: [TensorHandle], of map: Map) throws {
    let values = try map(inputs)
    let cotangents = values.indices.map { randomCotangent(like: values[$0], $0) }
    let weights = cotangents.map(\.reals)
    let gradients = try Self.gradients(of: map, at: inputs, along: { _ in cotangents })
    for (number, input) in inputs.enumerated() {
      let gradient = gradients[number].gradient
      let tape = gradient?.reals ?? [Double](repeating: 0, count: input.count)
      var worst: (element: Int, differences: Double, excess: Double)?
      var mismatchCount = 0
      let elements = chosenElements(of: input, number)
      for element in elements {
        let differences = try differenceQuotient(
          of: map, at: inputs, number, element, along: weights)
        let excess = (tape[element] - differences).magnitude / tolerance(differences)
        if excess <= 1 { continue }
        mismatchCount += 1
        // Also NaN, which compares with nothing, is a mismatch, and the worst.
        if worst == nil || !(excess <= worst!.excess) { worst = (element, differences, excess) }
      }
      guard let worst else { continue }
      throw GradientMismatch(
        order: order, input: number, isCotangent: order == 2 && number == inputs.count - 1,
        index: input.shape.index(of: worst.element), tape: tape[worst.element],
        differences: worst.differences, isMissing: gradient == nil,
        tolerance: tolerance(worst.differences), mismatchCount: mismatchCount,
        comparedCount: elements.count)
    }
  }

  private func tolerance(_ differences: Double) -> Double {
    absoluteTolerance + relativeTolerance * differences.magnitude
  }

  /// The derivative of Σ ⟨weightsₖ, mapₖ⟩ by one element of one input. The values are contracted
  /// after they are subtracted, so that results which the element doesn't reach add no rounding
  /// error.
  private func differenceQuotient(
    of map: Map, at inputs: [TensorHandle], _ number: Int, _ element: Int,
    along weights: [[Double]]
  ) throws -> Double {
    let x = inputs[number].reals[element]
    let h = Swift.max(step, x.magnitude * inputs[number].scalarType.rootOfEpsilon)
    let values = try [h, -h, 2 * h, -2 * h].map { offset in
      var moved = inputs
      moved[number] = inputs[number].replacing(element, with: x + offset)
      return try map(moved).map(\.reals)
    }
    var sum = 0.0
    for k in weights.indices {
      for i in weights[k].indices {
        let near = values[0][k][i] - values[1][k][i]
        let far = values[2][k][i] - values[3][k][i]
        sum += weights[k][i] * (8 * near - far)
      }
    }
    return sum / (12 * h)
  }

  /// Random numbers of magnitude 0.5 to 1.5 and random sign: none so small that it hides an error.
  private func randomCotangent(like value: TensorHandle, _ number: Int) -> TensorHandle {
    let uniform = TensorHandle(uninitialized: value.shape, .double)
    spool_random_uniform(SPOOL_DOUBLE, stream(number), uniform.count, uniform.data)
    let cotangent = TensorHandle(uninitialized: value.shape, value.scalarType)
    for (i, u) in uniform.reals.enumerated() {
      cotangent.storeReal(u < 0.5 ? 2 * u + 0.5 : 0.5 - 2 * u, at: i)
    }
    return cotangent
  }

  /// All elements, or a random choice of `elementLimit`, in ascending order.
  private func chosenElements(of input: TensorHandle, _ number: Int) -> [Int] {
    guard input.count > elementLimit else { return Array(0..<input.count) }
    var keys = [UInt32](repeating: 0, count: input.count)
    spool_random_bits(~stream(number), keys.count, &keys)
    return keys.indices.sorted { (keys[$0], $0) < (keys[$1], $1) }.prefix(elementLimit).sorted()
  }

  private func stream(_ number: Int) -> UInt64 { seed &* 0x9E37_79B9_7F4A_7C15 &+ UInt64(number) }

  private static func isEqual(_ a: TensorHandle, _ b: TensorHandle) -> Bool {
    a.shape == b.shape
      && a.reals.elementsEqual(b.reals) { $0.bitPattern == $1.bitPattern }
  }
}

extension TensorHandle {
  /// The elements of a real tensor in row-major order.
  var reals: [Double] {
    scalarType == .float ? Tensor<Float>(self).scalars.map(Double.init) : Tensor(self).scalars
  }

  fileprivate func storeReal(_ value: Double, at element: Int) {
    if scalarType == .float {
      data.storeBytes(of: Float(value), toByteOffset: element * 4, as: Float.self)
    } else {
      data.storeBytes(of: value, toByteOffset: element * 8, as: Double.self)
    }
  }

  fileprivate func replacing(_ element: Int, with value: Double) -> TensorHandle {
    let copy = TensorHandle(uninitialized: shape, scalarType)
    Kernel.pointwise(SPOOL_COPY, scalarType, into: copy, self)
    copy.storeReal(value, at: element)
    return copy
  }
}

extension ScalarType {
  /// √ε: a relative step that survives rounding with half of the digits.
  fileprivate var rootOfEpsilon: Double { self == .float ? 0x1p-11 : 0x1p-26 }
}
