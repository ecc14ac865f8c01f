import CKernels

/// The highest rate of matrix products that this machine reaches with our kernels, to measure workloads by.
enum ProductPeak {
  /// GFLOP/s in single precision with the threads that are set: the quickest of many products whose operands fit
  /// the caches, and whose right one is packed before, as weights are in a scan.
  static func measured(threads: Int, by clock: BenchmarkClock) -> Double {
    let (m, k, n) = (240 * threads, 256, 480)
    let a = [Float](repeating: 1, count: m * k)
    let b = [Float](repeating: 1, count: k * n)
    var c = [Float](repeating: 0, count: m * n)
    let packed = spool_pack_b(SPOOL_FLOAT, k, n, b, n, 1)
    defer { spool_pack_free(packed) }
    let timing = a.withUnsafeBytes { a in
      c.withUnsafeMutableBytes { c in
        var product = spool_gemm()
        product.batch = 1
        (product.m, product.k, product.n) = (m, k, n)
        (product.a, product.a_row, product.a_column) = (a.baseAddress, k, 1)
        (product.c, product.c_row) = (c.baseAddress, n)
        product.packed_b = packed
        return Timing(seconds: 0.3, atLeast: 100) {
          clock.time { spool_matmul(SPOOL_FLOAT, &product) }
        }
      }
    }
    return 2 * Double(m * k * n) / timing.minimum / 1e6
  }
}
