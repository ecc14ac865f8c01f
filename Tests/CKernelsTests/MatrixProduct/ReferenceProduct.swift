/// Matrix products term by term in double precision, in the memory of a C with gaps, with the sums
/// of the terms' magnitudes, by which an error is judged.
struct ReferenceProduct {
  private(set) var values: [Double]
  /// Zero where nothing is to be written.
  private var magnitudes: [Double]

  init(c: [Double]) {
    values = c
    magnitudes = Array(repeating: 0, count: c.count)
  }

  mutating func write(
    m: Int, n: Int, k: Int, a: [Double], b: [Double], at start: Int, rowStride: Int,
    accumulates: Bool, bias: [Double]?
  ) {
    for i in 0..<m {
      let row = start + i * rowStride
      for j in 0..<n {
        if !accumulates { values[row + j] = 0 }
        magnitudes[row + j] = 2 + abs(values[row + j])
        if let bias { values[row + j] += bias[j] }
      }
      for t in 0..<k {
        for j in 0..<n {
          let term = a[i * k + t] * b[t * n + j]
          values[row + j] += term
          magnitudes[row + j] += abs(term)
        }
      }
    }
  }

  /// The first element of `result` that is off by more than `tolerance` times the magnitude of its
  /// terms; NaN always is.
  func firstDifference(from result: [Double], tolerance: Double) -> Int? {
    result.indices.first {
      !(abs(result[$0] - values[$0]) <= tolerance * magnitudes[$0])
    }
  }
}
