#pragma once
// What the pointwise operations share among their sources.
#include "spool_pointwise.h"

/// One operation over dense operands; see spool_pointwise_dense.
typedef void (*pointwise_kernel)(size_t count, void *out, const void *x, const void *y, const void *z,
                                 unsigned scalar_mask);

/// The kernel of an operation for the instruction set in use; traps where the operation lacks the dtype.
pointwise_kernel spool_pointwise_kernel_of(spool_pointwise_op op, spool_dtype dtype);
/// The same for int32 and bool.
pointwise_kernel spool_pointwise_integer_kernel(spool_pointwise_op op, spool_dtype dtype);

static inline size_t scalar_size(spool_dtype dtype) {
  static const uint8_t sizes[] = {sizeof(float), sizeof(double), sizeof(int32_t), 1};
  return sizes[dtype];
}

static inline unsigned pointwise_input_count(spool_pointwise_op op) {
  if (op == SPOOL_WHERE || op == SPOOL_MULTIPLY_ADD) return 3;
  if (op <= SPOOL_COPY || op == SPOOL_NOT || op == SPOOL_IS_NAN || op == SPOOL_IS_FINITE) return 1;
  return 2;
}

static inline size_t pointwise_output_size(spool_pointwise_op op, spool_dtype dtype) {
  return op >= SPOOL_EQUAL && op <= SPOOL_IS_FINITE ? 1 : scalar_size(dtype);
}

static inline size_t pointwise_input_size(spool_pointwise_op op, spool_dtype dtype, unsigned input) {
  return op == SPOOL_WHERE && input == 0 ? 1 : scalar_size(dtype);
}
