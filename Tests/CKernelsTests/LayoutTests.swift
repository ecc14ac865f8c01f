import CKernels
import Testing

extension Kernels {
  @Suite struct Layout {
    private func check<T: KernelScalar>(
      _ type: T.Type, adds: Bool, _ value: (Int) -> T, _ sum: (T, T) -> T
    ) {
      var random = SplitMix(13)
      for (count, rows, width) in [
        (0, 3, 4), (1, 1, 1), (10, 4, 3), (200, 7, 33), (5, 100, 0), (64, 9, 256),
      ] {
        let table = (0..<rows * width).map(value)
        let indices = (0..<count).map { _ in Int32.random(in: 0..<Int32(rows), using: &random) }
        var out = [T](repeating: .zero, count: count * width)
        #expect(spool_gather_rows(T.dtype, count, rows, width, table, indices, &out) == -1)
        let expected = indices.flatMap { row in (0..<width).map { table[Int(row) * width + $0] } }
        #expect(out == expected, "\(T.self), \(count), \(rows), \(width)")
        guard adds else { continue }
        var sums = table
        #expect(spool_scatter_add_rows(T.dtype, count, rows, width, out, indices, &sums) == -1)
        var expectedSums = table
        for (i, row) in indices.enumerated() {
          for column in 0..<width {
            let at = Int(row) * width + column
            expectedSums[at] = sum(expectedSums[at], out[i * width + column])
          }
        }
        #expect(sums == expectedSums, "\(T.self), \(count), \(rows), \(width)")
      }
      for (outer, count, picks, inner) in [
        (1, 5, 3, 1), (4, 10, 1, 1), (3, 6, 4, 7), (2, 3, 0, 5), (0, 3, 2, 2),
      ] {
        let input = (0..<outer * count * inner).map(value)
        let indices = (0..<outer * picks * inner).map { _ in
          Int32.random(in: 0..<Int32(count), using: &random)
        }
        var out = [T](repeating: .zero, count: indices.count)
        #expect(spool_take_along(T.dtype, outer, count, picks, inner, input, indices, &out) == -1)
        let places = indices.enumerated().map { at, index in
          (at / (picks * inner) * count + Int(index)) * inner + at % inner
        }
        #expect(out == places.map { input[$0] }, "\(T.self)")
        guard adds else { continue }
        var sums = input
        #expect(
          spool_scatter_add_along(T.dtype, outer, count, picks, inner, out, indices, &sums) == -1)
        var expectedSums = input
        for (place, element) in zip(places, out) {
          expectedSums[place] = sum(expectedSums[place], element)
        }
        #expect(sums == expectedSums, "\(T.self)")
      }
    }

    @Test func gatherAndScatterEqualPlainLoops() {
      check(Float.self, adds: true, { Float($0 % 100) }, +)
      check(Double.self, adds: true, { Double($0 % 100) }, +)
      check(Int32.self, adds: true, { Int32(truncatingIfNeeded: $0 &* 7_654_321) }, &+)
      check(UInt8.self, adds: false, { UInt8($0 % 2) }, { $1 })
    }

    /// An index outside the table is reported by its position, and nothing is written.
    @Test func indicesAreChecked() {
      let rows = 5
      let table = (0..<10).map { Float($0) }
      for bad in [-1, 5, Int32.max, Int32.min] {
        for at in [0, 3, 255, 256, 599] {
          var indices = (0..<600).map { Int32($0 % rows) }
          indices[at] = bad
          indices[599] = bad
          var out = [Float](repeating: -7, count: 1200)
          let untouched = out
          #expect(spool_gather_rows(SPOOL_FLOAT, 600, rows, 2, table, indices, &out) == at)
          #expect(spool_scatter_add_rows(SPOOL_FLOAT, 600, rows, 2, untouched, indices, &out) == at)
          #expect(spool_take_along(SPOOL_FLOAT, 1, rows, 600, 1, table, indices, &out) == at)
          #expect(
            spool_scatter_add_along(SPOOL_FLOAT, 1, rows, 600, 1, untouched, indices, &out) == at)
          #expect(out == untouched)
        }
      }
    }

    /// Sums go in the order of the indices for any number of threads.
    @Test func scatterAddDoesNotDependOnTheThreads() {
      var random = SplitMix(14)
      let count = 3000
      let width = 300
      let input = (0..<count * width).map { _ in Float.random(in: -1...1, using: &random) }
      let indices = (0..<count).map { _ in Int32.random(in: 0..<10, using: &random) }
      func compute() -> [Float] {
        var out = [Float](repeating: 0, count: 10 * width)
        _ = spool_scatter_add_rows(SPOOL_FLOAT, count, 10, width, input, indices, &out)
        return out
      }
      let expected = withThreads(1, compute)
      for threads in 2...3 { #expect(withThreads(threads, compute) == expected) }
    }
  }

  @Suite struct Sorting {
    private func sort<T: KernelScalar>(
      _ values: [T], outer: Int = 1, inner: Int = 1, descending: Bool
    ) -> (values: [T], indices: [Int32]) {
      var sorted = values
      var indices = [Int32](repeating: -1, count: values.count)
      let count = outer * inner == 0 ? 0 : values.count / (outer * inner)
      spool_sort(T.dtype, outer, count, inner, descending, values, &sorted, &indices)
      return (sorted, indices)
    }

    /// The stable order: NaN last, equals by position.
    private func expectedOrder<T: Comparable>(_ values: [T], descending: Bool) -> [Int32] {
      values.indices.sorted { a, b in
        let (x, y) = (values[a], values[b])
        let xIsNaN = !(x == x)
        let yIsNaN = !(y == y)
        if xIsNaN || yIsNaN { return xIsNaN == yIsNaN ? a < b : yIsNaN }
        return x == y ? a < b : descending ? x > y : x < y
      }.map { Int32($0) }
    }

    private func check<T: KernelScalar & Comparable>(_ type: T.Type, _ values: [T]) {
      for descending in [false, true] {
        let order = expectedOrder(values, descending: descending)
        let result = sort(values, descending: descending)
        #expect(result.indices == order, "\(T.self), \(values.count), descending: \(descending)")
        let same = zip(result.values, order).allSatisfy { value, index in
          value == values[Int(index)] || !(value == value)
        }
        #expect(same, "\(T.self), \(values.count), descending: \(descending)")
      }
    }

    @Test func stableWithNaNLast() {
      var random = SplitMix(15)
      for count in [0, 1, 2, 3, 47, 48, 49, 50, 300, 5000] {
        // Few distinct values, so that many are equal.
        let few = (0..<count).map { _ in Float(Int.random(in: -3...3, using: &random)) }
        let withNaN = few.map { $0 == 3 ? Float.nan : $0 == -3 ? -.infinity : $0 == 0 ? -0.0 : $0 }
        check(Float.self, few)
        check(Float.self, withNaN)
        check(Float.self, zip(few, withNaN).map { Bool.random(using: &random) ? $0 : $1 })
        check(Double.self, withNaN.map { Double($0) })
        check(Int32.self, few.map { Int32($0) })
        check(Int32.self, (0..<count).map { _ in Int32.random(in: .min ... .max, using: &random) })
        check(
          Double.self,
          (0..<count).map { _ in
            Double(bitPattern: UInt64.random(in: .min ... .max, using: &random))
          })
        check(
          Float.self,
          (0..<count).map { _ in Float(bitPattern: UInt32.random(in: .min ... .max, using: &random))
          })
      }
    }

    @Test func alongTheMiddleAxis() {
      let outer = 3
      let inner = 4
      let count = 60
      let values = (0..<outer * count * inner).map { Int32($0 * 7919 % 101) }
      for threads in 1...3 {
        let result = withThreads(threads) {
          sort(values, outer: outer, inner: inner, descending: true)
        }
        for o in 0..<outer {
          for i in 0..<inner {
            let places = (0..<count).map { (o * count + $0) * inner + i }
            let order = expectedOrder(places.map { values[$0] }, descending: true)
            #expect(places.map { result.indices[$0] } == order)
            #expect(places.map { result.values[$0] } == order.map { values[places[Int($0)]] })
          }
        }
      }
    }

    @Test func valuesMayBeLeftOut() {
      var indices = [Int32](repeating: 0, count: 4)
      spool_sort(SPOOL_FLOAT, 1, 4, 1, false, [3, .nan, 1, 2] as [Float], nil, &indices)
      #expect(indices == [2, 3, 0, 1])
    }
  }
}
