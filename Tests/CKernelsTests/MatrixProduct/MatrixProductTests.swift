import CKernels
import Testing

/// The matrix product against sums in double precision. Instruction set and thread count belong to
/// the process, so the tests that change them run in a process of their own.
@Suite struct MatrixProductTests {
  /// Around the widths of vectors and tiles.
  static let sizes = [1, 2, 3, 7, 8, 9, 15, 16, 17, 31, 47, 48, 49, 63, 64, 65, 129]

  @Test func anyShapeAndStrideOnEveryInstructionSet() async {
    await #expect(processExitsWith: .success) {
      onEachInstructionSet { isa in
        checkRandomProducts(Float.self, count: 700, isa: isa)
        checkRandomProducts(Double.self, count: 700, isa: isa)
      }
    }
  }

  @Test func everyCombinationOfSizes() async {
    await #expect(processExitsWith: .success) {
      onEachInstructionSet { isa in
        checkAllSizes(Float.self, isa: isa)
        checkAllSizes(Double.self, isa: isa)
      }
    }
  }

  /// Several blocks along every axis.
  @Test func moreThanOneBlock() async {
    await #expect(processExitsWith: .success) {
      onEachInstructionSet { isa in
        checkBlocks(Float.self, isa: isa)
        checkBlocks(Double.self, isa: isa)
      }
    }
  }

  @Test func vectors() async {
    await #expect(processExitsWith: .success) {
      onEachInstructionSet { isa in
        checkVectors(Float.self, isa: isa)
        checkVectors(Double.self, isa: isa)
      }
    }
  }

  /// A packed operand keeps the instruction set it was packed for, and takes new values.
  @Test func packedOperandOutlivesItsInstructionSet() async {
    await #expect(processExitsWith: .success) {
      let one: [Float] = Array(repeating: 1, count: 40 * 50)
      let two: [Float] = Array(repeating: 2, count: 40 * 50)
      onEachInstructionSet { isa in
        let packed = spool_pack_b(SPOOL_FLOAT, 40, 50, one, 50, 1)
        defer { spool_pack_free(packed) }
        spool_pack_b_update(packed, two, 1, 40)
        _ = spool_isa_select(SPOOL_ISA_PORTABLE)
        var c: [Float] = Array(repeating: 0, count: 3 * 50)
        c.withUnsafeMutableBytes { c in
          one.withUnsafeBytes { a in
            var product = spool_gemm()
            (product.batch, product.m, product.n, product.k) = (1, 3, 50, 40)
            product.a = a.baseAddress
            (product.a_row, product.a_column) = (40, 1)
            product.packed_b = packed
            (product.c, product.c_row) = (c.baseAddress, 50)
            spool_matmul(SPOOL_FLOAT, &product)
          }
        }
        #expect(c.allSatisfy { $0 == 80 }, "\(name(of: isa))")
      }
    }
  }

  /// What is fetched meanwhile is neither read nor written: it may be anywhere, and of any size.
  @Test func memoryFetchedBesideIsOnlyAHint() async {
    await #expect(processExitsWith: .success) {
      onEachInstructionSet { isa in
        checkFetching(Float.self, isa: isa)
        checkFetching(Double.self, isa: isa)
      }
    }
  }

  @Test func infinityAndNotANumberStayInTheirColumn() {
    var generator = SplitMix(5)
    let product = ProductCase<Float>(m: 9, n: 20, k: 30, using: &generator)
    product.b.start[3 * 20 + 7] = .infinity
    product.b.start[4 * 20 + 19] = .nan
    let c = product.run()
    for i in 0..<9 {
      for j in 0..<20 {
        #expect(c[i * 20 + j].isFinite == (j != 7 && j != 19), "[\(i), \(j)]")
      }
    }
  }
}

/// One case in every way that must give the same: on one to three threads, with B packed, each row
/// by itself, with an epilogue.
private func check<Scalar: MatrixScalar>(_ product: ProductCase<Scalar>, isa: spool_isa) {
  spool_set_thread_count(1)
  let result = product.run()
  product.expectClose(result, name(of: isa))

  for threads in 2...3 {
    spool_set_thread_count(threads)
    #expect(
      identical(product.run(), result), "\(name(of: isa)), \(threads) threads: \(product.name)")
  }
  if product.b.batch == 0 || product.batch == 1 {
    #expect(
      identical(product.run(packed: true), result), "\(name(of: isa)), packed: \(product.name)")
  }

  let log = EpilogueLog()
  #expect(
    identical(product.run(epilogue: log), result),
    "\(name(of: isa)), with epilogue: \(product.name)")
  #expect(
    log.counts(batch: product.batch, m: product.m, n: product.n).allSatisfy { $0 == 1 },
    "\(name(of: isa)): not every element in one tile of the epilogue: \(product.name)")
  for tile in log.tiles {
    let at =
      tile.item * product.batchStride + tile.rows.lowerBound * product.rowStride
      + tile.columns.lowerBound
    #expect(
      tile.address == UInt(bitPattern: product.c.start + at), "\(name(of: isa)): \(product.name)")
  }

  guard product.batch * product.m * product.n > 0 else { return }
  spool_set_thread_count(1)
  let (item, i) = (product.batch - 1, product.m / 2)
  let row = result[(item * product.batchStride + i * product.rowStride)...].prefix(product.n)
  #expect(
    identical(product.runRow(i, item: item), Array(row)),
    "\(name(of: isa)), one row: \(product.name)")
}

private func checkRandomProducts<Scalar: MatrixScalar>(
  _ type: Scalar.Type, count: Int, isa: spool_isa
) {
  var generator = SplitMix(1)
  for _ in 0..<count {
    check(
      ProductCase<Scalar>.random(sizes: MatrixProductTests.sizes, using: &generator), isa: isa)
  }
}

private func checkAllSizes<Scalar: MatrixScalar>(_ type: Scalar.Type, isa: spool_isa) {
  spool_set_thread_count(1)
  var generator = SplitMix(2)
  for m in MatrixProductTests.sizes {
    for n in MatrixProductTests.sizes {
      for k in MatrixProductTests.sizes {
        let product = ProductCase<Scalar>(
          m: m, n: n, k: k, a: [.dense, .transposed].randomElement(using: &generator)!,
          b: [.dense, .transposed].randomElement(using: &generator)!, using: &generator)
        product.expectClose(product.run(), name(of: isa))
      }
    }
  }
}

private func checkBlocks<Scalar: MatrixScalar>(_ type: Scalar.Type, isa: spool_isa) {
  var generator = SplitMix(3)
  let sizes = [
    (270, 70, 600), (520, 30, 300), (12, 2100, 20), (270, 1000, 20), (2, 2100, 70), (3, 1500, 300),
    (4, 1500, 300), (4, 1024, 30), (1500, 10, 300), (200, 1500, 300),
  ]
  let layouts = [StridedOperand<Scalar>.Layout.dense, .transposed]
  for (m, n, k) in sizes {
    for (a, b) in layouts.flatMap({ a in layouts.map { b in (a, b) } }) {
      check(
        ProductCase(
          m: m, n: n, k: k, a: a, b: b, accumulates: true, hasBias: true, using: &generator),
        isa: isa)
    }
  }
}

private func checkFetching<Scalar: MatrixScalar>(_ type: Scalar.Type, isa: spool_isa) {
  spool_set_thread_count(1)
  var generator = SplitMix(6)
  let anywhere = [(0, 0), (64, 1 << 20), (1 << 20, 1), (-4096, 100_000), (128, 1 << 40)].map {
    spool_bytes(data: UnsafeRawPointer(bitPattern: $0.0), count: $0.1)
  }
  for (m, n, k) in [(20, 1040, 300), (1, 1040, 300), (9, 1040, 0), (5, 70, 2100), (8, 20, 30)] {
    let product = ProductCase<Scalar>(m: m, n: n, k: k, using: &generator)
    let result = product.run(packed: true)
    product.expectClose(result, name(of: isa))
    for count in 0...anywhere.count {
      let fetching = product.run(packed: true, next: Array(anywhere.prefix(count)))
      #expect(identical(fetching, result), "\(name(of: isa)): \(product.name)")
    }
  }
}

private func checkVectors<Scalar: MatrixScalar>(_ type: Scalar.Type, isa: spool_isa) {
  var generator = SplitMix(4)
  let sizes = [
    (1, 300), (300, 1), (1, 1), (2, 300), (300, 2), (4, 37), (37, 3), (4, 7), (100, 8), (1, 3000),
    (1, 2), (2, 1), (5, 70), (8, 23), (7, 6),
  ]
  for (m, n) in sizes {
    for k in [1, 8, 15, 100, 300] {
      for aLayout in [StridedOperand<Scalar>.Layout.dense, .transposed, .everySecond] {
        for bLayout in [StridedOperand<Scalar>.Layout.dense, .transposed, .everySecond] {
          let product = ProductCase<Scalar>(
            batch: 2, m: m, n: n, k: k, a: aLayout, b: bLayout,
            accumulates: Bool.random(using: &generator), hasBias: Bool.random(using: &generator),
            using: &generator)
          check(product, isa: isa)
          checkFreeOrder(product, isa: isa)
        }
      }
    }
  }
  // So long that they are worth a second thread.
  for (m, n) in [(1, 2), (2, 1)] {
    checkFreeOrder(
      ProductCase<Scalar>(
        m: m, n: n, k: 1_000_003, a: n == 1 ? .transposed : .dense, using: &generator), isa: isa)
  }
}

private func checkFreeOrder<Scalar: MatrixScalar>(_ product: ProductCase<Scalar>, isa: spool_isa) {
  let free = product.run(freeOrder: true)
  product.expectClose(free, "\(name(of: isa)), free order")
  spool_set_thread_count(3)
  #expect(identical(product.run(freeOrder: true), free), "\(name(of: isa)): \(product.name)")
  spool_set_thread_count(1)
}
