#pragma once
// What the pointwise operations share among their sources.
#include "spool_pointwise.h"

/// Rows of `columns` elements each, dense in every operand but those in `scalar_mask`, which have one element
/// for all of a row. How far one row is from the next, in bytes: any distance, also 0.
typedef struct pointwise_rows {
  size_t rows, columns;
  ptrdiff_t out, x, y, z;
  unsigned scalar_mask;
} pointwise_rows;

/// One operation over rows.
typedef void (*pointwise_kernel)(const pointwise_rows *rows, void *out, const void *x, const void *y,
                                 const void *z);

/// Defines kernel `name`, which runs `row_function` on one row after another.
#define POINTWISE_KERNEL(name, row_function)                                                              \
  static void name(const pointwise_rows *rows, void *out, const void *x, const void *y, const void *z) {  \
    for (size_t i = 0; i < rows->rows; i++) {                                                             \
      row_function(rows->columns, out, x, y, z, rows->scalar_mask);                                       \
      out = (char *)out + rows->out;                                                                      \
      x = (const char *)x + rows->x, y = (const char *)y + rows->y, z = (const char *)z + rows->z;        \
    }                                                                                                     \
  }

/// One row of `count` elements.
static inline void pointwise_run_row(pointwise_kernel kernel, size_t count, void *out, const void *x,
                                     const void *y, const void *z, unsigned scalar_mask) {
  kernel(&(pointwise_rows){.rows = 1, .columns = count, .scalar_mask = scalar_mask}, out, x, y, z);
}

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
