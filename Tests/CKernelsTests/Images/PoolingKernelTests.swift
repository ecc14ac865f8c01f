import CKernels
import Testing

/// Pooling against loops over every window.
@Suite struct PoolingKernelTests {
  @Test func anyGeometryOnAnyNumberOfThreads() async {
    await #expect(processExitsWith: .success) {
      checkRandomPoolings(Float.self)
      checkRandomPoolings(Double.self)
    }
  }

  @Test func firstOfEqualsAndNotANumberWin() {
    var shape = spool_pooling()
    (shape.planes, shape.height, shape.width) = (1, 2, 6)
    (shape.window_height, shape.window_width) = (2, 2)
    (shape.stride_height, shape.stride_width) = (2, 2)
    (shape.out_height, shape.out_width) = (1, 3)
    let input: [Float] = [
      1, 3, .nan, 2, -.infinity, -.infinity, 3, 3, 5, .nan, -.infinity, -.infinity,
    ]
    var output: [Float] = [0, 0, 0]
    var positions: [Int32] = [0, 0, 0]
    spool_max_pool(SPOOL_FLOAT, &shape, input, &output, &positions)
    #expect(output[0] == 3 && output[1].isNaN && output[2] == -.infinity)
    #expect(positions == [1, 2, 4])
  }
}

private func checkRandomPoolings<Scalar: MatrixScalar>(_ type: Scalar.Type) {
  var generator = SplitMix(1)
  for _ in 0..<300 {
    func pick(_ choices: Int...) -> Int { choices.randomElement(using: &generator)! }
    var shape = spool_pooling()
    (shape.planes, shape.height, shape.width) = (pick(0, 1, 4, 50), pick(1, 4, 11), pick(1, 7, 20))
    (shape.window_height, shape.window_width) = (pick(1, 2, 3), pick(1, 2, 5))
    (shape.stride_height, shape.stride_width) = (pick(1, 2, 3), pick(1, 2, 4))
    // A window keeps at least one pixel, as the callers see to.
    (shape.pad_top, shape.pad_left) = (shape.window_height / 2, shape.window_width / 2)
    shape.out_height = (shape.height + shape.pad_top - 1) / shape.stride_height + 1
    shape.out_width = (shape.width + shape.pad_left - 1) / shape.stride_width + 1
    let input = GuardedArray<Scalar>(
      randomScalars(shape.planes * shape.height * shape.width, using: &generator),
      atEnd: Bool.random(using: &generator))
    let gradient = GuardedArray<Scalar>(
      randomScalars(shape.planes * shape.out_height * shape.out_width, using: &generator),
      atEnd: Bool.random(using: &generator))
    for threads in 1...3 {
      spool_set_thread_count(threads)
      check(shape, input, gradient)
    }
  }
}

private func check<Scalar: MatrixScalar>(
  _ shape: spool_pooling, _ input: GuardedArray<Scalar>, _ gradient: GuardedArray<Scalar>
) {
  var shape = shape
  let x = Scalar.exact(input.scalars)
  let reference = ReferencePooling(shape: shape)
  let output = GuardedArray<Scalar>(count: gradient.count, atEnd: true)
  let positions = GuardedArray<Int32>(count: gradient.count, atEnd: true)
  spool_max_pool(Scalar.dtype, &shape, input.start, output.start, positions.start)
  let maxima = reference.maxima(of: x)
  #expect(positions.scalars == maxima.map { Int32($0.position) }, "\(shape)")
  #expect(Scalar.exact(output.scalars) == maxima.map(\.value), "\(shape)")

  for counts in [false, true] {
    spool_average_pool(Scalar.dtype, &shape, counts, input.start, output.start)
    let back = GuardedArray<Scalar>(count: input.count, atEnd: true)
    spool_average_pool_gradient(Scalar.dtype, &shape, counts, gradient.start, back.start)
    let tolerance = 40 * Scalar.roundoff
    #expect(
      firstDifference(
        Scalar.exact(output.scalars), reference.means(of: x, countsPadding: counts),
        tolerance: tolerance) == nil, "\(shape)")
    let expected = reference.meansGradient(Scalar.exact(gradient.scalars), countsPadding: counts)
    #expect(
      firstDifference(Scalar.exact(back.scalars), expected, tolerance: tolerance) == nil,
      "\(shape)")
  }
}

/// Pooling window by window in double precision.
private struct ReferencePooling {
  let shape: spool_pooling

  /// Every window: its flat positions in its plane that lie inside, and where the plane begins.
  private func windows() -> [(plane: Int, inside: [Int])] {
    var windows: [(plane: Int, inside: [Int])] = []
    for p in 0..<shape.planes {
      for oy in 0..<shape.out_height {
        for ox in 0..<shape.out_width {
          var inside: [Int] = []
          for wy in 0..<shape.window_height {
            for wx in 0..<shape.window_width {
              let y = oy * shape.stride_height + wy - shape.pad_top
              let x = ox * shape.stride_width + wx - shape.pad_left
              if (0..<shape.height).contains(y), (0..<shape.width).contains(x) {
                inside.append(y * shape.width + x)
              }
            }
          }
          windows.append((p * shape.height * shape.width, inside))
        }
      }
    }
    return windows
  }

  func maxima(of x: [Double]) -> [(value: Double, position: Int)] {
    windows().map { plane, inside in
      let best = inside.reduce(inside[0]) { x[plane + $1] > x[plane + $0] ? $1 : $0 }
      return (x[plane + best], best)
    }
  }

  private func divisor(_ inside: [Int], _ countsPadding: Bool) -> Double {
    Double(countsPadding ? shape.window_height * shape.window_width : inside.count)
  }

  func means(of x: [Double], countsPadding: Bool) -> [Double] {
    windows().map { plane, inside in
      inside.reduce(0) { $0 + x[plane + $1] } / divisor(inside, countsPadding)
    }
  }

  func meansGradient(_ gradient: [Double], countsPadding: Bool) -> [Double] {
    var result = Array(repeating: 0.0, count: shape.planes * shape.height * shape.width)
    for (share, (plane, inside)) in zip(gradient, windows()) {
      for position in inside { result[plane + position] += share / divisor(inside, countsPadding) }
    }
    return result
  }
}
