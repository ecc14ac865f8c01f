#pragma once
#include "spool_types.h"

/// A right operand packed once for many products.
typedef struct spool_packed spool_packed;

/// Called on each finished tile of C while it is hot in cache: rows [row, row + rows), columns [column,
/// column + columns) of batch item `batch`; `tile` points at its first element, `c_row` is the row stride.
/// Each element is in exactly one call.
typedef void (*spool_gemm_epilogue)(void *tile, ptrdiff_t c_row, size_t batch, size_t row, size_t rows,
                                    size_t column, size_t columns, void *context);

/// A piece of memory.
typedef struct spool_bytes {
  const void *data;
  size_t count;
} spool_bytes;

/// C[b] = A[b] B[b] (+ C[b] where `accumulate`) (+ bias), [m,k] x [k,n]. A and B by any strides (so any
/// transposition and any view, also zero strides); the columns of C are dense, its rows `c_row` apart.
typedef struct spool_gemm {
  size_t batch, m, n, k;
  const void *a;
  ptrdiff_t a_batch, a_row, a_column;
  const void *b; // ignored where packed_b is given
  ptrdiff_t b_batch, b_row, b_column;
  void *c;
  ptrdiff_t c_batch, c_row;
  bool accumulate;  // false: C is only written (k = 0 writes zeros)
  const void *bias; // NULL or [n], added to every row
  const spool_packed
      *packed_b;   // NULL or B packed by spool_pack_b with the same dtype, k and n; batch stride zero
  bool free_order; // a product of few rows may sum in another order than a product of more would
  spool_gemm_epilogue epilogue; // NULL or a hook
  void *epilogue_context;
  // What the caller works on after it, if that may lie far away: fetched to a near cache meanwhile, where B is
  // packed and one thread does it all.
  const spool_bytes *next;
  size_t next_count;
} spool_gemm;

/// Runs the product on the threads of the pool. float and double. Work is split over tiles of C (and batch
/// items), never over k, so the result has the same bits for any number of threads.
///
/// More than that: the bits of C[i, j] depend on row i of A, column j of B, the strides, the scalar type and
/// the instruction set alone: not on m, n > 1, the position of the row, the batch, the split, or whether B
/// was packed. So a row of a batch has the bits that it has alone. (The sum runs over k in ascending order in
/// blocks of up to 256 terms, the blocks in order. For n = 1 with dense rows or dense columns of A the order is
/// another, the same for any m.) With `free_order` a product of few rows and an unpacked B, of one row or with
/// both operands dense along k, or with two dense columns, is summed in groups or in lanes: up to four times as
/// fast, other bits.
void spool_matmul(spool_dtype dtype, const spool_gemm *product);

/// Packs a [k, n] operand with the given strides for the instruction set in use; freed by spool_pack_free.
spool_packed *spool_pack_b(spool_dtype dtype, size_t k, size_t n, const void *b, ptrdiff_t b_row,
                           ptrdiff_t b_column);
/// Packs new values of the same size into an existing packed operand.
void spool_pack_b_update(spool_packed *packed, const void *b, ptrdiff_t b_row, ptrdiff_t b_column);
void spool_pack_free(spool_packed *packed);
