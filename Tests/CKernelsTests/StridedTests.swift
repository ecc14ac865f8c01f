import CKernels
import Testing

/// A strided array in the middle of a buffer, wherever its strides reach.
private struct Strided<T: KernelScalar> {
  var strides: [Int]
  var buffer: [T]
  var origin: Int

  /// Random strides over `dims`: a permutation of dense ones with gaps, some zero, some negative.
  init(_ dims: [Int], _ random: inout SplitMix, distinct: Bool = false, fill: (Int) -> T) {
    strides = [Int](repeating: 0, count: dims.count)
    var step = Int.random(in: 0..<4, using: &random) == 0 ? 2 : 1
    let shuffled = Bool.random(using: &random)
    for axis in shuffled ? dims.indices.shuffled(using: &random) : dims.indices.reversed() {
      strides[axis] = step
      step *= max(dims[axis], 1)
      if Int.random(in: 0..<4, using: &random) == 0 { step += .random(in: 0..<4, using: &random) }
    }
    for axis in dims.indices {
      switch Int.random(in: 0..<8, using: &random) {
      case 0 where !distinct: strides[axis] = 0
      case 1: strides[axis].negate()
      default: break
      }
    }
    let reach = zip(dims, strides).map { ($0 - 1) * $1 }
    origin = -reach.filter { $0 < 0 }.reduce(0, +)
    let last = origin + reach.filter { $0 > 0 }.reduce(0, +)
    buffer = dims.contains(0) ? [fill(0)] : (0...last).map(fill)
    if dims.contains(0) { origin = 0 }
  }

  /// Where the elements lie, in row-major order.
  func offsets(_ dims: [Int]) -> [Int] {
    var offsets = [origin]
    for (dim, stride) in zip(dims, strides) {
      offsets = offsets.flatMap { offset in (0..<dim).map { offset + $0 * stride } }
    }
    return offsets
  }
}

/// Shapes of rank 0 to 8, some empty, some with axes long enough for every way of walking.
private func randomShape(_ random: inout SplitMix) -> [Int] {
  var total = 1
  return (0..<Int.random(in: 0...8, using: &random)).map { _ in
    var dim =
      Int.random(in: 0..<3, using: &random) == 0
      ? Int.random(in: 1...200, using: &random) : Int.random(in: 1...5, using: &random)
    if Int.random(in: 0..<40, using: &random) == 0 { dim = 0 }
    if total * dim > 10_000 { dim = 1 }
    total *= max(dim, 1)
    return dim
  }
}

extension Kernels {
  @Suite struct StridedOperands {
    private func run<T: KernelScalar, U: KernelScalar>(
      _ op: spool_pointwise_op, _ dims: [Int], _ inputs: [Strided<T>], out: inout [U]
    ) {
      func withOperands(_ operands: [spool_operand], _ rest: ArraySlice<Strided<T>>) {
        guard let next = rest.first else {
          spool_pointwise(op, T.dtype, dims.count, dims, &out, operands)
          return
        }
        next.buffer.withUnsafeBufferPointer { data in
          next.strides.withUnsafeBufferPointer { strides in
            let operand = spool_operand(
              data: data.baseAddress! + next.origin, strides: strides.baseAddress)
            withOperands(operands + [operand], rest.dropFirst())
          }
        }
      }
      withOperands([], inputs[...])
    }

    private func check<T: KernelScalar>(
      _ type: T.Type, _ ops: [spool_pointwise_op], rounds: Int, _ value: (Int) -> T
    ) {
      var random = SplitMix(6)
      for round in 0..<rounds {
        let dims = randomShape(&random)
        let inputs = (0..<3).map { i in
          Strided<T>(dims, &random) { value($0 &* 7 &+ 31 &* i) }
        }
        let values = inputs.map { input in input.offsets(dims).map { input.buffer[$0] } }
        let op = ops[round % ops.count]
        let count = dims.reduce(1, *)
        let arity = op == SPOOL_MULTIPLY_ADD ? 3 : op == SPOOL_COPY || op == SPOOL_TANH ? 1 : 2
        let comment = "\(op), \(dims), \(inputs.map(\.strides)), \(T.self)"
        if op == SPOOL_LESS {
          var expected = [UInt8](repeating: 0, count: count)
          spool_pointwise_dense(op, T.dtype, count, &expected, values[0], values[1], nil, 0)
          var actual = [UInt8](repeating: 9, count: count + 1)
          run(op, dims, Array(inputs.prefix(arity)), out: &actual)
          #expect(actual == expected + [9], "\(comment)")
        } else {
          let expected = dense(op, values[0], values[1], values[2])
          var actual = [T](repeating: value(5), count: count + 1)
          run(op, dims, Array(inputs.prefix(arity)), out: &actual)
          #expect(actual == expected + [value(5)], "\(comment)")
        }
      }
    }

    @Test func equalDenseOnes() {
      onEachInstructionSet { _ in
        let ops = [SPOOL_COPY, SPOOL_ADD, SPOOL_LESS, SPOOL_MULTIPLY_ADD, SPOOL_TANH]
        check(Float.self, ops, rounds: 250) { Float($0 % 97) / 8 - 3 }
        check(Double.self, ops, rounds: 100) { Double($0 % 97) / 8 - 3 }
        check(Int32.self, [SPOOL_COPY, SPOOL_ADD, SPOOL_LESS], rounds: 100) { Int32($0 % 1000) }
        check(UInt8.self, [SPOOL_COPY, SPOOL_AND, SPOOL_LESS], rounds: 100) { UInt8($0 / 3 % 2) }
      }
    }

    /// `where` mixes element sizes.
    @Test func whereWithStridedOperands() {
      var random = SplitMix(7)
      onEachInstructionSet { isa in
        for _ in 0..<60 {
          let dims = randomShape(&random)
          let condition = Strided<UInt8>(dims, &random) { UInt8($0 % 2) }
          let y = Strided<Double>(dims, &random) { Double($0) }
          let z = Strided<Double>(dims, &random) { -Double($0) }
          let offsets = zip(condition.offsets(dims), zip(y.offsets(dims), z.offsets(dims)))
          let expected = offsets.map {
            condition.buffer[$0] == 1 ? y.buffer[$1.0] : z.buffer[$1.1]
          }
          var out = [Double](repeating: 0, count: expected.count)
          condition.buffer.withUnsafeBufferPointer { c in
            y.buffer.withUnsafeBufferPointer { yData in
              z.buffer.withUnsafeBufferPointer { zData in
                condition.strides.withUnsafeBufferPointer { cStrides in
                  y.strides.withUnsafeBufferPointer { yStrides in
                    z.strides.withUnsafeBufferPointer { zStrides in
                      let inputs = [
                        spool_operand(
                          data: c.baseAddress! + condition.origin, strides: cStrides.baseAddress),
                        spool_operand(
                          data: yData.baseAddress! + y.origin, strides: yStrides.baseAddress),
                        spool_operand(
                          data: zData.baseAddress! + z.origin, strides: zStrides.baseAddress),
                      ]
                      spool_pointwise(
                        SPOOL_WHERE, SPOOL_DOUBLE, dims.count, dims, &out, inputs)
                    }
                  }
                }
              }
            }
          }
          #expect(out == expected, "\(dims), \(name(of: isa))")
        }
      }
    }

    @Test func outputMayBeADenseInput() {
      onEachInstructionSet { isa in
        let rows = 70
        let columns = 90
        let weights = (0..<rows * columns).map { Float($0) }
        var out = weights.map { $0 * 3 }
        let expected = (0..<rows * columns).map { i in
          Float(i) * 3 + weights[i % columns * rows + i / columns]
        }
        out.withUnsafeMutableBytes { bytes in
          weights.withUnsafeBytes { turned in
            [columns, 1].withUnsafeBufferPointer { denseStrides in
              [1, rows].withUnsafeBufferPointer { turnedStrides in
                let inputs = [
                  spool_operand(data: bytes.baseAddress, strides: denseStrides.baseAddress),
                  spool_operand(data: turned.baseAddress, strides: turnedStrides.baseAddress),
                ]
                spool_pointwise(
                  SPOOL_ADD, SPOOL_FLOAT, 2, [rows, columns], bytes.baseAddress, inputs)
              }
            }
          }
        }
        #expect(out == expected, "\(name(of: isa))")
      }
    }

    /// Large enough that each way of walking is split over threads.
    @Test func bitsDoNotDependOnTheThreads() {
      let data: [Float] = (0..<240_000).map { Float($0 % 1001) / 100 - 5 }
      // Dense by transposed, rows by a broadcast row, short rows, and a stride of two.
      let cases: [(dims: [Int], x: [Int], y: [Int])] = [
        ([600, 400], [400, 1], [1, 600]), ([600, 400], [400, 1], [0, 1]),
        ([40_000, 3], [6, 1], [3, 1]), ([120_000], [2], [1]),
      ]
      for (dims, xStrides, yStrides) in cases {
        func compute() -> [UInt32] {
          var out = [Float](repeating: 0, count: dims.reduce(1, *))
          data.withUnsafeBytes { bytes in
            xStrides.withUnsafeBufferPointer { x in
              yStrides.withUnsafeBufferPointer { y in
                let inputs = [
                  spool_operand(data: bytes.baseAddress, strides: x.baseAddress),
                  spool_operand(data: bytes.baseAddress, strides: y.baseAddress),
                ]
                spool_pointwise(SPOOL_SIGMOID_GRADIENT, SPOOL_FLOAT, dims.count, dims, &out, inputs)
              }
            }
          }
          return out.map(\.bitPattern)
        }
        let expected = withThreads(1, compute)
        for threads in 2...3 { #expect(withThreads(threads, compute) == expected, "\(dims)") }
      }
    }

    /// The reverse of a strided copy; what lies between the elements stays as it is.
    @Test func scatterIsTheReverseOfCopy() {
      func check<T: KernelScalar>(
        _ type: T.Type, adds: [Bool], _ value: (Int) -> T, _ sum: (T, T) -> T
      ) {
        var random = SplitMix(8)
        for _ in 0..<200 {
          let dims = randomShape(&random)
          var target = Strided<T>(dims, &random, distinct: true) { value($0) }
          let offsets = target.offsets(dims)
          let source = (0..<offsets.count).map { value($0 &* 5 &+ 3) }
          for add in adds {
            var expected = target.buffer
            for (offset, element) in zip(offsets, source) {
              expected[offset] = add ? sum(expected[offset], element) : element
            }
            let origin = target.origin
            let strides = target.strides
            target.buffer.withUnsafeMutableBufferPointer {
              spool_scatter_strided(
                T.dtype, dims.count, dims, source, $0.baseAddress! + origin, strides, add)
            }
            #expect(target.buffer == expected, "\(dims), \(strides), add: \(add), \(T.self)")
          }
        }
      }
      check(Float.self, adds: [false, true], { Float($0 % 1000) }, +)
      check(Double.self, adds: [false, true], { Double($0 % 1000) }, +)
      check(Int32.self, adds: [false, true], { Int32($0 % 1000) }, &+)
      check(UInt8.self, adds: [false], { UInt8($0 % 2) }, { $1 })
    }
  }
}
