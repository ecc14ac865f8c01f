import CKernels
import Testing

/// Convolution and its gradients against loops over every product. Instruction set and thread count
/// belong to the process, so the tests that change them run in a process of their own.
@Suite struct ConvolutionKernelTests {
  @Test func anyGeometryOnEveryInstructionSet() async {
    await #expect(processExitsWith: .success) {
      onEachInstructionSet { isa in
        checkRandomConvolutions(Float.self, count: 250, isa: isa)
        checkRandomConvolutions(Double.self, count: 250, isa: isa)
      }
    }
  }

  /// Enough channels for the transforms of filters of 3 by 3, at odd and even sizes.
  @Test func threeByThreeOnEveryInstructionSet() async {
    await #expect(processExitsWith: .success) {
      onEachInstructionSet { isa in
        var generator = SplitMix(3)
        for (height, width, padding) in [(4, 5, 1), (9, 8, 0), (16, 16, 1), (7, 37, 2)] {
          let shape = square(
            batch: 3, channels: 16, filters: 2 * (8 + height), groups: 2, height: height,
            width: width, side: 3, padding: padding)
          check(shape, Float.self, isa: isa, using: &generator)
          check(shape, Double.self, isa: isa, using: &generator)
        }
      }
    }
  }

  /// So many channels and pixels that products are cut into several blocks.
  @Test func largeImages() async {
    await #expect(processExitsWith: .success) {
      onEachInstructionSet { isa in
        var generator = SplitMix(2)
        for (side, channels, filters) in [(3, 10, 70), (5, 24, 12)] {
          let shape = square(
            batch: 1, channels: channels, filters: filters, groups: 1, height: 20, width: 30,
            side: side, padding: side / 2)
          check(shape, Float.self, isa: isa, using: &generator)
          check(shape, Double.self, isa: isa, using: &generator)
        }
      }
    }
  }
}

/// Square filters, stride and dilation 1.
private func square(
  batch: Int, channels: Int, filters: Int, groups: Int, height: Int, width: Int, side: Int,
  padding: Int
) -> spool_convolution {
  var shape = spool_convolution()
  (shape.batch, shape.channels, shape.height, shape.width) = (batch, channels, height, width)
  (shape.filters, shape.groups) = (filters, groups)
  (shape.filter_height, shape.filter_width) = (side, side)
  (shape.stride_height, shape.stride_width) = (1, 1)
  (shape.dilation_height, shape.dilation_width) = (1, 1)
  (shape.pad_top, shape.pad_left) = (padding, padding)
  shape.out_height = height + 2 * padding - side + 1
  shape.out_width = width + 2 * padding - side + 1
  return shape
}

private func checkRandomConvolutions<Scalar: MatrixScalar>(
  _ type: Scalar.Type, count: Int, isa: spool_isa
) {
  var generator = SplitMix(1)
  for _ in 0..<count {
    check(.random(using: &generator), type, isa: isa, using: &generator)
  }
}

private func check<Scalar: MatrixScalar>(
  _ shape: spool_convolution, _ type: Scalar.Type, isa: spool_isa,
  using generator: inout SplitMix
) {
  let reference = ReferenceConvolution(shape: shape)
  func operand(_ count: Int) -> GuardedArray<Scalar> {
    GuardedArray(
      randomScalars(count, using: &generator), atEnd: Bool.random(using: &generator))
  }
  let input = operand(reference.inputCount)
  let filter = operand(reference.filterCount)
  let gradient = operand(reference.outputCount)
  let (x, w, g) = (
    Scalar.exact(input.scalars), Scalar.exact(filter.scalars), Scalar.exact(gradient.scalars)
  )

  func check(
    _ kind: String, terms: Int, expected: [Double],
    _ kernel: (spool_dtype, UnsafePointer<spool_convolution>, UnsafeMutableRawPointer) -> Void
  ) {
    var first: [Scalar]?
    for threads in 1...3 {
      spool_set_thread_count(threads)
      let result = operand(expected.count)
      withUnsafePointer(to: shape) { kernel(Scalar.dtype, $0, result.start) }
      let scalars = result.scalars
      if let first {
        #expect(identical(scalars, first), "\(kind), \(threads) threads, \(shape.name)")
        continue
      }
      first = scalars
      let tolerance = 4 * Scalar.roundoff * Double(terms + 8)
      if let i = firstDifference(Scalar.exact(scalars), expected, tolerance: tolerance) {
        Issue.record(
          "\(name(of: isa)) \(kind) \(shape.name): [\(i)] is \(scalars[i]), not \(expected[i])")
      }
    }
  }

  let taps = shape.filter_height * shape.filter_width
  check(
    "output", terms: shape.channels / shape.groups * taps,
    expected: reference.output(input: x, filter: w)
  ) { spool_convolve($0, $1, input.start, filter.start, $2) }
  check(
    "input gradient", terms: shape.filters / shape.groups * taps,
    expected: reference.inputGradient(outputGradient: g, filter: w)
  ) { spool_convolve_input_gradient($0, $1, gradient.start, filter.start, $2) }
  check(
    "filter gradient", terms: shape.batch * shape.out_height * shape.out_width,
    expected: reference.filterGradient(input: x, outputGradient: g)
  ) { spool_convolve_filter_gradient($0, $1, input.start, gradient.start, $2) }
}
