#pragma once
// Operations on rows wherever they lie; spool_reduction.h has them for dense arrays.
#include "spool_types.h"

typedef enum row_operation {
  ROW_SOFTMAX,
  ROW_LOG_SOFTMAX,
  ROW_SOFTMAX_GRADIENT,
  ROW_LOG_SOFTMAX_GRADIENT,
  ROW_LOG_LIKELIHOOD,
  ROW_LOG_LIKELIHOOD_GRADIENT,
  ROW_STANDARDIZE,
  ROW_STANDARDIZE_GRADIENT,
  ROW_OPERATIONS
} row_operation;

/// The arrays of an operation on rows of `columns` elements, and how far one row is from the next, in bytes.
typedef struct row_arrays {
  size_t columns;
  double epsilon;
  const void *a, *b;  // the array, or the gradient and the result it belongs to
  void *out;
  void *scale;            // one factor for each row: the reciprocal deviation, a likelihood's cotangent
  const int32_t *labels;  // one for each row, without gaps
  ptrdiff_t a_row, b_row, out_row, scale_row;
} row_arrays;

/// Runs `operation` on the rows [begin, end), on the calling thread.
void spool_run_rows(row_operation operation, spool_dtype dtype, const row_arrays *arrays, size_t begin, size_t end);
