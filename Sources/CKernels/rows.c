// Softmax, standardisation and their gradients, row by row.
#include "elementary_terms.h"
#include "indices.h"
#include "reduction_kernels.h"
#include "row_operations.h"
#include "spool_isa.h"
#include "spool_threads.h"

typedef void (*row_kernel)(const row_arrays *arrays, size_t begin, size_t end);

#define BODY "rows_body.h"
#include "instances.h"

static const row_kernel *const kernels[][2] = TABLE(kernels);

void spool_run_rows(row_operation operation, spool_dtype dtype, const row_arrays *arrays, size_t begin, size_t end) {
  if (dtype > SPOOL_DOUBLE) __builtin_trap();
  if (arrays->columns > 0) kernels[spool_isa_current()][dtype][operation](arrays, begin, end);
}

typedef struct dense_rows {
  row_operation operation;
  spool_dtype dtype;
  row_arrays arrays;
} dense_rows;

static void run_part(size_t begin, size_t end, void *context) {
  const dense_rows *rows = context;
  spool_run_rows(rows->operation, rows->dtype, &rows->arrays, begin, end);
}

// Elements below which a part is not worth a thread.
enum { GRAIN = 8192 };

static void run(row_operation operation, spool_dtype dtype, size_t rows, row_arrays arrays) {
  const ptrdiff_t size = dtype == SPOOL_FLOAT ? sizeof(float) : sizeof(double);
  arrays.a_row = arrays.b_row = arrays.out_row = (ptrdiff_t)arrays.columns * size;
  arrays.scale_row = size;
  dense_rows task = {operation, dtype, arrays};
  spool_parallel_for(rows, GRAIN / (arrays.columns + 1) + 1, run_part, &task);
}

void spool_softmax(spool_dtype dtype, size_t rows, size_t columns, const void *in, void *out) {
  run(ROW_SOFTMAX, dtype, rows, (row_arrays){.columns = columns, .a = in, .out = out});
}

void spool_log_softmax(spool_dtype dtype, size_t rows, size_t columns, const void *in, void *out) {
  run(ROW_LOG_SOFTMAX, dtype, rows, (row_arrays){.columns = columns, .a = in, .out = out});
}

void spool_softmax_gradient(spool_dtype dtype, size_t rows, size_t columns, const void *g, const void *y,
                            void *out) {
  run(ROW_SOFTMAX_GRADIENT, dtype, rows, (row_arrays){.columns = columns, .a = g, .b = y, .out = out});
}

void spool_log_softmax_gradient(spool_dtype dtype, size_t rows, size_t columns, const void *g, const void *y,
                                void *out) {
  run(ROW_LOG_SOFTMAX_GRADIENT, dtype, rows, (row_arrays){.columns = columns, .a = g, .b = y, .out = out});
}

ptrdiff_t spool_log_likelihood(spool_dtype dtype, size_t rows, size_t columns, const void *in,
                               const int32_t *labels, void *out) {
  const ptrdiff_t bad = spool_first_bad_index(rows, columns, labels);
  if (bad >= 0) return bad;
  run(ROW_LOG_LIKELIHOOD, dtype, rows, (row_arrays){.columns = columns, .a = in, .labels = labels, .out = out});
  return -1;
}

ptrdiff_t spool_log_likelihood_gradient(spool_dtype dtype, size_t rows, size_t columns, const void *g,
                                        const void *in, const int32_t *labels, const void *likelihoods,
                                        void *out) {
  const ptrdiff_t bad = spool_first_bad_index(rows, columns, labels);
  if (bad >= 0) return bad;
  run(ROW_LOG_LIKELIHOOD_GRADIENT, dtype, rows,
      (row_arrays){
          .columns = columns, .a = in, .b = likelihoods, .labels = labels, .out = out, .scale = (void *)g});
  return -1;
}

void spool_standardize(spool_dtype dtype, size_t rows, size_t columns, double epsilon, const void *in,
                       void *out, void *reciprocal) {
  run(ROW_STANDARDIZE, dtype, rows,
      (row_arrays){.columns = columns, .epsilon = epsilon, .a = in, .out = out, .scale = reciprocal});
}

void spool_standardize_gradient(spool_dtype dtype, size_t rows, size_t columns, const void *g,
                                const void *out_, const void *reciprocal, void *result) {
  run(ROW_STANDARDIZE_GRADIENT, dtype, rows,
      (row_arrays){.columns = columns, .a = g, .b = out_, .out = result, .scale = (void *)reciprocal});
}
