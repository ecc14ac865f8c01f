import CKernels
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Darwin)
  import Darwin
#endif

/// Memory between two pages that may not be touched: a kernel that reads or writes outside its operand
/// ends the process.
private final class GuardedBuffer {
  private let mapping: UnsafeMutableRawPointer
  private let page = Int(getpagesize())
  private let bytes: Int
  private let length: Int

  init(bytes: Int) {
    self.bytes = bytes
    length = 2 * page + (max(bytes, 1) + page - 1) / page * page
    mapping = mmap(nil, length, PROT_NONE, MAP_PRIVATE | MAP_ANON, -1, 0)!
    mprotect(mapping + page, length - 2 * page, PROT_READ | PROT_WRITE)
  }

  deinit { munmap(mapping, length) }

  /// `count` bytes right behind the first forbidden page, or right before the second.
  func place(_ count: Int, atEnd: Bool) -> UnsafeMutableRawPointer {
    precondition(count <= bytes)
    return atEnd ? mapping + length - page - count : mapping + page
  }
}

extension Kernels {
  /// Every kernel at every length from 0 to 130, its operands against forbidden pages on either side.
  @Suite struct GuardPages {
    private let buffers = (0..<4).map { _ in GuardedBuffer(bytes: 131 * 40 * 8) }

    /// Calls `body` with places for operands of that many elements.
    private func guarded(
      _ counts: [Int], size: Int, _ body: ([UnsafeMutableRawPointer]) -> Void
    ) {
      for atEnd in [false, true] {
        body(
          counts.enumerated().map { i, count in
            let place = buffers[i].place(count * size, atEnd: atEnd)
            memset(place, 0, count * size)
            return place
          })
      }
    }

    private static let sizes = [
      (SPOOL_FLOAT, 4), (SPOOL_DOUBLE, 8), (SPOOL_INT32, 4), (SPOOL_BOOL, 1),
    ]

    @Test func pointwiseOperations() {
      let first = SPOOL_EXP.rawValue
      let ofReals = (first..<SPOOL_POINTWISE_COUNT.rawValue).map {
        spool_pointwise_op(rawValue: $0)
      }
      .filter { ![SPOOL_AND, SPOOL_OR, SPOOL_NOT].contains($0) }
      let ofIntegers = [
        SPOOL_ADD, SPOOL_MULTIPLY, SPOOL_DIVIDE, SPOOL_LESS, SPOOL_COPY, SPOOL_ABS, SPOOL_WHERE,
      ]
      let ofTruths = [SPOOL_AND, SPOOL_OR, SPOOL_NOT, SPOOL_COPY, SPOOL_EQUAL, SPOOL_WHERE]
      onEachInstructionSet { _ in
        for (dtype, size) in Self.sizes {
          let ops = size == 1 ? ofTruths : dtype == SPOOL_INT32 ? ofIntegers : ofReals
          for count in 0...130 {
            for op in ops {
              let givesTruth =
                op.rawValue >= SPOOL_EQUAL.rawValue
                && op.rawValue <= SPOOL_IS_FINITE.rawValue
              for atEnd in [false, true] {
                let out = buffers[0].place(count * (givesTruth ? 1 : size), atEnd: atEnd)
                let x = buffers[1].place(count * (op == SPOOL_WHERE ? 1 : size), atEnd: atEnd)
                let y = buffers[2].place(count * size, atEnd: atEnd)
                let z = buffers[3].place(count * size, atEnd: atEnd)
                spool_pointwise_dense(op, dtype, count, out, x, y, z, 0)
              }
            }
          }
        }
      }
    }

    @Test func scalarInputs() {
      onEachInstructionSet { _ in
        for count in 1...130 {
          for mask in UInt32(1)...7 {
            let counts = [count] + (0..<3).map { mask >> $0 & 1 == 1 ? 1 : count }
            guarded(counts, size: 4) {
              spool_pointwise_dense(
                SPOOL_MULTIPLY_ADD, SPOOL_FLOAT, count, $0[0], $0[1], $0[2], $0[3], mask)
              spool_pointwise_dense(
                SPOOL_ADD, SPOOL_INT32, count, $0[0], $0[1], $0[2], nil, mask & 3)
            }
          }
        }
      }
    }

    @Test func stridedOperands() {
      onEachInstructionSet { _ in
        for rows in [1, 2, 5, 17, 40] {
          for columns in 0...130 where rows * columns > 0 {
            guarded([rows * columns, rows * columns, rows * columns], size: 4) { places in
              [1, rows].withUnsafeBufferPointer { turned in
                [columns, 1].withUnsafeBufferPointer { dense in
                  let inputs = [
                    spool_operand(data: places[1], strides: turned.baseAddress),
                    spool_operand(data: places[2], strides: dense.baseAddress),
                  ]
                  for op in [SPOOL_COPY, SPOOL_ADD] {
                    spool_pointwise(op, SPOOL_FLOAT, 2, [rows, columns], places[0], inputs)
                  }
                  spool_scatter_strided(
                    SPOOL_FLOAT, 2, [rows, columns], places[1], places[0], turned.baseAddress, true)
                }
              }
            }
          }
        }
      }
    }

    @Test func reductions() {
      let ops = [
        SPOOL_SUM, SPOOL_PRODUCT, SPOOL_MAXIMUM_OF, SPOOL_MINIMUM_OF, SPOOL_ARGMAX, SPOOL_ARGMIN,
        SPOOL_LOG_SUM_EXP, SPOOL_SUM_OF_SQUARES,
      ]
      onEachInstructionSet { _ in
        for (dtype, size) in Self.sizes.prefix(2) {
          for count in 1...130 {
            for (outer, inner) in [(1, 1), (3, 1), (1, 5), (2, 20)] {
              for op in ops {
                let positions = op == SPOOL_ARGMAX || op == SPOOL_ARGMIN
                for atEnd in [false, true] {
                  let input = buffers[0].place(outer * count * inner * size, atEnd: atEnd)
                  let out = buffers[1].place(outer * inner * (positions ? 4 : size), atEnd: atEnd)
                  spool_reduce(op, dtype, outer, count, inner, input, out)
                  // The reduced axis is short and the inner one long, too.
                  let wide = buffers[1].place(count * outer * (positions ? 4 : size), atEnd: atEnd)
                  spool_reduce(op, dtype, outer, inner, count, input, wide)
                }
              }
              guarded([outer * count * inner, outer * count * inner], size: size) {
                spool_scan_axis(
                  SPOOL_PREFIX_SUM, dtype, outer, count, inner, $0[0], $0[1], true, true)
                spool_scan_axis(
                  SPOOL_PREFIX_PRODUCT, dtype, outer, count, inner, $0[0], $0[1], false, false)
              }
            }
          }
        }
      }
    }

    @Test func rowOperations() {
      onEachInstructionSet { _ in
        for (dtype, size) in Self.sizes.prefix(2) {
          for columns in 0...130 {
            let rows = 3
            guarded([rows * columns, rows * columns, rows * columns, rows], size: size) {
              spool_softmax(dtype, rows, columns, $0[0], $0[1])
              spool_log_softmax(dtype, rows, columns, $0[0], $0[1])
              spool_softmax_gradient(dtype, rows, columns, $0[0], $0[1], $0[2])
              spool_log_softmax_gradient(dtype, rows, columns, $0[0], $0[1], $0[2])
              let labels = [Int32](repeating: Int32(columns) - 1, count: rows)
              spool_log_likelihood(dtype, rows, columns, $0[0], labels, $0[3])
              spool_log_likelihood_gradient(
                dtype, rows, columns, $0[3], $0[0], labels, $0[3], $0[1])
              spool_standardize(dtype, rows, columns, 1e-5, $0[0], $0[1], $0[3])
              spool_standardize_gradient(dtype, rows, columns, $0[0], $0[1], $0[3], $0[2])
            }
          }
        }
      }
    }

    @Test func everythingElse() {
      onEachInstructionSet { _ in
        for count in 0...130 {
          for (dtype, size) in Self.sizes {
            guarded([count, count], size: size) {
              spool_fill(dtype, count, $0[0], $0[1])
              if size > 1 { spool_iota(dtype, count, $0[0], 1, 2) }
              if dtype == SPOOL_FLOAT || dtype == SPOOL_DOUBLE {
                spool_accumulate(dtype, count, $0[0], $0[1])
                _ = spool_first_nonfinite(dtype, count, $0[0])
                spool_random_uniform(dtype, 1, count, $0[0])
                spool_random_normal(dtype, 1, count, $0[0])
              }
            }
            for (to, toSize) in Self.sizes {
              for atEnd in [false, true] {
                let out = buffers[0].place(count * toSize, atEnd: atEnd)
                spool_convert(dtype, to, count, out, buffers[1].place(count * size, atEnd: atEnd))
              }
            }
            for width in [1, 3, 20] {
              let indices = (0..<count).map { Int32($0 % 7) }
              guarded([count * width, 7 * width], size: size) {
                _ = spool_gather_rows(dtype, count, 7, width, $0[1], indices, $0[0])
                if size > 1 {
                  _ = spool_scatter_add_rows(dtype, count, 7, width, $0[0], indices, $0[1])
                }
              }
            }
          }
          guarded([count, count, count], size: 4) {
            let indices = $0[2].assumingMemoryBound(to: Int32.self)
            spool_random_bits(1, count, $0[0].assumingMemoryBound(to: UInt32.self))
            spool_sort(SPOOL_INT32, 1, count, 1, true, $0[0], $0[1], indices)
            spool_sort(SPOOL_FLOAT, 1, count, 1, false, $0[0], $0[1], indices)
          }
        }
      }
    }

    @Test func optimizerSteps() {
      var adam = spool_adam(
        learning_rate: 0.01, beta1: 0.9, beta2: 0.99, epsilon: 1e-8, first_correction: 0.1,
        second_correction: 0.01, coupled_decay: 0, decoupled_decay: 0)
      var descent = spool_descent(learning_rate: 0.1, momentum: 0.9, decay: 0, nesterov: true)
      onEachInstructionSet { _ in
        for (dtype, size) in [(SPOOL_FLOAT, 4), (SPOOL_DOUBLE, 8)] {
          for count in 0...130 {
            guarded([count, count, count, count], size: size) { places in
              spool_adam_step(dtype, count, &adam, places[0], places[1], places[2], places[3])
              spool_descent_step(dtype, count, &descent, places[0], places[1], places[2])
            }
          }
        }
      }
    }
  }
}
