import CKernels
import Testing

extension Kernels {
  @Suite struct Conversion {
    private func convert<T: KernelScalar, U: KernelScalar>(_ values: [T], to type: U.Type) -> [U] {
      var out = [U](repeating: .zero, count: values.count)
      spool_convert(T.dtype, U.dtype, values.count, &out, values)
      return out
    }

    @Test func realToIntegerTruncatesAndSaturates() {
      let floats: [Float] = [
        0, -0.0, 1.9, -1.9, 2_147_483_520, 2_147_483_648, 1e20, -2_147_483_648, -1e20, .infinity,
        -.infinity, .nan,
      ]
      let expected: [Int32] = [
        0, 0, 1, -1, 2_147_483_520, .max, .max, .min, .min, .max, .min, 0,
      ]
      #expect(convert(floats, to: Int32.self) == expected)
      #expect(convert(floats.map(Double.init), to: Int32.self) == expected)
      #expect(convert([2_147_483_647.5, -2_147_483_648.5], to: Int32.self) == [.max, .min])
    }

    @Test func otherPairs() {
      let integers: [Int32] = [0, 1, -1, 16_777_217, .max, .min]
      #expect(convert(integers, to: Float.self) == integers.map { Float($0) })
      #expect(convert(integers, to: Double.self) == integers.map { Double($0) })
      #expect(convert(integers, to: Int32.self) == integers)
      #expect(convert(integers, to: UInt8.self) == [0, 1, 1, 1, 1, 1])
      let doubles: [Double] = [0, -0.0, 0.1, 1e300, -1e-300, .infinity]
      #expect(convert(doubles, to: Float.self) == doubles.map { Float($0) })
      #expect(convert(doubles, to: UInt8.self) == [0, 0, 1, 1, 1, 1])
      #expect(convert([Float.nan, 0.5, 0], to: UInt8.self) == [1, 1, 0])
      #expect(convert([Float(0.1), -2], to: Double.self) == [Double(Float(0.1)), -2])
      let truths: [UInt8] = [0, 1, 1]
      #expect(convert(truths, to: Float.self) == [0, 1, 1])
      #expect(convert(truths, to: Double.self) == [0, 1, 1])
      #expect(convert(truths, to: Int32.self) == [0, 1, 1])
      #expect(convert(truths, to: UInt8.self) == truths)
    }

    @Test func fillIotaAndAccumulate() {
      onEachInstructionSet { isa in
        for count in [0, 1, 17, 100] {
          var floats = [Float](repeating: 0, count: count)
          var value: Float = 2.5
          spool_fill(SPOOL_FLOAT, count, &floats, &value)
          #expect(floats == [Float](repeating: 2.5, count: count))
          let indices = Array(0..<count)
          let ramp: [Float] = indices.map { 1 + 0.5 * Float($0) }
          var more = [Float](repeating: 0, count: count)
          spool_iota(SPOOL_FLOAT, count, &more, 1, 0.5)
          #expect(more == ramp)
          spool_accumulate(SPOOL_FLOAT, count, &floats, more)
          let sums: [Float] = ramp.map { $0 + 2.5 }
          #expect(floats == sums, "\(name(of: isa))")

          let doubleRamp: [Double] = indices.map { -1 + Double($0) * 0.1 }
          var doubles = [Double](repeating: 0, count: count)
          spool_iota(SPOOL_DOUBLE, count, &doubles, -1, 0.1)
          #expect(doubles == doubleRamp)
          spool_accumulate(SPOOL_DOUBLE, count, &doubles, doubleRamp)
          let twice: [Double] = doubleRamp.map { 2 * $0 }
          #expect(doubles == twice)
          let descending: [Int32] = indices.map { 10 - 3 * Int32($0) }
          var integers = [Int32](repeating: 0, count: count)
          spool_iota(SPOOL_INT32, count, &integers, 10, -3)
          #expect(integers == descending)
          var truths = [UInt8](repeating: 0, count: count)
          var truth: UInt8 = 1
          spool_fill(SPOOL_BOOL, count, &truths, &truth)
          #expect(truths == [UInt8](repeating: 1, count: count))
        }
      }
    }

    @Test func firstNonfinite() {
      let finite: [Float] = [0, .greatestFiniteMagnitude, -.greatestFiniteMagnitude, 1]
      let long = (0..<5000).map { finite[$0 % 4] }
      #expect(spool_first_nonfinite(SPOOL_FLOAT, long.count, long) == -1)
      #expect(spool_first_nonfinite(SPOOL_DOUBLE, 0, [Double]()) == -1)
      for position in [0, 1, 63, 1023, 1024, 4999] {
        for bad in [Float.nan, -.nan, .infinity, -.infinity] {
          var values = long
          values[position] = bad
          values[4999] = bad
          #expect(spool_first_nonfinite(SPOOL_FLOAT, values.count, values) == position)
          let doubles = values.map { Double($0) }
          #expect(spool_first_nonfinite(SPOOL_DOUBLE, values.count, doubles) == position)
        }
      }
    }
  }
}
